import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runQuietly, say } from './step.mjs'

const packages = ['packages/batchquery', 'packages/batchquery-cdk']
const settings = [
  'package-lock.json',
  'tsconfig.base.json',
  ...packages.map(name => `${name}/tsconfig.build.json`),
]
/** The sources of the packages, of the bundler, and of the manual pages. */
const folders = [...packages.map(name => `${name}/src`), 'scripts/build', 'docs']

/**
 * Compiles the packages if their sources differ from those of the last build. Empties their folders first, so that no
 * output of a deleted source stays.
 */
export async function prepareBuild(root) {
  const built = packages.map(name => join(root, name, 'dist'))
  const stamp = join(root, 'node_modules', '.cache', 'batchquery', 'built-from')
  const sources = await hashSources(root)
  if (
    built.every(dist => existsSync(dist)) &&
    existsSync(stamp) &&
    (await readFile(stamp, 'utf8')) === sources
  )
    return
  say('building the packages')
  await rm(stamp, { force: true })
  for (const dist of built) await rm(dist, { recursive: true, force: true })
  await runQuietly({
    command: 'npm',
    args: ['run', '--silent', 'build'],
    cwd: root,
    what: 'building the packages',
    byHand: 'npm run build',
  })
  await mkdir(dirname(stamp), { recursive: true })
  await writeFile(stamp, sources)
}

/** Compiles the programs that the bench measures, against the built package. This takes a second. */
export async function prepareBenchPrograms(root) {
  await runQuietly({
    command: 'npx',
    args: ['tsc', '-p', 'bench/tsconfig.programs.json'],
    cwd: root,
    what: 'compiling the programs of the bench',
    byHand: 'npx tsc -p bench/tsconfig.programs.json',
  })
}

async function hashSources(root) {
  const entries = (
    await Promise.all(
      folders.map(folder => readdir(join(root, folder), { recursive: true, withFileTypes: true })),
    )
  ).flat()
  const files = [
    ...settings.map(path => join(root, path)),
    ...entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name)),
  ].sort()
  const hash = createHash('sha256')
  for (const file of files) {
    const content = await readFile(file)
    hash.update(`${file}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}
