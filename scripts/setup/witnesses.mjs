import { createHash } from 'node:crypto'
import { access, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { runQuietly, say } from './step.mjs'

export const PIP = {
  command: 'python3',
  argsFor: (file, folder) => [
    ...['-m', 'pip', 'install', '--quiet', '--no-input', '--root-user-action', 'ignore'],
    ...['--target', folder, '--requirement', file],
  ],
}

/**
 * Readers of Parquet that other projects wrote, for `npm run test:witnesses`. Each comes from its registry into a folder
 * of its own: pip and Maven install nothing elsewhere, and use the registries that this machine has set up for them.
 */
const READERS = [
  {
    what: 'pyarrow, pyiceberg, geopandas, and DuckDB with its spatial extension (300 MB)',
    name: 'python',
    versions: 'scripts/setup/witnesses/requirements.txt',
    ...PIP,
  },
  {
    what: 'parquet-java (66 MB)',
    name: 'java',
    versions: 'scripts/setup/witnesses/pom.xml',
    command: 'mvn',
    argsFor: (file, folder) => [
      ...['--batch-mode', '-Dstyle.color=never', '--quiet', '--strict-checksums', '--file', file],
      ...['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${folder}`],
    ],
  },
]

/** Installs the readers that are missing. */
export async function prepareWitnesses(root) {
  for (const witness of READERS) await installWitness(root, witness)
}

/**
 * Installs what a file names, into a folder of its own below .cache/witnesses. A change of the file installs it again.
 *
 * @param {{ what: string, name: string, versions: string, command: string, argsFor: (file: string, folder: string) => string[] }} witness
 * @returns the folder
 */
export async function installWitness(root, { what, name, versions, command, argsFor }) {
  const hash = createHash('sha256').update(await readFile(join(root, versions)))
  const parent = join(root, '.cache', 'witnesses', name)
  const folder = join(parent, hash.digest('hex').slice(0, 16))
  if (await exists(folder)) return folder
  say(`installing ${what}`)
  // The folder gets its name only when it is complete.
  const unfinished = `${folder}.unfinished`
  await rm(parent, { recursive: true, force: true })
  await mkdir(parent, { recursive: true })
  const args = argsFor(versions, unfinished)
  await runQuietly({
    ...{ command, args, cwd: root },
    what: `installing ${what}`,
    byHand: [command, ...args].join(' '),
  })
  await rename(unfinished, folder)
  return folder
}

const exists = path =>
  access(path).then(
    () => true,
    () => false,
  )
