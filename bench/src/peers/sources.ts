import type { RowDataPacket } from 'mysql2/promise'
import { type MariadbServer, startOwnMariadb } from '../../../packages/batchquery/test/setup/mariadb.ts'
import { type PostgresServer, startOwnPostgres } from '../../../packages/batchquery/test/setup/postgres.ts'
import { mysql80 } from '../../../packages/batchquery/test/versions/programs.ts'
import { connectMariadb, connectPostgres, postgresUrl } from '../connections.ts'
import type { Installed } from './installed.ts'

export const SOURCE_NAMES = ['mariadb', 'mysql', 'postgres'] as const
export type SourceName = (typeof SOURCE_NAMES)[number]

export interface MysqlSource {
  readonly name: 'mariadb' | 'mysql'
  readonly dialect: 'mysql'
  readonly server: MariadbServer
}

export interface PostgresSource {
  readonly name: 'postgres'
  readonly dialect: 'postgres'
  readonly server: PostgresServer
}

/** A database that all programs export from. */
export type Source = MysqlSource | PostgresSource

export interface RunningSource {
  readonly source: Source
  /** The name and the version, for a person. */
  readonly title: string
  stop(): Promise<void>
}

/**
 * Starts a database with room for one table.
 *
 * @param megabytes the TEXT of the table
 * @returns the reason if this machine does not have the database
 */
export async function startSource(
  name: SourceName,
  megabytes: number,
  { mysql }: Pick<Installed, 'mysql'>,
): Promise<RunningSource | { readonly leftOut: string }> {
  if (name === 'postgres') {
    const { server, stop } = await startOwnPostgres()
    return running({ name, dialect: 'postgres', server }, stop)
  }
  const pool = `--innodb-buffer-pool-size=${256 + Math.ceil(megabytes * 2.5)}M`
  if (name === 'mariadb') {
    const { server, stop } = await startOwnMariadb({ settings: [pool, '--innodb-log-file-size=1G'] })
    return running({ name, dialect: 'mysql', server }, stop)
  }
  if ('leftOut' in mysql) return mysql
  const { server, stop } = await startOwnMariadb({
    settings: [pool, '--innodb-redo-log-capacity=1G'],
    programs: folder => mysql80(folder, mysql.folder),
  })
  return running({ name, dialect: 'mysql', server }, stop)
}

const running = async (source: Source, stop: () => Promise<void>): Promise<RunningSource> => ({
  source,
  title: await titleOf(source),
  stop,
})

type Row = Readonly<Record<string, unknown>>

/** A session of our own, in UTC. */
export interface SourceSession {
  query(sql: string): Promise<readonly Row[]>
  end(): Promise<void>
}

export async function openSession(source: Source): Promise<SourceSession> {
  if (source.dialect === 'postgres') {
    const client = await connectPostgres(source.server)
    await client.query("SET TimeZone = 'UTC'")
    return { query: async sql => (await client.query<Row>(sql)).rows, end: () => client.end() }
  }
  const connection = await connectMariadb(source.server)
  await connection.query("SET time_zone = '+00:00'")
  return {
    query: async sql => (await connection.query<RowDataPacket[]>(sql))[0],
    end: () => connection.end(),
  }
}

export async function withSession<T>(
  source: Source,
  work: (session: SourceSession) => Promise<T>,
): Promise<T> {
  const session = await openSession(source)
  try {
    return await work(session)
  } finally {
    await session.end()
  }
}

/** The name and the version, for a person. */
function titleOf(source: Source): Promise<string> {
  const product = { mariadb: 'MariaDB', mysql: 'MySQL', postgres: 'PostgreSQL' }[source.name]
  const sql = source.dialect === 'mysql' ? 'SELECT VERSION() AS server_version' : 'SHOW server_version'
  return withSession(source, async session => {
    const [row] = await session.query(sql)
    return `${product} ${/^[\d.]+/.exec(String(row?.server_version))?.[0]}`
  })
}

/** The URL for batchquery, whose password comes from the environment. With TLS if every program can use it. */
export function ourUrl(source: Source): string {
  if (source.dialect === 'postgres') return postgresUrl(source.server)
  const { user, port, database } = source.server
  return `mysql://${user}@127.0.0.1:${port}/${database}?sslmode=disable`
}

/** The URL for other programs, with the password. @param query from its question mark on */
export function theirUrl({ dialect, server }: Source, scheme: string = dialect, query = ''): string {
  const { user, password, port, database } = server
  return `${scheme}://${user}:${password}@127.0.0.1:${port}/${database}${query}`
}

/** The name of a table with its schema. */
export const qualified = ({ dialect, server }: Source, table: string): string =>
  `${dialect === 'mysql' ? server.database : 'public'}.${table}`
