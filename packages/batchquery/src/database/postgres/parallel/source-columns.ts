import { writeIdentifier } from '../../../sql/index.ts'
import { askSession } from '../../ask-session.ts'
import type { ColumnOrigin, Session } from '../../database.ts'
import { type KeyColumn, keyColumn, type Table, tableOf } from './table.ts'
import { refusal } from './undividable.ts'

/** The columns of one table that divide the rows of a query. */
export interface Source {
  readonly table: Table
  /** With their names in the query. All may be NULL, because the query may have an outer join. */
  readonly columns: readonly KeyColumn[]
  /** Their names in the table. */
  readonly own: readonly KeyColumn[]
}

/**
 * Finds the table whose statistics say how the values of BY are distributed. Columns of other tables that follow are left out: the first
 * ones alone divide the rows.
 *
 * @throws UNSUPPORTED_CLAUSE if the first column is an expression; QUERY_FAILED if the query does not have a column
 */
export async function sourceOf(session: Session, query: string, by: readonly string[]): Promise<Source> {
  const names = by.map(name => writeIdentifier([name], 'postgres')).join(', ')
  // The order shows that the server can compare the values. It reads no row for LIMIT 0.
  const { results } = await session.execute(
    `SELECT ${names} FROM (\n${query}\n) AS q ORDER BY ${names} LIMIT 0`,
    0,
  )
  const origins = results.at(-1)?.origins ?? []
  const own: KeyColumn[] = []
  let table: Table | null = null
  for (const origin of origins) {
    const base = await baseOf(session, origin)
    const of: Table | null = base === null ? null : await tableOf(session, base.table)
    if (base === null || of === null || (table !== null && of.oid !== table.oid)) break
    table ??= of
    const column = await keyColumn(session, base)
    if (column !== null) own.push(column)
  }
  if (table === null || own.length === 0)
    throw refusal(
      `BY (${by[0]}) is an expression of the query, not a column of a table, so no statistics say how to divide it`,
      'Name a column in BY that the query takes from a table as it is.',
    )
  const columns = own.map((column, index) => ({ ...column, name: by[index], isNullable: true }))
  return { table, columns, own }
}

/** The column of a table behind a column of a view, as far as their names and types say it. Null for an expression. */
async function baseOf(session: Session, origin: ColumnOrigin): Promise<ColumnOrigin | null> {
  if (origin.table === 0) return null
  const rows = await askSession(
    session,
    `WITH RECURSIVE origin (kind, "table", "column", name, type) AS (
       SELECT c.relkind, c.oid, a.attnum, a.attname, a.atttypid
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
       WHERE c.oid = ${origin.table} AND a.attnum = ${origin.column}
       UNION
       SELECT c.relkind, c.oid, a.attnum, a.attname, a.atttypid
       FROM origin o
       JOIN pg_catalog.pg_rewrite r ON r.ev_class = o."table"
       JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
         AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> o."table"
       JOIN pg_catalog.pg_class c ON c.oid = d.refobjid
       JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
       WHERE o.kind = 'v' AND a.attname = o.name AND a.atttypid = o.type)
     SELECT "table", "column" FROM origin WHERE kind <> 'v' LIMIT 2`,
  )
  const [[table, column] = []] = rows
  return rows.length === 1 ? { table: Number(table), column: Number(column) } : null
}
