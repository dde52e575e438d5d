import type { FormatColumn } from './column.ts'
import { csvEncoder } from './csv-encoder.ts'
import { DEFAULT_CSV_LAYOUT } from './csv-layout.ts'
import type { RowEncoder } from './row-encoder.ts'
import { textEncoder } from './text-encoder.ts'
import { DEFAULT_TEXT_LAYOUT, type TextLayout } from './text-layout.ts'

/** The formats of rows. CSV knows the terminators and the enclosing character of a layout, and nothing else of it. */
export type RowFormat = 'CSV' | 'TEXT'

/**
 * The encoder of a result in a format, the format's own defaults standing for what the layout does not say.
 *
 * @throws UNSUPPORTED_CLAUSE
 */
export function rowEncoder(
  format: RowFormat,
  columns: readonly FormatColumn[],
  layout: Partial<TextLayout>,
): RowEncoder {
  return format === 'CSV'
    ? csvEncoder(columns, { ...DEFAULT_CSV_LAYOUT, ...layout })
    : textEncoder(columns, { ...DEFAULT_TEXT_LAYOUT, ...layout })
}
