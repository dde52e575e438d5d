import { mkdir, mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

/** Ignored by git; below the package, so that what is not bundled is found. */
const CACHE = join(import.meta.dirname, '../../.cache')

/** For the CommonJS modules among the dependencies. */
const REQUIRE =
  "import { createRequire as requireOf } from 'node:module'\nconst require = requireOf(import.meta.url)"

/**
 * Bundles the campaign's runner from the sources as the shipped one is, so that it starts as fast.
 *
 * @returns a folder with `runner.js` in it, which the caller removes
 */
export async function bundleRunner(): Promise<string> {
  await mkdir(CACHE, { recursive: true })
  const outdir = await mkdtemp(join(CACHE, 'campaign-'))
  await build({
    entryPoints: { runner: join(import.meta.dirname, 'runner.ts') },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    mainFields: ['module', 'main'],
    external: ['@duckdb/node-api'],
    banner: { js: REQUIRE },
    logLevel: 'warning',
  })
  return outdir
}
