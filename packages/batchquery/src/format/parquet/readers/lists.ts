import { BatchQueryError } from '../../../errors/index.ts'
import type { ParquetColumn } from '../type.ts'
import type { Refusal } from '../value-error.ts'
import type { Values } from '../values.ts'

/** Finds the elements of one list after the other. */
export interface ListReader {
  /** Begins a list. Returns how many elements it has, or -1 if the column cannot hold it. */
  begin(values: Values, start: number, end: number): number
  /**
   * Writes the start and the end of the next `count` elements, or -1 for NULL, to `places` from the element `first` on. Returns
   * false if the list ends before.
   */
  next(values: Values, places: Int32Array, first: number, count: number): boolean
  /** Why `begin` or `next` failed. */
  refusal(source: Buffer, start: number, end: number): Refusal
}

/** @throws INTERNAL for a wire form that no list has */
export function listReaderFor({ name, wire }: ParquetColumn): ListReader {
  if (wire === 'array') return new ArrayReader(name)
  if (wire === 'vector') return new VectorReader()
  throw new BatchQueryError('INTERNAL', `column ${JSON.stringify(name)}: a ${wire} value is never a list`)
}

const NULL = -1
const NO_LIST = -1
const LENGTH_BYTES = 4
const SHOWN_BYTES = 50

/**
 * PostgreSQL's binary array: the number of dimensions, whether there are NULLs, the type of the elements, the length and the lower bound
 * of each dimension, and the elements, each with its length.
 * https://github.com/postgres/postgres/blob/master/src/backend/utils/adt/arrayfuncs.c (array_send)
 */
class ArrayReader implements ListReader {
  readonly #name: string
  #at = 0
  #end = 0

  constructor(name: string) {
    this.#name = name
  }

  begin({ view }: Values, start: number, end: number): number {
    if (end - start < HEADER_BYTES) return NO_LIST
    const dimensions = view.getInt32(start)
    if (dimensions === 0) return 0
    if (dimensions !== 1 || end - start < HEADER_BYTES + DIMENSION_BYTES) return NO_LIST
    const count = view.getInt32(start + HEADER_BYTES)
    const lowest = view.getInt32(start + HEADER_BYTES + 4)
    this.#at = start + HEADER_BYTES + DIMENSION_BYTES
    this.#end = end
    return lowest === 1 && count * LENGTH_BYTES <= end - this.#at ? count : NO_LIST
  }

  next({ view }: Values, places: Int32Array, first: number, count: number): boolean {
    const end = this.#end
    const to = (2 * (first + count)) | 0
    let at = this.#at | 0
    for (let place = (2 * first) | 0; place < to; place = (place + 2) | 0) {
      if (at + LENGTH_BYTES > end) return false
      const length = view.getInt32(at)
      at = (at + LENGTH_BYTES) | 0
      if (length < 0) {
        places[place] = NULL
        places[place + 1] = NULL
        continue
      }
      if (length > end - at) return false
      places[place] = at
      at = (at + length) | 0
      places[place + 1] = at
    }
    this.#at = at
    return true
  }

  refusal(source: Buffer, start: number, end: number): Refusal {
    const bounds = boundsOf(source.subarray(start, end))
    const shown = `${bounds.map(({ lower, upper }) => `[${lower}:${upper}]`).join('')}={...}`
    if (bounds.length > 1)
      return {
        shown,
        why: `is an array of ${bounds.length} dimensions, but a list has one`,
        hint: `Write TYPES (${this.#name} AS JSON) to export all arrays of the column as JSON.`,
      }
    if (bounds.length === 1 && bounds[0].lower !== 1)
      return {
        shown,
        why: `is an array that begins at the index ${bounds[0].lower}, but a list begins at 1`,
        hint: `Write TYPES (${this.#name} AS STRING) to export all arrays of the column as the server writes them.`,
      }
    return {
      shown: `0x${source.toString('hex', start, Math.min(end, start + SHOWN_BYTES))}`,
      why: 'is not a binary array',
      hint: 'Cast the column to text in the query: x::text.',
    }
  }
}

const HEADER_BYTES = 12
const DIMENSION_BYTES = 8
/** PostgreSQL's MAXDIM. */
const MOST_DIMENSIONS = 6

/** The bounds of the dimensions of an array. None if it is not an array. */
function boundsOf(array: Buffer): readonly { readonly lower: number; readonly upper: number }[] {
  const dimensions = array.length < HEADER_BYTES ? 0 : array.readInt32BE()
  if (dimensions < 1 || dimensions > MOST_DIMENSIONS) return []
  if (array.length < HEADER_BYTES + dimensions * DIMENSION_BYTES) return []
  return Array.from({ length: dimensions }, (_, k) => {
    const at = HEADER_BYTES + k * DIMENSION_BYTES
    const lower = array.readInt32BE(at + 4)
    return { lower, upper: lower + array.readInt32BE(at) - 1 }
  })
}

const FLOAT_BYTES = 4

/** MySQL's vector: little-endian floats, one after the other. */
class VectorReader implements ListReader {
  #at = 0

  begin(_values: Values, start: number, end: number): number {
    this.#at = start
    return (end - start) % FLOAT_BYTES === 0 ? (end - start) / FLOAT_BYTES : NO_LIST
  }

  next(_values: Values, places: Int32Array, first: number, count: number): boolean {
    for (let k = 0; k < count; k++) {
      places[2 * (first + k)] = this.#at
      this.#at += FLOAT_BYTES
      places[2 * (first + k) + 1] = this.#at
    }
    return true
  }

  refusal(source: Buffer, start: number, end: number): Refusal {
    return {
      shown: `0x${source.toString('hex', start, Math.min(end, start + SHOWN_BYTES))}`,
      why: `has ${end - start} bytes, but each float of a vector has ${FLOAT_BYTES}`,
      hint: 'Convert the column in the query: VECTOR_TO_STRING(x).',
    }
  }
}
