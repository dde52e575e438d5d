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
  return new BatchQueryError(
    'QUERY_FAILED',
    `column ${JSON.stringify(column)}, row ${row}: the value ${JSON.stringify(cut)} ${why}`,
    { hint },
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
  return new BatchQueryError(
    'QUERY_FAILED',
    `column ${JSON.stringify(column)}, row ${row}: ${found}, but TYPES declares the column NOT NULL`,
    { hint: 'Remove NOT NULL from TYPES, or replace the value in the query: COALESCE(x, 0).' },
  )
}

export const CAST_TO_TEXT =
  'Cast the column to text in the query: CAST(x AS CHAR) in MySQL, x::text in PostgreSQL and DuckDB.'
