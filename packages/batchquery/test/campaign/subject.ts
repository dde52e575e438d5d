/** A server's session, as the server lists it. */
export interface ListedSession {
  /** A statement runs in it. */
  readonly running: boolean
  /** The statement, or the latest one. */
  readonly statement: string
}

/** How one trial reaches the database. */
export interface Connection {
  readonly url: string
  /** What the runner finds its password in. */
  readonly environment: Readonly<Record<string, string>>
}

export interface Address {
  readonly host: string
  readonly port: number
}

export type Dialect = 'mysql' | 'postgres' | 'duckdb'

/** A database with a table of ROWS rows, and what its server says for itself. */
export interface Subject {
  readonly dialect: Dialect
  /** Where a proxy finds it; null where it is embedded. */
  readonly address: Address | null
  /** The rows 1 to `rows`, in order. @param silentSeconds before the first one, or more @default - none */
  query(rows: number, silentSeconds?: number): string
  /** The bytes that the server's own export of the rows has. */
  expected(rows: number): Promise<Buffer>
  /** @param user one that `addUser` has made @param folder the trial's own, for a file @param at a proxy */
  connect(user: string, folder: string, at: Address): Promise<Connection>
  addUser(user: string): Promise<void>
  sessions(user: string): Promise<ListedSession[]>
  close(): Promise<void>
}

/** Of the table. */
export const ROWS = 200_000

/** @param silence a condition that is true, after a while */
export const selectItems = (rows: number, silence?: string): string => {
  const condition = silence === undefined ? '' : ` AND (id > 1 OR ${silence})`
  return `SELECT id, note, amount FROM items WHERE id <= ${rows}${condition} ORDER BY id`
}

/** The server's certificate names localhost and no other host. */
export const tlsSettings = (host: string, caFile: string): string =>
  `sslmode=${host === 'localhost' ? 'verify-full' : 'verify-ca'}&sslrootcert=${encodeURIComponent(caFile)}`
