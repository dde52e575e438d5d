import { inject } from 'vitest'
import type { ConnectOptions } from '../../../src/database/connect-options.ts'
import { passwordCredentials } from '../../../src/database/credentials.ts'
import type { Database } from '../../../src/database/database.ts'
import { MysqlDatabase } from '../../../src/database/mysql/mysql-database.ts'
import { PostgresDatabase } from '../../../src/database/postgres/postgres-database.ts'
import { parseDatabaseUrl } from '../../../src/database/url.ts'
import { adminConnection } from '../../setup/mariadb-client.ts'
import { adminPg } from '../../setup/postgres-client.ts'

/** A session as the server lists it. */
export interface Listed {
  readonly id: string
  /** Null of one that waits. */
  readonly statement: string | null
}

/** A server of the tests, through its own eyes too. */
export interface TestServer {
  readonly name: string
  readonly port: () => number
  /** URL of its database, through another port where one is given. */
  url(port?: number): string
  open(port?: number, options?: ConnectOptions): Database
  /** A statement that runs for long, and gives no row before its end. */
  sleep(seconds: number): string
  /** The same inside of a routine. */
  readonly routine: { readonly create: string; readonly call: string }
  /** Takes the session's mark away, and then runs for long. */
  readonly unmarking: { readonly create: string; readonly call: (seconds: number) => string }
  /** Rows without end, some of them at a time. */
  readonly endless: string
  /** The session with this id. */
  session(id: string): Promise<readonly Listed[]>
  /** Ends a session as an operator would. */
  kill(id: string): Promise<void>
}

export const MARIADB: TestServer = {
  name: 'MariaDB',
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
  routine: {
    create: 'CREATE OR REPLACE PROCEDURE endings_slow() BEGIN SELECT SLEEP(1000); SELECT SLEEP(1000); END',
    call: 'CALL endings_slow()',
  },
  unmarking: {
    create: `CREATE OR REPLACE PROCEDURE endings_unmark(seconds DOUBLE)
      BEGIN DO RELEASE_ALL_LOCKS(); SELECT SLEEP(seconds); END`,
    call: seconds => `CALL endings_unmark(${seconds})`,
  },
  endless: "SELECT a.seq, REPEAT('x', 200) FROM seq_1_to_1000000 a, seq_1_to_1000000 b",
  async session(id) {
    const admin = await adminConnection()
    try {
      const [rows] = await admin.query(
        'SELECT ID AS id, INFO AS statement FROM information_schema.processlist WHERE ID = ?',
        [id],
      )
      return Array.isArray(rows) ? rows.map(toListed) : []
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

export const POSTGRES: TestServer = {
  name: 'PostgreSQL',
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
  routine: {
    create: `CREATE OR REPLACE PROCEDURE endings_slow() LANGUAGE plpgsql
      AS 'BEGIN PERFORM pg_sleep(1000); PERFORM pg_sleep(1000); END'`,
    call: 'CALL endings_slow()',
  },
  unmarking: {
    create: 'SELECT 1',
    call: seconds => `SELECT set_config('application_name', 'other', false), pg_sleep(${seconds})`,
  },
  endless: "SELECT a, repeat('x', 200) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b",
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

const toListed = (row: unknown): Listed => {
  const [id, statement] = typeof row === 'object' && row !== null ? Object.values(row) : []
  return { id: String(id), statement: statement === null ? null : String(statement) }
}
