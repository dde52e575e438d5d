import { BatchQueryError } from '../../../errors/index.ts'
import type { ColumnSource, ResultPreview, Session } from '../../database.ts'
import { definitionOf, type QueryTables } from './query-tables.ts'
import { refusal } from './refusal.ts'
import {
  type Index,
  indexesOf,
  type KeyColumn,
  quotedColumn,
  quotedTable,
  shownTable,
  type Table,
} from './table.ts'

/** The columns of one table that divide the rows of a query. */
export interface Source {
  readonly table: Table
  /** The index that begins with them. */
  readonly index: string
  /** With their names in the query. All may be NULL, because the query may have an outer join. */
  readonly columns: readonly KeyColumn[]
  /** Their names in the table. */
  readonly own: readonly KeyColumn[]
}

/** The query for the rows of a query that meet a condition on its columns. */
export const wrapped = (query: string, where: string): string =>
  `SELECT * FROM (\n${query}\n) AS q WHERE ${where}`

/**
 * Finds the index that says how the values of BY are distributed: that of the table from which the query takes the columns as they are. The
 * server names it with the columns of the result. Columns of BY that the index does not have are left out: the first ones alone divide the
 * rows.
 *
 * @throws UNSUPPORTED_CLAUSE if there is none; QUERY_FAILED, PERMISSION
 */
export async function sourceOf(
  session: Session,
  query: string,
  by: readonly string[],
  tables: QueryTables,
): Promise<Source> {
  const result = await columnsOf(session, query)
  await refuseOtherTypes(session, query, result)
  const places = by.map(name => placeOf(result, name))
  const bases: Base[] = []
  for (const place of places) {
    const base = await baseOf(session, result.sources[place], tables)
    if (base === null || (bases[0] !== undefined && shownTable(base.table) !== shownTable(bases[0].table)))
      break
    bases.push(base)
  }
  const [first] = bases
  if (first === undefined)
    throw refusal(
      `BY (${by[0]}) is no column of a table in the query, so no index says how to divide it`,
      'Name a column in BY that the query takes from a table as it is.',
    )
  const { table } = first
  const names = bases.map(({ column }) => column.toLowerCase())
  const [index] = (await indexesOf(session, table))
    .map(of => ({ ...of, shared: sharedWith(of, names) }))
    .toSorted((one, other) => other.shared - one.shared)
  if (index === undefined || index.shared === 0)
    throw refusal(
      `no index of ${shownTable(table)} begins with ${first.column}, so each range would read the whole table (type ALL)`,
      'Name a column in BY with which an index begins, or remove PARALLEL.',
    )
  const own = index.columns.slice(0, index.shared)
  const columns = own.map((column, at) => ({ ...column, name: result.columns[places[at]], isNullable: true }))
  return { table, index: index.name, columns, own }
}

/** How many of these names are the first columns of an index, in this order. */
function sharedWith({ columns }: Index, names: readonly string[]): number {
  const other = names.findIndex((name, at) => columns[at]?.name.toLowerCase() !== name)
  return other === -1 ? names.length : other
}

type Columns = Required<Pick<ResultPreview, 'columns' | 'sources'>>

/** The columns of a query, of which no row is read. */
async function columnsOf(session: Session, query: string): Promise<Columns> {
  const { results } = await session.execute(`${query}\nLIMIT 0`, 0)
  const { columns, sources } = results.at(-1) ?? {}
  return { columns: columns ?? [], sources: sources ?? [] }
}

function placeOf({ columns }: Columns, name: string): number {
  const place = columns.findIndex(column => column.toLowerCase() === name.toLowerCase())
  if (place >= 0) return place
  throw refusal(`the query has no column ${name}`, `Name a column of the query in BY: ${columns.join(', ')}.`)
}

/** A derived table has names once, and may have other types. @throws UNSUPPORTED_CLAUSE */
async function refuseOtherTypes(
  session: Session,
  query: string,
  { columns, sources }: Columns,
): Promise<void> {
  const inside = await columnsOf(session, wrapped(query, '1 = 1')).catch((thrown: unknown) => {
    const error = BatchQueryError.from(thrown)
    if (!error.message.includes('(1060)')) throw error
    throw refusal(
      'two columns of the query have the same name, which BY needs to be different',
      'Give each column a name of its own: AS.',
    )
  })
  const other = sources.findIndex(({ type }, at) => inside.sources[at]?.type !== type)
  if (other >= 0)
    throw refusal(
      `the server would give the column ${columns[other]} another type if the query is divided with BY`,
      'Write CAST(.. AS ..) around it.',
    )
}

/** A column of a base table. */
interface Base {
  readonly table: Table
  readonly column: string
}

/** The column of a base table behind a column of a result. Null for an expression. */
async function baseOf(session: Session, source: ColumnSource, tables: QueryTables): Promise<Base | null> {
  if (source.column === '') return null
  const view = tables.views.find(isNamed(source))
  if (view !== undefined) return behindView(session, view, source, tables)
  const direct = tables.base.find(isNamed(source))
  if (direct !== undefined) return sameType(session, { table: direct, column: source.column }, source)
  // The server names a common table expression or a query in FROM. A table of the query may have such a column, first in an index.
  for (const table of tables.base)
    for (const { columns } of await indexesOf(session, table)) {
      const [first] = columns
      if (first?.name.toLowerCase() !== source.column.toLowerCase()) continue
      const base = await sameType(session, { table, column: first.name }, source)
      if (base !== null) return base
    }
  return null
}

const isNamed =
  (source: ColumnSource) =>
  ({ schema, name }: Table): boolean =>
    name === source.table && (source.schema === '' || schema === source.schema)

async function behindView(
  session: Session,
  view: Table,
  { column }: ColumnSource,
  tables: QueryTables,
): Promise<Base | null> {
  const { columns } = await columnsOf(session, `SELECT * FROM ${quotedTable(view)}`)
  const { sources } = await columnsOf(session, await definitionOf(session, view))
  const source = sources[columns.indexOf(column)]
  return source === undefined ? null : baseOf(session, source, tables)
}

/** Bounds are values of the table, which the server must compare with the column of the query as the index is ordered. */
async function sameType(session: Session, base: Base, { type }: ColumnSource): Promise<Base | null> {
  const name = quotedColumn({ name: base.column })
  const { sources } = await columnsOf(session, `SELECT ${name} FROM ${quotedTable(base.table)}`)
  return sources[0]?.type === type ? base : null
}
