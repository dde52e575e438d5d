import { BatchQueryError } from '../../errors/index.ts'
import type { FormatColumn } from '../column.ts'
import type { RowForm, ValueEncoder } from './row-form.ts'

/** The bytes around the values of a row. */
type Around = Pick<RowForm, 'rowStart' | 'leads' | 'rowEnd' | 'nullWord'>

/**
 * Writes one row of values (null is NULL) to `out` at `at`, and returns where it ended. The
 * caller has made room for the `growth` of the values' bytes and `form.overheadPerRow`.
 */
export function encodeRow(
  form: Around & Pick<RowForm, 'columns'>,
  values: readonly (Uint8Array | null)[],
  out: Uint8Array,
  at: number,
): number {
  const { columns, rowStart, leads, rowEnd, nullWord } = form
  let to = put(rowStart, out, at)
  for (let index = 0; index < columns.length; index++) {
    to = put(leads[index], out, to)
    const value = values[index]
    if (value === null) {
      to = put(nullWord, out, to)
      continue
    }
    to = columns[index].write(value, 0, value.length, out, to)
  }
  return put(rowEnd, out, to)
}

/** @throws INTERNAL if no column of the form may refuse a value */
export function refusedValue(
  { refused }: Pick<RowForm, 'refused'>,
  ...[column, row, source, start, end]: Parameters<NonNullable<RowForm['refused']>>
): BatchQueryError {
  if (refused !== undefined) return refused(column, row, source, start, end)
  return new BatchQueryError('INTERNAL', `column ${column + 1}, row ${row}: cannot write the value`)
}

/** The HEADER line: the names of the columns as a row of text, which at most doubles a byte. */
export function encodeNames(
  around: Around,
  columns: readonly FormatColumn[],
  encoder: ValueEncoder,
): Uint8Array {
  const names = columns.map(({ name }) => name)
  const encoders = names.map(() => encoder)
  const out = Buffer.alloc(overheadOf(encoders, around) + 2 * Buffer.concat(names).length)
  return out.subarray(0, encodeRow({ ...around, columns: encoders }, names, out, 0))
}

/** The most bytes of a row besides those of its values. */
export function overheadOf(columns: readonly ValueEncoder[], around: Around): number {
  const bytes = around.rowStart.length + around.rowEnd.length
  return columns.reduce((sum, column, index) => sum + aroundValue(column, around.leads[index], around), bytes)
}

/** The most bytes of a column's value besides its own. */
export const aroundValue = (
  { opening, closing }: ValueEncoder,
  lead: Uint8Array,
  { nullWord }: Around,
): number => lead.length + Math.max(opening.length + closing.length, nullWord.length)

const NOTHING = new Uint8Array()

/** What is before the values of a row whose values have one separator between them. */
export const separated = (columns: number, separator: Uint8Array): readonly Uint8Array[] =>
  Array.from({ length: columns }, (_, index) => (index === 0 ? NOTHING : separator))

/** Copies a few bytes, for the usual one or two much cheaper than a call of `set`; returns where they end. */
export function put(bytes: Uint8Array, out: Uint8Array, at: number): number {
  for (let index = 0; index < bytes.length; index++) out[at++] = bytes[index]
  return at
}
