import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createConnection } from 'mysql2/promise'
import { makeCertificates } from './certificates.ts'
import { freePort, ServerFolder } from './server-folder.ts'

const run = promisify(execFile)

/** How tests reach the MariaDB or MySQL server of this run: `inject('mariadb')`. */
export interface MariadbServer {
  readonly host: string
  readonly port: number
  readonly socket: string
  readonly user: string
  readonly password: string
  readonly database: string
  /** The authority that signed the server's certificate, in PEM. */
  readonly caFile: string
  /** A folder that the server may write with INTO OUTFILE and that this process may read. */
  readonly outfileDir: string
  /** The beginning of the command line of the server's own client. */
  readonly client: readonly [string, ...string[]]
}

declare module 'vitest' {
  export interface ProvidedContext {
    mariadb: MariadbServer
    /** The kinds of servers that this run of vitest has: both, unless it is for one of them. */
    dialects: readonly ('mysql' | 'postgres')[]
  }
}

export interface RunningMariadb {
  readonly server: MariadbServer
  stop(): Promise<void>
}

/** The beginnings of two commands: one initializes a server's data, the other one serves them. */
export interface ServerPrograms {
  readonly install: readonly [string, ...string[]]
  readonly serve: readonly [string, ...string[]]
  /** The statements that the server itself runs before its first login. */
  readonly initialSql: readonly string[]
  readonly client: readonly [string, ...string[]]
}

export interface MariadbOptions {
  /** Further settings of our own server, in mariadbd's format. @default - none */
  readonly settings?: readonly string[]
  /** The programs of another server, which may be copied into the folder. @default - the MariaDB of this machine */
  readonly programs?: (folder: string) => Promise<ServerPrograms>
}

const MARIADB: ServerPrograms = {
  install: [
    'mariadb-install-db',
    '--no-defaults',
    '--auth-root-authentication-method=socket',
    '--skip-test-db',
    // Without it, the script refuses a machine whose own name does not resolve (no /etc/hosts). No test needs that
    // name.
    '--force',
  ],
  serve: [
    'mariadbd',
    '--no-defaults',
    // Users that log in by token: test/setup/token-logins.ts.
    '--plugin-load-add=auth_pam',
    '--pam-use-cleartext-plugin=ON',
  ],
  initialSql: [],
  client: ['mariadb'],
}

/** @param words of a command, in order */
const clientOf = ([program = 'mariadb', ...args]: readonly string[]): MariadbServer['client'] => [
  program,
  ...args,
]

/** Starts our own server, or uses the one whose URL is in BATCHQUERY_TEST_MYSQL_URL. */
export async function startMariadb(options: MariadbOptions = {}): Promise<RunningMariadb> {
  const url = process.env.BATCHQUERY_TEST_MYSQL_URL
  return url ? { server: parseServerUrl(url), stop: async () => {} } : startOwnMariadb(options)
}

/** For tests that change the server itself. Its certificate and key are next to that of its authority. */
export async function startOwnMariadb(options: MariadbOptions = {}): Promise<RunningMariadb> {
  const folder = await ServerFolder.create()
  try {
    return { server: await startIn(folder, options), stop: () => folder.close() }
  } catch (error) {
    await folder.close()
    throw error
  }
}

/**
 * `mysql://user:password@host:port/database?socket=/path&sslrootcert=/path&outfileDir=/path`, with every part. A test
 * that cannot reach its server fails and is not skipped.
 */
export function parseServerUrl(text: string): MariadbServer {
  const url = new URL(text)
  const need = (name: string, value: string | null): string => {
    if (value) return value
    throw new Error(`test setup: BATCHQUERY_TEST_MYSQL_URL has no ${name}`)
  }
  return {
    host: need('host', url.hostname),
    port: Number(url.port || 3306),
    socket: need('socket', url.searchParams.get('socket')),
    user: need('user', decodeURIComponent(url.username)),
    password: need('password', decodeURIComponent(url.password)),
    database: need('database', decodeURIComponent(url.pathname.slice(1))),
    caFile: need('sslrootcert', url.searchParams.get('sslrootcert')),
    outfileDir: need('outfileDir', url.searchParams.get('outfileDir')),
    client: clientOf(url.searchParams.getAll('client')),
  }
}

async function startIn(
  folder: ServerFolder,
  { settings = [], programs = async () => MARIADB }: MariadbOptions,
): Promise<MariadbServer> {
  const { install, serve, initialSql, client } = await programs(folder.path)
  const path = (name: string) => join(folder.path, name)
  const certificates = await makeCertificates(path('tls'))
  const server: MariadbServer = {
    host: '127.0.0.1',
    port: await freePort(),
    socket: path('run/mariadb.sock'),
    user: 'batchquery',
    password: randomUUID(),
    database: 'test',
    caFile: certificates.caFile,
    outfileDir: path('outfiles'),
    client,
  }
  const sql = [...initialSql, ...testUser(server)].map(statement => `${statement};\n`).join('')
  await writeFile(path('init.sql'), sql, { mode: 0o600 })
  for (const name of ['data', 'run', 'temporary', 'outfiles']) await mkdir(path(name))
  const owned = ['tls', 'init.sql', 'data', 'run', 'temporary', 'outfiles'].map(path)
  await folder.giveTo('mysql', ...owned)
  const asUser = process.getuid?.() === 0 ? ['--user=mysql'] : []
  const [installer, ...installArgs] = install
  await run(installer, [...installArgs, `--datadir=${path('data')}`, ...asUser])
  const [program, ...args] = serve
  folder.start('mariadb', program, [
    ...args,
    ...asUser,
    `--datadir=${path('data')}`,
    `--tmpdir=${path('temporary')}`,
    `--socket=${server.socket}`,
    `--pid-file=${path('run/mariadb.pid')}`,
    `--port=${server.port}`,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
    `--ssl-ca=${certificates.caFile}`,
    `--ssl-cert=${certificates.certFile}`,
    `--ssl-key=${certificates.keyFile}`,
    `--secure-file-priv=${server.outfileDir}`,
    '--local-infile=1',
    '--max-allowed-packet=1G',
    '--character-set-server=utf8mb4',
    `--init-file=${path('init.sql')}`,
    ...forSpeed,
    ...settings,
  ])
  await folder.waitUntilReady('mariadb', async () => {
    const connection = await createConnection({
      host: server.host,
      port: server.port,
      user: server.user,
      password: server.password,
    })
    await connection.end()
  })
  return server
}

// The data is thrown away after the run, so it need not survive a crash of the machine.
const forSpeed = [
  '--skip-log-bin',
  '--innodb-buffer-pool-size=256M',
  '--innodb-flush-log-at-trx-commit=0',
  '--skip-innodb-doublewrite',
]

/**
 * The tests' user may do everything: FILE for the oracle INTO OUTFILE, PROCESS and CONNECTION ADMIN (once SUPER) to
 * see and kill the sessions of others, CREATE USER and the right to grant for the users that a test of refused logins
 * needs.
 */
const testUser = ({ user, password, database }: MariadbServer): string[] => [
  `CREATE DATABASE ${database}`,
  `CREATE USER ${user}@'%' IDENTIFIED BY '${password}'`,
  `GRANT ALL PRIVILEGES ON *.* TO ${user}@'%' WITH GRANT OPTION`,
]
