import { execFile } from 'node:child_process'
import { appendFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { asServerUser, findPrograms, logInTo, type PostgresServer, type RunningPostgres } from './postgres.ts'
import { freePort, ServerFolder } from './server-folder.ts'

const run = promisify(execFile)

/** Copies a server of these tests, and starts the copy as a replica that follows it. */
export async function startStandby(primary: PostgresServer): Promise<RunningPostgres> {
  const folder = await ServerFolder.create()
  try {
    return { server: await startIn(folder, primary), stop: () => folder.close() }
  } catch (error) {
    await folder.close()
    throw error
  }
}

async function startIn(folder: ServerFolder, primary: PostgresServer): Promise<PostgresServer> {
  const path = (name: string) => join(folder.path, name)
  const [programs, port] = await Promise.all([findPrograms(), freePort()])
  for (const name of ['data', 'run']) await mkdir(path(name), { mode: 0o700 })
  await folder.giveTo('postgres', path('data'), path('run'))
  const [copy, ...copyArgs] = asServerUser(join(programs, 'pg_basebackup'), [
    ...[`--host=${primary.socket}`, `--port=${primary.port}`, `--username=${primary.user}`],
    ...[`--pgdata=${path('data')}`, '--write-recovery-conf', '--checkpoint=fast', '--no-sync'],
  ])
  await run(copy, copyArgs, { cwd: folder.path, env: { ...process.env, PGPASSWORD: primary.password } })
  await appendFile(
    path('data/postgresql.conf'),
    `port = ${port}\nunix_socket_directories = '${path('run')}'\nmax_standby_streaming_delay = 1s\n`,
  )
  const [postgres, ...args] = asServerUser(join(programs, 'postgres'), ['-D', path('data')])
  folder.start('postgres', postgres, args, 'SIGQUIT')
  const server = { ...primary, port, socket: path('run') }
  await folder.waitUntilReady('postgres', () => logInTo(server))
  return server
}
