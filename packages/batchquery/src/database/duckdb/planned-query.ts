import type { DuckDBType } from '@duckdb/node-api'
import { BatchQueryError } from '../../errors/index.ts'
import {
  type FileDivision,
  type FlatType,
  type FormatPlan,
  requestsFor,
  type TypedColumn,
} from '../../format/index.ts'
import { refuseValue } from './bad-values.ts'
import { ExactTypes, sqlType } from './exact-column.ts'
import { type ExportableQuery, type QueryColumn, withTypes } from './exportable-query.ts'
import { loadDuckdb } from './load.ts'
import { anyPart, hasUnnamedMember, leavesOf, type TypeTree, treeOf, typeText } from './type-tree.ts'

/** How the rows of a query get from DuckDB to a format: DuckDB prints each value, or writes files of the format itself. */
export type PlannedQuery = { readonly way: 'text'; readonly query: ExportableQuery } | FilesOfQuery

export interface FilesOfQuery {
  readonly way: 'files'
  /** Its expressions find the number of the row in the column ROW. */
  readonly query: ExportableQuery
  readonly writtenFiles: NonNullable<FormatPlan['writtenFiles']>
  /** Null if the result has no partitions. */
  readonly division: FileDivision | null
}

/** The column that has the number of the row, from 1 on, where DuckDB writes files itself. */
export const ROW = 'r'

type TypeIds = Awaited<ReturnType<typeof loadDuckdb>>['DuckDBTypeId']

/**
 * Plans how nested columns are exported. A format of typed columns gets files that DuckDB writes, unless TYPES makes text of all nested columns.
 * A format that prefers text gets JSON.
 *
 * @throws UNSUPPORTED_CLAUSE
 */
export async function planQuery(query: ExportableQuery, format: FormatPlan): Promise<PlannedQuery> {
  const division = format.divideFiles?.(query.columns.map(column => column.format)) ?? null
  const nested = division?.by.find(index => treeOf(query.columns[index].type).kind !== 'leaf')
  if (nested !== undefined) throw nestedPartition(query.columns[nested])
  if (format.text !== 'typed') return { way: 'text', query }
  const { DuckDBTypeId: ids } = await loadDuckdb()
  const names = query.columns.map(({ name }) => name)
  const requests = requestsFor(names, format.types, true)
  const columns = query.columns.map((column, index) =>
    asJson(column, requests[index]?.type.kind ?? null, format, ids),
  )
  const remaining = columns.filter((column, index) => isOwnForm(column, ids) && requests[index] === undefined)
  const { writtenFiles } = format
  if (format.prefersText || writtenFiles === undefined || remaining.length === 0)
    return { way: 'text', query: withTypes({ ...query, columns }, requests) }
  refuseTypes(remaining, format)
  format.check?.(columns.map(column => column.format))
  const forFiles = columns.map((column, index) =>
    division === null || division.kept.includes(index) ? forFile(column, ids) : column,
  )
  return { way: 'files', query: { ...query, columns: forFiles }, writtenFiles, division }
}

/**
 * The columns of a planned query, as a format gets them. A column that DuckDB writes in a form of its own has no exact type.
 *
 * @throws UNSUPPORTED_CLAUSE for columns that the format cannot write
 */
export async function plannedColumns(
  { way, query }: PlannedQuery,
  format: FormatPlan,
): Promise<readonly TypedColumn[]> {
  if (way === 'text') {
    const columns = query.columns.map(column => column.format)
    format.check?.(columns)
    return columns
  }
  const { DuckDBTypeId: ids } = await loadDuckdb()
  return query.columns.map(column => {
    const { exact, ...described } = column.format
    return isOwnForm(column, ids) ? described : { ...described, exact }
  })
}

/** Whether only DuckDB's own writer has a form for the values. */
const isOwnForm = ({ type }: QueryColumn, ids: TypeIds): boolean =>
  treeOf(type).kind !== 'leaf' || type.typeId === ids.TIMESTAMP_NS

/** @throws UNSUPPORTED_CLAUSE for TYPES if DuckDB writes the files, because it does not convert values */
function refuseTypes(nested: readonly QueryColumn[], { types = [] }: FormatPlan): void {
  if (types.length === 0) return
  const names = nested.map(({ name }) => JSON.stringify(name))
  const [first] = names
  throw unsupported(
    `FORMAT PARQUET with TYPES needs a type for each nested column and TIMESTAMP_NS, and these have none: ${names.join(', ')}`,
    `Write TYPES (${first} AS JSON) or (${first} AS STRING) for each of them, or remove TYPES and cast in the query.`,
  )
}

/**
 * A nested column as JSON, if the format prefers text, or TYPES asks for JSON.
 *
 * @param requested the kind of type that TYPES asks for, or null
 */
function asJson(
  column: QueryColumn,
  requested: FlatType['kind'] | null,
  format: FormatPlan,
  ids: TypeIds,
): QueryColumn {
  const tree = treeOf(column.type)
  if (tree.kind === 'leaf' || (requested ?? (format.prefersText ? 'json' : null)) !== 'json') return column
  // All members of a STRUCT without names would have the same key.
  if (hasUnnamedMember(tree)) {
    if (requested === null) return column
    throw unnamedMembers(column)
  }
  const { format: described, name } = column
  return {
    ...column,
    format: { ...described, exact: { type: { kind: 'json' }, wire: 'text' } },
    expression: value => jsonExpression(tree, name, value, ids),
  }
}

function jsonExpression(tree: TypeTree, name: string, value: string, ids: TypeIds): string {
  // to_json would parse and shorten the numbers in JSON.
  const text = new Set<number>([ids.VARIANT, ids.GEOMETRY])
  const type = typeText(tree, leaf =>
    text.has(leaf.typeId) || leaf.alias === 'JSON' ? 'VARCHAR' : String(leaf),
  )
  const json = `system.main.to_json(CAST(${value} AS ${type}))`
  const floats: readonly number[] = [ids.FLOAT, ids.DOUBLE]
  const isNoNumber = anyPart(tree, value, ({ typeId }, part) =>
    floats.includes(typeId) ? `NOT system.main.isfinite(${part})` : null,
  )
  return isNoNumber === null
    ? json
    : `CASE WHEN ${isNoNumber} THEN ${refuseValue('NUMBER', name, null, value)} ELSE ${json} END`
}

/** A column as DuckDB's writer must get it. Its parts have the types that columns of their types have in a file. */
function forFile(column: QueryColumn, ids: TypeIds): QueryColumn {
  const tree = treeOf(column.type)
  if (hasUnnamedMember(tree)) throw unnamedMembers(column)
  if (leavesOf(tree).some(({ typeId }) => typeId === ids.GEOMETRY))
    throw unsupported(
      `column ${JSON.stringify(column.name)} is a GEOMETRY, which FORMAT PARQUET cannot write next to a nested column or a TIMESTAMP_NS`,
      'Write st_aswkb(x) in the query, or TYPES (x AS JSON) for each nested column.',
    )
  const exact = new ExactTypes(ids)
  const typeOf = (type: DuckDBType) =>
    type.typeId === ids.TIMESTAMP_NS ? 'TIMESTAMP_NS' : sqlType(exact.of(type).type)
  const type = typeText(tree, typeOf)
  const isDate = (part: DuckDBType) => /^(DATE|TIMESTAMP)/.test(typeOf(part))
  return {
    ...column,
    expression: value => {
      const isInfinite = anyPart(tree, value, (part, text) =>
        isDate(part) ? `system.main.isinf(${text})` : null,
      )
      const cast = `CAST(${value} AS ${type})`
      return isInfinite === null
        ? cast
        : `CASE WHEN ${isInfinite} THEN ${refuseValue('DATE', column.name, ROW, value)} ELSE ${cast} END`
    },
  }
}

const nestedPartition = ({ name, type }: QueryColumn): BatchQueryError =>
  unsupported(
    `PARTITION BY names the column ${JSON.stringify(name)}, which is nested (${type})`,
    'Name a part of it in the SELECT list, and partition by that: x.field AS field.',
  )

const unnamedMembers = ({ name }: QueryColumn): BatchQueryError =>
  unsupported(
    `column ${JSON.stringify(name)} has a STRUCT without field names`,
    "Name the fields in the query: {'a': x, 'b': y} instead of ROW(x, y).",
  )

const unsupported = (what: string, hint: string): BatchQueryError =>
  new BatchQueryError('UNSUPPORTED_CLAUSE', what, { hint })
