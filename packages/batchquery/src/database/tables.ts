import type { Session } from './database.ts'

/** The tables of the databases of a dialect: what a program must know to write a task that exports them. */
export interface Tables {
  /** A query for the schema of a table that a statement names without one. Its value is NULL if there is none. */
  readonly currentSchema: string
  /** Lists the tables and views that the session sees, without those of the system, in any order. @throws as `Session.execute` */
  list(session: Session): Promise<readonly ListedTable[]>
  /**
   * The columns of the tables and views of a schema, by table, in their order.
   *
   * @throws as `Session.execute`
   */
  columns(session: Session, schema: string): Promise<ReadonlyMap<string, readonly ListedColumn[]>>
  /** How a task begins so that it reads these tables as of one moment. */
  snapshot(tables: readonly DescribedTable[]): Snapshot
}

export interface ListedTable {
  readonly schema: string
  readonly name: string
  /** `table`, or what else it is: a view, a partition of another table. Others are exported only if the user asks for them. */
  readonly kind: string
  /** Why a transaction does not show the table as of one moment: its storage engine, for instance. Null if it does. */
  readonly unversioned: string | null
  /** Whether a query of the table would also read the tables that inherit from it, which are exported by themselves. */
  readonly hasHeirs: boolean
  /** Facts about its export, each one a sentence. */
  readonly notes: readonly string[]
}

export interface ListedColumn {
  readonly name: string
  /** In the words of the server. */
  readonly type: string
  /** Whether `SELECT *` leaves it out. */
  readonly isInvisible: boolean
  /** Whether the user may read it. */
  readonly isReadable: boolean
}

/** A table with its columns. */
export interface DescribedTable extends ListedTable {
  readonly columns: readonly ListedColumn[]
}

export interface Snapshot {
  /** Whole sentences about the transaction, for people. */
  readonly notes: readonly string[]
  /** In order. Empty if no table can be read as of one moment. */
  readonly statements: readonly string[]
}

/** More names than any database has. */
const MOST_ROWS = 10_000_000

/** The rows of a query about names. NULL becomes an empty text. @throws as `Session.execute` */
export async function namesOf(
  session: Session,
  sql: string,
): Promise<readonly (readonly [string, ...string[]])[]> {
  const { results } = await session.execute(sql, MOST_ROWS)
  return (results.at(-1)?.rows ?? []).map(([first, ...rest]) => [
    first ?? '',
    ...rest.map(value => value ?? ''),
  ])
}

/** Collects the columns of a schema from rows of the name of a table and a column. */
export function byTable(
  columns: readonly { readonly table: string; readonly column: ListedColumn }[],
): ReadonlyMap<string, readonly ListedColumn[]> {
  const tables = new Map<string, ListedColumn[]>()
  for (const { table, column } of columns) {
    const known = tables.get(table)
    if (known === undefined) tables.set(table, [column])
    else known.push(column)
  }
  return tables
}
