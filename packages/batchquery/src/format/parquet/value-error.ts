import { BatchQueryError } from '../../errors/index.ts'

/** Why a value cannot be written as its column's type. */
export interface Refusal {
  /** Completes the sentence "the value ...". */
  readonly why: string
  readonly hint: string
  /** The value as a person writes it. @default - its bytes as text */
  readonly shown?: string
}

const LONGEST_VALUE = 100

/** By the errors of values: the row, and the same error for another row. */
const rows = new WeakMap<object, { readonly row: number; readonly at: (row: number) => BatchQueryError }>()

/**
 * Corrects the number of the row in the error of a value, for an encoder that gets rows in another order than that of the result.
 *
 * @param rowOf the number of the row in the result by its number in the encoder
 * @returns any other error as it is
 */
export function renumbered(error: unknown, rowOf: (row: number) => number): unknown {
  const known = typeof error === 'object' && error !== null ? rows.get(error) : undefined
  return known === undefined ? error : known.at(rowOf(known.row))
}

function ofRow(row: number, at: (row: number) => BatchQueryError, error: BatchQueryError): BatchQueryError {
  rows.set(error, { row, at })
  return error
}

/**
 * The error of a value that a Parquet column cannot hold exactly.
 *
 * @param row of the result, from 1 on
 */
export function valueError(
  column: string,
  row: number,
  value: string,
  { why, hint, shown }: Refusal,
): BatchQueryError {
  const whole = shown ?? value
  const cut = whole.length <= LONGEST_VALUE ? whole : `${whole.slice(0, LONGEST_VALUE)}...`
  return ofRow(
    row,
    other => valueError(column, other, value, { why, hint, ...(shown !== undefined && { shown }) }),
    new BatchQueryError(
      'QUERY_FAILED',
      `column ${JSON.stringify(column)}, row ${row}: the value ${JSON.stringify(cut)} ${why}`,
      { hint },
    ),
  )
}

/** For a value that cannot have the type that TYPES asks for. */
export const CHANGE_TYPES = 'Choose another type for the column in TYPES, or convert it in the query.'
/**
 * The error of a NULL in a required column.
 *
 * @param zeroDate the zero or partial date that would become NULL, or null if the value is NULL itself
 */
export function nullError(column: string, row: number, zeroDate: string | null): BatchQueryError {
  const found = zeroDate === null ? 'the value is NULL' : `the value ${JSON.stringify(zeroDate)} becomes NULL`
  return ofRow(
    row,
    other => nullError(column, other, zeroDate),
    new BatchQueryError(
      'QUERY_FAILED',
      `column ${JSON.stringify(column)}, row ${row}: ${found}, but TYPES declares the column NOT NULL`,
      { hint: 'Remove NOT NULL from TYPES, or replace the value in the query: COALESCE(x, 0).' },
    ),
  )
}

export const CAST_TO_TEXT =
  'Cast the column to text in the query: CAST(x AS CHAR) in MySQL, x::text in PostgreSQL and DuckDB.'
