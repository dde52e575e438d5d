import { inject } from 'vitest'
import { adminConnection, statementsWith } from '../../setup/mariadb-client.ts'
import { numbers } from '../../setup/mysql-numbers.ts'
import { adminPg } from '../../setup/postgres-client.ts'

/** A database for a run, and a view of the run's sessions in it. */
export interface TestDatabase {
  readonly name: string
  /** @param port the port of a proxy in front of the server @default - the server's own */
  environment(port?: number): NodeJS.ProcessEnv
  /** A query that returns nothing for a long time. */
  readonly silent: string
  /** A query whose rows never end. */
  readonly endless: string
  /** The statements of sessions with the run's mark, including idle sessions. */
  sessions(runId: string): Promise<readonly unknown[]>
  /** Ends a session as an operator would. */
  kill(session: string): Promise<void>
}

export const MARIADB: TestDatabase = {
  name: 'MariaDB',
  environment(port = inject('mariadb').port) {
    const { user, password, database, caFile } = inject('mariadb')
    const tls = `sslmode=verify-full&sslrootcert=${encodeURIComponent(caFile)}`
    return {
      BATCHQUERY_DATABASE: `mysql://${user}@localhost:${port}/${database}?${tls}`,
      MYSQL_PWD: password,
    }
  },
  silent: 'SELECT SLEEP(1000)',
  endless: `SELECT a.seq, REPEAT('x', 500) FROM ${numbers(1_000_000, 'a')}, ${numbers(1_000_000, 'b')}`,
  async sessions(runId) {
    return statementsWith(`/* batchquery ${runId} */`)
  },
  async kill(session) {
    const admin = await adminConnection()
    await admin.query(`KILL ${Number(session)}`)
    await admin.end()
  },
}

export const POSTGRES: TestDatabase = {
  name: 'PostgreSQL',
  environment(port = inject('postgres').port) {
    const { user, password, database, caFile } = inject('postgres')
    const tls = `sslmode=verify-full&sslrootcert=${encodeURIComponent(caFile)}`
    return {
      BATCHQUERY_DATABASE: `postgres://${user}@localhost:${port}/${database}?${tls}`,
      PGPASSWORD: password,
    }
  },
  silent: 'SELECT pg_sleep(1000)',
  endless: "SELECT a, repeat('x', 500) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b",
  async sessions(runId) {
    const admin = await adminPg()
    const { rows } = await admin.query(
      `SELECT state || ': ' || query AS statement FROM pg_stat_activity WHERE application_name = $1`,
      [`batchquery ${runId}`],
    )
    await admin.end()
    return rows
  },
  async kill(session) {
    const admin = await adminPg()
    await admin.query('SELECT pg_terminate_backend($1)', [session])
    await admin.end()
  },
}

export const DUCKDB: TestDatabase = {
  name: 'DuckDB',
  environment: () => ({}),
  silent: 'SELECT sleep_ms(1000000)',
  endless: "SELECT i, repeat('x', 500) FROM range(1000000000000) t(i)",
  sessions: async () => [],
  kill: async () => {},
}
