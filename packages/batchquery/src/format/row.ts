import type { FormatColumn } from './column.ts'
import type { ColumnEncoder, RowEncoder } from './row-encoder.ts'

/** What stands around the values of a row. */
type Line = Pick<RowEncoder, 'rowStart' | 'separator' | 'rowEnd' | 'nullWord'>

/**
 * Writes one row whose values are at hand (null stands for NULL) to `out` at `at`, and returns where it ended. The
 * caller has made room for the `growth` of the values' bytes and `encoder.overheadPerRow`.
 */
export function encodeRow(
  encoder: Line & Pick<RowEncoder, 'columns'>,
  values: readonly (Uint8Array | null)[],
  out: Uint8Array,
  at: number,
): number {
  const { columns, rowStart, separator, rowEnd, nullWord } = encoder
  let to = put(rowStart, out, at)
  for (let index = 0; index < columns.length; index++) {
    if (index > 0) to = put(separator, out, to)
    const value = values[index]
    if (value === null) {
      to = put(nullWord, out, to)
      continue
    }
    to = columns[index].write(value, 0, value.length, out, to)
  }
  return put(rowEnd, out, to)
}

/** The HEADER line: the names of the columns as a row of text, which at most doubles a byte. */
export function encodeNames(
  line: Line,
  columns: readonly FormatColumn[],
  encoder: ColumnEncoder,
): Uint8Array {
  const names = columns.map(({ name }) => name)
  const encoders = names.map(() => encoder)
  const out = Buffer.alloc(overheadOf(encoders, line) + 2 * Buffer.concat(names).length)
  return out.subarray(0, encodeRow({ ...line, columns: encoders }, names, out, 0))
}

/** The most bytes of a row beside those of its values. */
export function overheadOf(columns: readonly ColumnEncoder[], line: Line): number {
  let bytes = line.rowStart.length + line.rowEnd.length
  for (const { opening, closing } of columns)
    bytes += line.separator.length + Math.max(opening.length + closing.length, line.nullWord.length)
  return bytes
}

/** Copies a few bytes, for the usual one or two much cheaper than a call of `set`; returns where they end. */
export function put(bytes: Uint8Array, out: Uint8Array, at: number): number {
  for (let index = 0; index < bytes.length; index++) out[at++] = bytes[index]
  return at
}
