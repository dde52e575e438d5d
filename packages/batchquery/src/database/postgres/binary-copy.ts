import type { BatchQueryError } from '../../errors/index.ts'
import { malformedAnswer } from './copy-rows.ts'

// The form of the rows in COPY ... (FORMAT binary): https://www.postgresql.org/docs/current/sql-copy.html

/** The start of the answer: the signature, and no flags and no extensions. */
export const COPY_SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
/** A row begins with the number of its values. */
export const COUNT_BYTES = 2
/** Before each value. */
export const LENGTH_BYTES = 4
/** The length of NULL. */
export const NULL = -1
/** The number of values in the last message. */
export const END_OF_ROWS = -1

export function malformedRow(): BatchQueryError {
  return malformedAnswer('a row in COPY’s binary form does not have the values or lengths that it announces')
}
