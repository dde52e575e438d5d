import type { BatchQueryError } from '../../errors/index.ts'
import type { InvalidDates } from '../column.ts'
import type { PlainValue } from './plain-value.ts'

/**
 * Writes the bytes of one value, or of a piece of one, to `out` at `at`, and returns where it ended, or -1 if the format cannot
 * have this value. The caller has made room for the `growth` of the value's bytes.
 *
 * The function remembers `source`: while values are taken from it, from front to back, its bytes must not change. Memory
 * that is filled again comes as a new view (`subarray`), or is taken from its first byte on again.
 */
export type Escape = (source: Uint8Array, start: number, end: number, out: Uint8Array, at: number) => number

/** How the values of one column are written: whole, or in pieces between an opening and a closing. */
export interface ValueEncoder {
  /** A whole value that is not NULL, with the bytes around it: there is room for `opening` and `closing`. */
  readonly write: Escape
  /** When `write` only copies, for a loop that copies faster; null if that is never known. */
  readonly plain: PlainValue | null
  /** Before a value in pieces: its quote, and the prefix of a binary value. May be empty. */
  readonly opening: Uint8Array
  /** After a value in pieces. */
  readonly closing: Uint8Array
  /**
   * Whether a value in pieces has neither opening nor closing, for pieces that lie in one buffer. @default - it always has both
   */
  readonly isBare?: (source: Uint8Array, start: number, end: number) => boolean
  /** A piece of a value. */
  readonly escapePiece: Escape
  /**
   * The end of the last whole character of a piece, for values that arrive in pieces: the bytes after it belong
   * to the next piece. Never more than 7 bytes before `end`.
   */
  readonly wholeCharacters: (source: Uint8Array, start: number, end: number) => number
  /** Called after the last piece of a value, before the closing. Returns false if the pieces together are not a value. @default - they always are */
  readonly endPieces?: () => boolean
}

/** How the rows of one result are written by a row encoder: the bytes around the values, and the encoders of the values. */
export interface RowForm {
  readonly columns: readonly ValueEncoder[]
  readonly rowStart: Uint8Array
  /** Before the value of each column, NULL included: the separator, or a name. */
  readonly leads: readonly Uint8Array[]
  readonly rowEnd: Uint8Array
  readonly nullWord: Uint8Array
  /** The names of the columns as a row, encoded as string values; empty if the format has no such row. */
  readonly header: Uint8Array
  /** The most bytes that a row of all its columns needs besides the `growth` of its values. */
  readonly overheadPerRow: number
  /** The most bytes that one byte of a value becomes. */
  readonly growth: number
  /** By column, whether NULL is refused. @default - no column refuses it */
  readonly required?: readonly boolean[]
  /** The zero dates that the encoders wrote as NULL. With it, each value may be written only once. @default - no encoder counts them */
  readonly invalidDates?: () => readonly InvalidDates[]
  /**
   * Makes the error of a refused value, or of a piece of one.
   *
   * @param row of the result, from 1 on
   * @param start -1 for NULL
   * @default - no column refuses a value
   */
  readonly refused?: (
    column: number,
    row: number,
    source: Uint8Array,
    start: number,
    end: number,
  ) => BatchQueryError
}
