import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject, onTestFinished } from 'vitest'
import { type Connection, type ConnectOptions, connect } from '../../../src/library/index.ts'
import type { Dialect } from '../../../src/sql/index.ts'
import { numbers } from '../../setup/mysql-numbers.ts'

/** A database of a dialect, as a program names it. */
export interface TestDatabase {
  readonly dialect: Dialect
  /** Without the password, which is in the environment. */
  readonly url: () => string
  readonly environment: () => NodeJS.ProcessEnv
  /** A query of so many rows with the column `n`, which begins at 1: in order, unless there are millions. */
  readonly numbers: (count: number) => string
  /** A query that takes a long time before its first row. */
  readonly slow: string
  /** A query that counts the running statements with a text, except itself. */
  readonly running: (text: string) => string
}

const MYSQL: TestDatabase = {
  dialect: 'mysql',
  url: () => {
    const { port, user, database } = inject('mariadb')
    return `mysql://${user}@127.0.0.1:${port}/${database}`
  },
  environment: () => ({ MYSQL_PWD: inject('mariadb').password }),
  // Sorting ten million rows would take too long.
  numbers: count => `SELECT seq AS n FROM ${numbers(count)}${count > 1_000_000 ? '' : ' ORDER BY n'}`,
  slow: 'SELECT SLEEP(1000) AS n',
  running: text =>
    `SELECT count(*) AS n FROM information_schema.PROCESSLIST WHERE INFO LIKE '%${text}%' AND ID <> CONNECTION_ID()`,
}

const POSTGRES: TestDatabase = {
  dialect: 'postgres',
  url: () => {
    const { port, user, database, caFile } = inject('postgres')
    return `postgres://${user}@localhost:${port}/${database}?sslmode=verify-full&sslrootcert=${caFile}`
  },
  environment: () => ({ PGPASSWORD: inject('postgres').password }),
  numbers: count => `SELECT generate_series(1, ${count}) AS n`,
  slow: 'SELECT 1 AS n FROM pg_sleep(1000)',
  running: text =>
    `SELECT count(*) AS n FROM pg_stat_activity WHERE query LIKE '%${text}%' AND pid <> pg_backend_pid() AND state <> 'idle'`,
}

const DUCKDB: TestDatabase = {
  dialect: 'duckdb',
  url: () => 'duckdb:db01.duckdb',
  environment: () => ({}),
  numbers: count => `SELECT i::INTEGER AS n FROM range(1, ${count + 1}) t(i)`,
  slow: 'SELECT sum(a.i * b.i) AS n FROM range(10000000) a(i), range(1000000) b(i)',
  running: () => 'SELECT 0::BIGINT AS n',
}

export const DATABASES = [MYSQL, POSTGRES, DUCKDB]

/** Creates an empty folder and removes it after the test. */
export async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-client-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Opens a connection and closes it after the test. */
export async function open(
  database: TestDatabase,
  options: ConnectOptions & { readonly folder: string },
): Promise<Connection> {
  const environment = { ...database.environment(), ...options.environment }
  const connection = await connect(database.url(), { ...options, environment })
  onTestFinished(() => connection.close())
  return connection
}

/** The sorted paths of the files below a folder, except those of runs. */
export async function resultsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter(path => !/(^|\/)(runs|index)\//.test(path))
    .sort()
}
