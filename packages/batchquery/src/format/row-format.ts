import type { CharacterEncoding } from './column.ts'
import { csvEncoder } from './csv-encoder.ts'
import { csvLayout } from './csv-layout.ts'
import type { RowEncoder } from './row-encoder.ts'
import { textEncoder } from './text-encoder.ts'
import { DEFAULT_TEXT_LAYOUT, type TextLayout } from './text-layout.ts'
import type { TypedColumn } from './typed-column.ts'

/** The formats of rows. CSV knows the terminators and the enclosing character of a layout, and nothing else of it. */
export type RowFormat = 'CSV' | 'TEXT'

/**
 * The encoder of a result in a format, the format's own defaults standing for what the layout does not say.
 *
 * @param names the encoding of the columns' names
 * @throws UNSUPPORTED_CLAUSE
 */
export function rowEncoder(
  format: RowFormat,
  columns: readonly TypedColumn[],
  layout: Partial<TextLayout>,
  names?: CharacterEncoding,
): RowEncoder {
  return format === 'CSV'
    ? csvEncoder(columns, csvLayout(layout), names)
    : textEncoder(columns, { ...DEFAULT_TEXT_LAYOUT, ...layout }, names)
}
