import type { Options } from './options.ts'

/** The number of rows for each measurement. */
export interface Sizes {
  readonly narrow: number
  readonly wide: number
  /** For measurements with a quarter of a core, where everything takes longer. */
  readonly narrowSlice: number
  readonly wideSlice: number
  /** The lengths of result for the comparison of the time per row, ascending. */
  readonly lengths: readonly number[]
  /** The rows of the table for the longest of them. Null if the narrow table is long enough. */
  readonly long: number | null
}

/** Bytes of a row as TEXT, so that tables have the requested size or a little more. */
const NARROW_ROW_BYTES = 30.6
const WIDE_ROW_BYTES = 140.5
const SLICE_MEGABYTES = 250
const LENGTHS = [1_000_000, 10_000_000]
const LONG = 100_000_000

export function sizesOf({ megabytes, big }: Pick<Options, 'megabytes' | 'big'>): Sizes {
  const rows = (size: number, rowBytes: number) => roundUp((size * 1e6) / rowBytes)
  const narrow = rows(megabytes, NARROW_ROW_BYTES)
  const slice = Math.min(megabytes, SLICE_MEGABYTES)
  const fits = LENGTHS.every(length => length <= narrow)
  return {
    narrow,
    wide: rows(megabytes, WIDE_ROW_BYTES),
    narrowSlice: rows(slice, NARROW_ROW_BYTES),
    wideSlice: rows(slice, WIDE_ROW_BYTES),
    lengths: big ? [...LENGTHS, LONG] : fits ? LENGTHS : [Math.ceil(narrow / 10), narrow],
    long: big ? LONG : null,
  }
}

/** To two digits, a round number. */
function roundUp(rows: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(rows)) - 1)
  return Math.ceil(rows / unit) * unit
}
