import { BatchQueryError } from '../../errors/index.ts'
import {
  type ExportFormatPlan,
  type FormatClauses,
  type TypedColumn,
  type ValueText,
  valueText,
} from '../../format/index.ts'

/** The clause PARTITION BY. */
export interface PartitionClause {
  readonly columns: readonly string[]
  /** Whether the files have the partition columns, too. */
  readonly include: boolean
}

/** A column that decides the partition of a row. */
export interface PartitionColumn {
  readonly name: string
  /** Its place among the columns of the result. */
  readonly index: number
  readonly text: ValueText
}

/** How the columns of a result divide into those of the path and those of the files. */
export interface DividedColumns {
  /** In the order of the clause. */
  readonly partition: readonly PartitionColumn[]
  /** The places of the columns that the files have. */
  readonly kept: readonly number[]
}

/**
 * Finds the columns of the clause in a result.
 *
 * @param columns with `exact`
 * @throws UNSUPPORTED_CLAUSE for a column that the result does not have or has twice, or whose values are no names; if no column remains
 *   for the files
 */
export function divideColumns(
  columns: readonly TypedColumn[],
  { columns: wanted, include }: PartitionClause,
  format: Pick<ExportFormatPlan, 'text' | 'prefersText'>,
  invalidDates: FormatClauses['invalidDates'],
): DividedColumns {
  const names = columns.map(({ name }) => Buffer.from(name).toString())
  const partition = wanted.map(column => {
    const index = indexOf(names, column)
    refuseType(names[index], columns[index])
    return { name: names[index], index, text: valueText(columns[index], format, invalidDates) }
  })
  const taken = new Set(partition.map(({ index }) => index))
  refuseDoubled(wanted, partition)
  const kept = columns.flatMap((_, index) => (include || !taken.has(index) ? [index] : []))
  if (kept.length === 0)
    throw unsupported(
      `PARTITION BY (${wanted.join(', ')}) names all columns of the result, so the files would have none`,
      'Write PARTITION BY (...) INCLUDE to keep the columns in the files, or select another column.',
    )
  return { partition, kept }
}

/** A name that no column has may mean the only column whose name differs from it in case alone. */
function indexOf(names: readonly string[], column: string): number {
  const lower = column.toLowerCase()
  const equal = places(names, name => name === column)
  const found = equal.length > 0 ? equal : places(names, name => name.toLowerCase() === lower)
  if (found.length === 1) return found[0]
  const listed = names.map(name => JSON.stringify(name)).join(', ')
  throw unsupported(
    `PARTITION BY names the column ${JSON.stringify(column)}, which the result ${found.length === 0 ? 'does not have' : 'has more than once'}`,
    found.length === 0
      ? `The columns are ${listed}. To use an expression, name it in the SELECT list: AS other_name.`
      : `The columns are ${listed}. Name one of them differently in the query: AS other_name.`,
  )
}

const places = (names: readonly string[], isMeant: (name: string) => boolean): number[] =>
  names.flatMap((name, index) => (isMeant(name) ? [index] : []))

function refuseDoubled(wanted: readonly string[], partition: readonly PartitionColumn[]): void {
  const at = partition.findIndex(
    ({ name }, index) =>
      partition.findIndex(other => other.name.toLowerCase() === name.toLowerCase()) < index,
  )
  if (at !== -1)
    throw unsupported(
      `PARTITION BY names the column ${JSON.stringify(partition[at].name)} twice: PARTITION BY (${wanted.join(', ')})`,
      'Leave one of them out.',
    )
}

/** Kinds of values that make no names: two of them may be equal in more than one text, or have any byte. */
const REFUSED: Readonly<Partial<Record<string, string>>> = {
  float: 'a floating-point number',
  double: 'a floating-point number',
  binary: 'binary',
  bytea: 'binary',
  bytes: 'binary',
  json: 'JSON',
  list: 'a list',
}

function refuseType(name: string, { type, exact }: TypedColumn): void {
  const refused = REFUSED[exact === undefined ? type : exact.type.kind] ?? null
  if (refused !== null)
    throw unsupported(
      `PARTITION BY names the column ${JSON.stringify(name)}, which is ${refused}`,
      'Convert it in the SELECT list and name that: CAST(x AS CHAR) in MySQL, CAST(x AS DECIMAL(10, 2)), x::text.',
    )
}

const unsupported = (what: string, hint: string): BatchQueryError =>
  new BatchQueryError('UNSUPPORTED_CLAUSE', what, { hint })
