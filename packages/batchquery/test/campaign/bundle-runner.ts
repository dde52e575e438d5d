import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundlePrograms } from '../../../../scripts/build/bundle.mjs'

const PACKAGE = join(import.meta.dirname, '../..')
/** Ignored by git. Inside the package, so that dependencies outside the bundle are found. */
const CACHE = join(PACKAGE, '.cache')

/**
 * Bundles the campaign's runner from the sources as the shipped one, so that it starts as fast.
 *
 * @returns a folder with `runner.js`, which the caller removes
 */
export async function bundleRunner(): Promise<string> {
  await mkdir(CACHE, { recursive: true })
  const outdir = await mkdtemp(join(CACHE, 'campaign-'))
  await bundlePrograms(PACKAGE, { runner: join(import.meta.dirname, 'runner.ts') }, outdir)
  await writeFile(join(outdir, 'runner.js'), "require('./start.js').start('runner', { verbose: false })\n")
  return outdir
}
