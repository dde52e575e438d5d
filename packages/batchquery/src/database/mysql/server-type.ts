import type { ColumnDefinition } from './column-definition.ts'
import { isBinary } from './column-format.ts'

/** Types without parameters, by their numbers in the protocol. */
const NAMES: Readonly<Record<number, string>> = {
  1: 'tinyint',
  2: 'smallint',
  3: 'int',
  4: 'float',
  5: 'double',
  6: 'null',
  7: 'timestamp',
  8: 'bigint',
  9: 'mediumint',
  10: 'date',
  11: 'time',
  12: 'datetime',
  13: 'year',
  14: 'date',
  16: 'bit',
  242: 'vector',
  245: 'json',
  255: 'geometry',
}
/** DECIMAL of MySQL 5 and later. */
const DECIMAL = 246
/** Texts of a column that is declared as CHAR, ENUM or SET. */
const FIXED = 254
const VARIABLE = [15, 253]

/** The type of a column, as far as the server's description of the result says it: that of a TEXT has no length. */
export function serverType(column: ColumnDefinition): string {
  const { type, isUnsigned, format } = column
  if (format !== '') return format
  if (type === DECIMAL) return decimalName(column)
  const name = NAMES[type]
  if (name === undefined) return textName(column)
  return isUnsigned && /int$/.test(name) ? `${name} unsigned` : name
}

/** The server reports the most characters of a value: its digits, a point if it has decimals, and a sign unless it is unsigned. */
function decimalName({ maxBytes, decimals, isUnsigned }: ColumnDefinition): string {
  const digits = maxBytes - (decimals > 0 ? 1 : 0) - (isUnsigned ? 0 : 1)
  return `decimal(${Math.max(1, digits, decimals)},${decimals})${isUnsigned ? ' unsigned' : ''}`
}

function textName(column: ColumnDefinition): string {
  const isBytes = isBinary(column)
  if (column.type === FIXED) return isBytes ? 'binary' : 'char'
  if (VARIABLE.includes(column.type)) return isBytes ? 'varbinary' : 'varchar'
  return isBytes ? 'blob' : 'text'
}
