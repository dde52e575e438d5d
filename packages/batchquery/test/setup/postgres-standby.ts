import { appendFile, copyFile, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { asServerUser, logInTo, type PostgresServer, type RunningPostgres } from './postgres.ts'
import { freePort, ServerFolder } from './server-folder.ts'

/** What a server writes for itself, or makes anew when it starts. */
const LEFT_OUT = new Set(['pg_wal', 'pg_replslot', 'postmaster.pid', 'postmaster.opts'])

/**
 * Copies a server of these tests, and starts the copy as a replica that follows it. The copy is made with the server's functions for
 * backups, because not every package of PostgreSQL has pg_basebackup.
 */
export async function startStandby(primary: PostgresServer): Promise<RunningPostgres> {
  const folder = await ServerFolder.create()
  const { user, password, port, socket: host, database } = primary
  const session = new Client({ user, password, port, host, database })
  try {
    await session.connect()
    return { server: await startIn(folder, primary, session), stop: () => folder.close() }
  } catch (error) {
    await folder.close()
    throw error
  } finally {
    await session.end()
  }
}

/** @param session keeps the primary's log until the replica has begun to follow it */
async function startIn(
  folder: ServerFolder,
  primary: PostgresServer,
  session: Client,
): Promise<PostgresServer> {
  const path = (name: string) => join(folder.path, name)
  const port = await freePort()
  const { rows } = await session.query<{ programs: string; data: string }>(
    "SELECT setting AS programs, current_setting('data_directory') AS data FROM pg_config() WHERE name = 'BINDIR'",
  )
  const [{ programs, data }] = rows
  await session.query("SELECT pg_create_physical_replication_slot('standby_of_tests', true, true)")
  for (const name of ['run', 'data', 'data/pg_wal', 'data/pg_replslot'])
    await mkdir(path(name), { mode: 0o700 })
  await backUp(session, data, path('data'))
  await appendFile(
    path('data/postgresql.conf'),
    [
      `port = ${port}`,
      `unix_socket_directories = '${path('run')}'`,
      'max_standby_streaming_delay = 1s',
      `primary_conninfo = 'host=${primary.socket} port=${primary.port} user=${primary.user} password=${primary.password}'\n`,
    ].join('\n'),
  )
  await writeFile(path('data/standby.signal'), '')
  await folder.giveTo('postgres', path('data'), path('run'))
  const [postgres, ...args] = asServerUser(join(programs, 'postgres'), ['-D', path('data')])
  folder.start('postgres', postgres, args, 'SIGQUIT')
  const server = { ...primary, port, socket: path('run') }
  await folder.waitUntilReady('postgres', () => logInTo(server))
  return server
}

async function backUp(session: Client, from: string, to: string): Promise<void> {
  await session.query("SELECT pg_backup_start('standby', true)")
  await copyFolder(from, to)
  const { rows } = await session.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)')
  await writeFile(join(to, 'backup_label'), rows[0].labelfile)
}

/** Other tests create and drop databases meanwhile: the log that follows restores what the copy lacks. */
async function copyFolder(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true }).catch(unlessGone([]))) {
    if (LEFT_OUT.has(entry.name)) continue
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) {
      await mkdir(target, { mode: 0o700 })
      await copyFolder(source, target)
    } else await copyFile(source, target).catch(unlessGone(undefined))
  }
}

const unlessGone =
  <T>(instead: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code !== 'ENOENT') throw error
    return instead
  }
