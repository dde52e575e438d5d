/** A session as its server lists it. */
export interface ListedSession {
  /** Whether it runs a statement. */
  readonly running: boolean
  /** The statement, or the latest one. */
  readonly statement: string
}

/** The connection of one trial to the database. */
export interface Connection {
  readonly url: string
  /** The variables with the password. */
  readonly environment: Readonly<Record<string, string>>
}

export interface Address {
  readonly host: string
  readonly port: number
}

export type Dialect = 'mysql' | 'postgres' | 'duckdb'

/** A database with a table of ROWS rows, and the campaign's own access to its server. */
export interface Subject {
  readonly dialect: Dialect
  /** The address for a proxy; null if the database is embedded. */
  readonly address: Address | null
  /** A query of the rows 1 to `rows` in order. @param silentSeconds the least wait before the first one @default - none */
  query(rows: number, silentSeconds?: number): string
  /** The bytes of the server's own export of the rows. */
  expected(rows: number): Promise<Buffer>
  /** @param user from `addUser` @param folder the trial's own, for a file @param at the address of a proxy */
  connect(user: string, folder: string, at: Address): Promise<Connection>
  addUser(user: string): Promise<void>
  sessions(user: string): Promise<ListedSession[]>
  close(): Promise<void>
}

/** The rows of the table. */
export const ROWS = 200_000

/** The rows 1 to `rows` in any order. */
export const itemsUpTo = (rows: number): string => `SELECT id, note, amount FROM items WHERE id <= ${rows}`

/** @param silence a condition that becomes true after a while */
export const selectItems = (rows: number, silence?: string): string => {
  const condition = silence === undefined ? '' : ` AND (id > 1 OR ${silence})`
  return `${itemsUpTo(rows)}${condition} ORDER BY id`
}

/** The server's certificate names localhost and no other host. */
export const tlsSettings = (host: string, caFile: string): string =>
  `sslmode=${host === 'localhost' ? 'verify-full' : 'verify-ca'}&sslrootcert=${encodeURIComponent(caFile)}`
