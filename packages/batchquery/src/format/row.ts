import type { RowEncoder } from './row-encoder.ts'

/**
 * Writes one row whose values are at hand (null stands for NULL) to `out` at `at`, and returns where it ended. The
 * caller has made room for twice the bytes of the values and `encoder.overheadPerRow`.
 */
export function encodeRow(
  encoder: Pick<RowEncoder, 'columns' | 'rowStart' | 'separator' | 'rowEnd' | 'nullWord'>,
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

/** Copies a few bytes, for the usual one or two much cheaper than a call of `set`; returns where they end. */
export function put(bytes: Uint8Array, out: Uint8Array, at: number): number {
  for (let index = 0; index < bytes.length; index++) out[at++] = bytes[index]
  return at
}
