import type { RowDataPacket } from 'mysql2/promise'
import { inject } from 'vitest'
import type { ConnectOptions } from '../../../src/database/connect-options.ts'
import type { Database } from '../../../src/database/database.ts'
import { MysqlDatabase } from '../../../src/database/mysql/mysql-database.ts'
import { passwordCredentials } from '../../../src/database/password-credentials.ts'
import { PostgresDatabase } from '../../../src/database/postgres/postgres-database.ts'
import { parseDatabaseUrl } from '../../../src/database/url.ts'
import { adminConnection } from '../../setup/mariadb-client.ts'
import { numbers } from '../../setup/mysql-numbers.ts'
import { adminPg } from '../../setup/postgres-client.ts'

/** A session as the server lists it. */
export interface Listed {
  readonly id: string
  /** Null if the session is idle. */
  readonly statement: string | null
}

/** A server of the tests, with statements for it and a way to list its sessions. */
export interface TestServer {
  readonly name: string
  readonly dialect: 'mysql' | 'postgres'
  readonly port: () => number
  /** The URL of its database. @param port a proxy's @default - the server's own */
  url(port?: number): string
  open(port?: number, options?: ConnectOptions): Database
  /** A statement that runs for long, and returns no row before its end. */
  sleep(seconds: number): string
  /** A statement that computes for long, and fails when it is cancelled. */
  readonly busy: string
  /** A sleep inside a routine. */
  readonly routine: { readonly create: string; readonly call: string }
  /** Removes the session's mark, and then runs for long. */
  readonly unmarking: { readonly create: string; readonly call: (seconds: number) => string }
  /** Returns `count * times` rows, in several batches. */
  rows(count: number, times: number): string
  /** The session with this id. */
  session(id: string): Promise<readonly Listed[]>
  /** Ends a session as an operator would. */
  kill(id: string): Promise<void>
}

const MYSQL: TestServer = {
  name: 'MySQL',
  dialect: 'mysql',
  port: () => inject('mariadb').port,
  url(port = inject('mariadb').port) {
    const { user, password, database, caFile } = inject('mariadb')
    const tls = `sslmode=verify-full&sslrootcert=${encodeURIComponent(caFile)}`
    return `mysql://${user}:${password}@localhost:${port}/${database}?${tls}`
  },
  open(port, options = {}) {
    const url = parseDatabaseUrl(this.url(port))
    return new MysqlDatabase(url, passwordCredentials(url, {}), options)
  },
  sleep: seconds => `SELECT SLEEP(${seconds})`,
  // MySQL's SLEEP() ends with a 1 and without an error.
  busy: `SELECT COUNT(*) FROM ${numbers(1_000_000, 'a')}, ${numbers(1_000_000, 'b')}`,
  routine: {
    create: 'CREATE PROCEDURE IF NOT EXISTS endings_slow() BEGIN SELECT SLEEP(1000); SELECT SLEEP(1000); END',
    call: 'CALL endings_slow()',
  },
  unmarking: {
    create: `CREATE PROCEDURE IF NOT EXISTS endings_unmark(seconds DOUBLE)
      BEGIN DO RELEASE_ALL_LOCKS(); SELECT SLEEP(seconds); END`,
    call: seconds => `CALL endings_unmark(${seconds})`,
  },
  rows: (count, times) =>
    `SELECT a.seq, REPEAT('x', 200) FROM ${numbers(count, 'a')}, ${numbers(times, 'b')}`,
  async session(id) {
    const admin = await adminConnection()
    try {
      const [rows] = await admin.query<RowDataPacket[]>('SHOW FULL PROCESSLIST')
      const listed = rows.map(({ Id, Info }): Listed => ({ id: String(Id), statement: Info }))
      return listed.filter(session => session.id === id)
    } finally {
      await admin.end()
    }
  },
  async kill(id) {
    const admin = await adminConnection()
    await admin.query(`KILL ${Number(id)}`)
    await admin.end()
  },
}

const POSTGRES: TestServer = {
  name: 'PostgreSQL',
  dialect: 'postgres',
  port: () => inject('postgres').port,
  url(port = inject('postgres').port) {
    const { user, password, database, caFile } = inject('postgres')
    const tls = `sslmode=verify-full&sslrootcert=${encodeURIComponent(caFile)}`
    return `postgres://${user}:${password}@localhost:${port}/${database}?${tls}`
  },
  open(port, options = {}) {
    const url = parseDatabaseUrl(this.url(port))
    return new PostgresDatabase(url, passwordCredentials(url, {}), options)
  },
  sleep: seconds => `SELECT pg_sleep(${seconds})`,
  busy: 'SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b',
  routine: {
    create: `CREATE OR REPLACE PROCEDURE endings_slow() LANGUAGE plpgsql
      AS 'BEGIN PERFORM pg_sleep(1000); PERFORM pg_sleep(1000); END'`,
    call: 'CALL endings_slow()',
  },
  unmarking: {
    create: 'SELECT 1',
    call: seconds => `SELECT set_config('application_name', 'other', false), pg_sleep(${seconds})`,
  },
  rows: (count, times) =>
    `SELECT a, repeat('x', 200) FROM generate_series(1, ${count}) a, generate_series(1, ${times}) b`,
  async session(id) {
    const admin = await adminPg()
    try {
      const { rows } = await admin.query(
        `SELECT pid::text AS id, CASE WHEN state = 'active' THEN query END AS statement
         FROM pg_stat_activity WHERE pid = $1`,
        [id],
      )
      return rows.map(toListed)
    } finally {
      await admin.end()
    }
  },
  async kill(id) {
    const admin = await adminPg()
    await admin.query('SELECT pg_terminate_backend($1)', [id])
    await admin.end()
  },
}

/** The servers that this run of the tests has. */
export const SERVERS = [MYSQL, POSTGRES].filter(({ dialect }) => inject('dialects').includes(dialect))

/** A query with endless rows. */
export const endless = (server: TestServer): string => server.rows(1_000_000, 1_000_000)

const toListed = (row: unknown): Listed => {
  const [id, statement] = typeof row === 'object' && row !== null ? Object.values(row) : []
  return { id: String(id), statement: statement === null ? null : String(statement) }
}
