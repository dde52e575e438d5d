import type { FormatColumn } from './column.ts'

/**
 * What the values of a column are to a reader who knows types.
 *
 * `integer`, `float`: as text, in decimal. `boolean`: as text, `t` or `true`, and anything else for false. `binary`:
 * bytes that need not be text (a server that writes such values as text has them as `text`). `text`: all others,
 * DECIMAL among them, whose digits a floating-point number cannot keep.
 */
export type ValueType = 'integer' | 'float' | 'boolean' | 'binary' | 'text'

/** A column with what its values are. */
export interface TypedColumn extends FormatColumn {
  readonly type: ValueType
}
