import type { FormatColumn } from './column.ts'

/**
 * What the values of a column are to a reader who knows types.
 *
 * `integer` (of at most 32 bits), `bigint` (of more), `float`: as text, in decimal. `boolean`: as text, `t` or `true`,
 * and anything else for false. `binary`: bytes that need not be text, in CSV `\x` and hexadecimal digits. `bytea`:
 * bytes that the database itself has made text of, in one of PostgreSQL's two forms. `text`: all others, DECIMAL among
 * them, whose digits a floating-point number cannot keep.
 */
export type ValueType = 'integer' | 'bigint' | 'float' | 'boolean' | 'binary' | 'bytea' | 'text'

/** A column with what its values are. */
export interface TypedColumn extends FormatColumn {
  readonly type: ValueType
}
