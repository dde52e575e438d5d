import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { appendFile, mkdir, readdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { makeCertificates } from './certificates.ts'
import { freePort, ServerFolder } from './server-folder.ts'

const run = promisify(execFile)

/** How tests reach the PostgreSQL server of this run: `inject('postgres')`. */
export interface PostgresServer {
  readonly host: string
  readonly port: number
  /** The folder of its socket. */
  readonly socket: string
  /** A superuser. */
  readonly user: string
  readonly password: string
  readonly database: string
  /** The authority that signed the server's certificate, in PEM. */
  readonly caFile: string
  /** A folder that the server may write with COPY and that this process may read. */
  readonly copyDir: string
}

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: PostgresServer
  }
}

export interface RunningPostgres {
  readonly server: PostgresServer
  stop(): Promise<void>
}

export interface PostgresOptions {
  /** The PAM service of test/setup/token-logins.ts. Null without logins by token. @default null */
  readonly tokenService?: string | null
  /** Further lines of postgresql.conf, which override ours. @default - none */
  readonly configuration?: string
  /**
   * Copies the programs of another server into the folder, and returns their path. @default - the newest of this
   * machine
   */
  readonly programs?: (folder: string) => Promise<string>
}

/** Starts our own server, or uses the one whose URL is in BATCHQUERY_TEST_POSTGRES_URL. */
export async function startPostgres(options: PostgresOptions = {}): Promise<RunningPostgres> {
  const url = process.env.BATCHQUERY_TEST_POSTGRES_URL
  return url ? { server: parseServerUrl(url), stop: async () => {} } : startOwnPostgres(options)
}

/** For tests that change the server itself. Its certificate and key are next to that of its authority. */
export async function startOwnPostgres(options: PostgresOptions = {}): Promise<RunningPostgres> {
  const folder = await ServerFolder.create()
  try {
    return { server: await startIn(folder, options), stop: () => folder.close() }
  } catch (error) {
    await folder.close()
    throw error
  }
}

/**
 * `postgres://user:password@host:port/database?socket=/folder&sslrootcert=/path&copyDir=/path`, with every part. A
 * test that cannot reach its server fails and is not skipped.
 */
export function parseServerUrl(text: string): PostgresServer {
  const url = new URL(text)
  const need = (name: string, value: string | null): string => {
    if (value) return value
    throw new Error(`test setup: BATCHQUERY_TEST_POSTGRES_URL has no ${name}`)
  }
  return {
    host: need('host', url.hostname),
    port: Number(url.port || 5432),
    socket: need('socket', url.searchParams.get('socket')),
    user: need('user', decodeURIComponent(url.username)),
    password: need('password', decodeURIComponent(url.password)),
    database: need('database', decodeURIComponent(url.pathname.slice(1))),
    caFile: need('sslrootcert', url.searchParams.get('sslrootcert')),
    copyDir: need('copyDir', url.searchParams.get('copyDir')),
  }
}

async function startIn(
  folder: ServerFolder,
  { tokenService = null, configuration = '', programs: putPrograms = findPrograms }: PostgresOptions,
): Promise<PostgresServer> {
  const path = (name: string) => join(folder.path, name)
  const [certificates, programs, port] = await Promise.all([
    makeCertificates(path('tls')),
    putPrograms(folder.path),
    freePort(),
  ])
  const server: PostgresServer = {
    host: '127.0.0.1',
    port,
    socket: path('run'),
    user: 'batchquery',
    password: randomUUID(),
    database: 'postgres',
    caFile: certificates.caFile,
    copyDir: path('copies'),
  }
  await writeFile(path('password'), server.password, { mode: 0o600 })
  for (const name of ['data', 'run', 'copies']) await mkdir(path(name))
  const owned = ['tls', 'password', 'data', 'run', 'copies'].map(path)
  await folder.giveTo('postgres', ...owned)
  const [initdb, ...initdbArgs] = asServerUser(join(programs, 'initdb'), [
    `--pgdata=${path('data')}`,
    `--username=${server.user}`,
    `--pwfile=${path('password')}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
  ])
  await run(initdb, initdbArgs, { cwd: folder.path })
  await appendFile(path('data/postgresql.conf'), `${settings(server, certificates)}${configuration}\n`)
  await writeFile(path('data/pg_hba.conf'), logins(tokenService))
  const [postgres, ...args] = asServerUser(join(programs, 'postgres'), ['-D', path('data')])
  // SIGQUIT ends it at once, and unlike SIGKILL it releases the shared memory.
  folder.start('postgres', postgres, args, 'SIGQUIT')
  await folder.waitUntilReady('postgres', () => logInTo(server))
  return server
}

export async function logInTo({
  socket: host,
  port,
  user,
  password,
  database,
}: PostgresServer): Promise<void> {
  const client = new Client({ host, port, user, password, database })
  await client.connect()
  await client.end()
}

/** Debian installs the programs of every version in a separate folder, which is not in PATH. */
export async function findPrograms(): Promise<string> {
  const versions = await readdir('/usr/lib/postgresql').catch(() => [])
  const newestFirst = versions.map(Number).sort((a, b) => b - a)
  const folders = [
    ...newestFirst.map(version => `/usr/lib/postgresql/${version}/bin`),
    ...(process.env.PATH ?? '').split(delimiter),
  ]
  const found = folders.find(folder => existsSync(join(folder, 'initdb')))
  if (found === undefined) throw new Error('test setup: there is no PostgreSQL server: initdb is missing')
  return found
}

/** PostgreSQL does not run as root. */
export function asServerUser(program: string, args: readonly string[]): [string, ...string[]] {
  if (process.getuid?.() !== 0) return [program, ...args]
  return ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', program, ...args]
}

/** Members of the role `rds_iam` log in by token, as on RDS. */
const logins = (tokenService: string | null): string => `
local     all all           scram-sha-256
local     replication all   scram-sha-256
${tokenService === null ? '' : `hostssl all +rds_iam 0.0.0.0/0 pam pamservice=${tokenService}`}
hostssl   all all 0.0.0.0/0 scram-sha-256
hostnossl all all 0.0.0.0/0 reject
`

// The data is thrown away after the run, so it need not survive a crash of the machine.
const settings = (
  { port, socket }: PostgresServer,
  { caFile, certFile, keyFile }: { caFile: string; certFile: string; keyFile: string },
): string => `
listen_addresses = '127.0.0.1'
port = ${port}
unix_socket_directories = '${socket}'
ssl = on
ssl_ca_file = '${caFile}'
ssl_cert_file = '${certFile}'
ssl_key_file = '${keyFile}'
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
dynamic_shared_memory_type = mmap
`
