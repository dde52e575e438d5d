import type { Shapes } from '../../geometry/shapes.ts'
import type { Refusal } from '../value-error.ts'
import type { Values } from '../values.ts'

/** Reads the values of one wire form as one type and writes them in Parquet's PLAIN form. */
export interface Reader {
  /** Whether the PLAIN form is the length and then the bytes of the source. */
  readonly isCopy: boolean
  /** Whether different sources always mean different values. */
  readonly isOneToOne: boolean
  /** Whether a zero or partial date is NULL. The values are text, or MySQL's binary form of dates. */
  readonly hasZeroDates: boolean | 'binary'
  /** The most bytes that the values become. */
  room(values: Values, from: number, to: number): number
  /**
   * Writes the values from index `from` to `to` at `at`, where there is room. Returns where they end, or -1 - k if the
   * type cannot hold the value with index k. May write up to three bytes past the end.
   */
  read(values: Values, from: number, to: number, out: Buffer, view: DataView, at: number): number
  /** Why `read` refused a value. */
  refusal(source: Buffer, start: number, end: number): Refusal
  /** For geometries: what those have in common that it has read since the last call. */
  takeShapes?(): Shapes
}

export const refused = (index: number): number => -1 - index

type Read = Reader['read']

/** A reader of values that all have the same width. */
export function fixedReader(
  width: number,
  read: Read,
  refusal: Reader['refusal'],
  { isOneToOne = false, hasZeroDates = false }: Partial<Pick<Reader, 'isOneToOne' | 'hasZeroDates'>> = {},
): Reader {
  const room: Reader['room'] = (_values, from, to) => width * (to - from)
  return { isCopy: false, isOneToOne, hasZeroDates, room, read, refusal }
}
