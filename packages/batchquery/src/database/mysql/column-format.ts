import type { CharacterEncoding, FormatColumn, TypedColumn, ValueType } from '../../format/index.ts'
import type { Server } from '../database.ts'
import { characterSetEncoding } from './character-set-encoding.ts'
import { characterSetOf } from './collations.ts'
import type { ColumnDefinition } from './column-definition.ts'

/**
 * The protocol types that OUTFILE treats as numbers: the integers, FLOAT, DOUBLE, both DECIMALs, NULL and YEAR.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/field__types_8h.html
 */
const NUMBER_TYPES = new Set([0, 1, 2, 3, 4, 5, 6, 8, 9, 13, 246])

/** TINYINT, SMALLINT, INT, MEDIUMINT, YEAR. */
const INTEGER_TYPES = new Set([1, 2, 3, 9, 13])
const BIGINT_TYPE = 8
/** FLOAT, DOUBLE. */
const FLOAT_TYPES = new Set([4, 5])
const BIT_TYPE = 16
/** MySQL 9's type. MariaDB sends its VECTOR as a VARBINARY. */
export const VECTOR_TYPE = 242
/** VARCHAR, the BLOBs and TEXTs, VARBINARY, CHAR and BINARY, GEOMETRY. They are binary if their collation is. */
const STRING_TYPES = new Set([15, 249, 250, 251, 252, 253, 254, 255])
export const BINARY_COLLATION = 63
/** MySQL's type. MariaDB's JSON is a LONGTEXT. The server reports a binary collation, but the values are text. */
const JSON_TYPE = 245

/** The server's MAX_BLOB_WIDTH. */
const LARGE_BYTES = 16 * 1024 * 1024
/**
 * The bytes of MEDIUMTEXT. OUTFILE multiplies it with the bytes of a character in the column's own character set, so the type is large in a multi-byte
 * one. The wire multiplies it with those of the result's character set, and not at all when nothing is converted.
 */
const MEDIUM_BYTES = LARGE_BYTES - 1
const MEDIUM_TYPE = 252
/** The most bytes of a character, in any character set. */
const MOST_CHARACTER_BYTES = 4

/** The encoding of a collation number. An unknown collation counts as one of one byte per character. */
const collationEncoding = (collation: number): CharacterEncoding =>
  characterSetEncoding(characterSetOf(collation) ?? 'binary')

/** The facts of a result, besides its columns, that decide how OUTFILE writes them. */
export interface ResultRules {
  /** Whether the server converts the result, to characters of up to four bytes. */
  readonly isConverted: boolean
  /** The encoding of the columns' names, and of values without a character set of their own. */
  readonly names: CharacterEncoding
  /** How OUTFILE treats BIT. */
  readonly bitKind: FormatColumn['kind']
}

export function columnFormat(column: ColumnDefinition, rules: ResultRules): TypedColumn {
  const { isConverted, names, bitKind } = rules
  return {
    name: column.name,
    kind: column.type === BIT_TYPE ? bitKind : NUMBER_TYPES.has(column.type) ? 'number' : 'string',
    type: valueType(column),
    encoding: column.type === JSON_TYPE ? names : collationEncoding(column.collation),
    isLarge: isLarge(column, isConverted),
  }
}

function isLarge({ type, isBlob, maxBytes, collation }: ColumnDefinition, isConverted: boolean) {
  // OUTFILE treats a field of type VECTOR as a LONGBLOB, although its values are short and the definition says so.
  if (type === VECTOR_TYPE && isBlob) return true
  if (maxBytes >= (isConverted ? MOST_CHARACTER_BYTES * LARGE_BYTES : LARGE_BYTES)) return true
  if (type !== MEDIUM_TYPE || collation === BINARY_COLLATION || maxBytes % MEDIUM_BYTES > 0 || maxBytes === 0)
    return false
  return isConverted ? 'unknown' : collationEncoding(collation) !== 'single'
}

/**
 * MySQL 9 writes BIT as a string, but counts it as a number. MySQL 8, and therefore Aurora, and MariaDB treat it as a number
 * in both.
 */
export function bitKind({ kind, version }: Server): FormatColumn['kind'] {
  return kind === 'mysql' && Number.parseInt(version, 10) >= 9 ? 'bits' : 'number'
}

/** Whether the values are bytes that need not be text. */
export const isBinary = ({ type, collation }: Pick<ColumnDefinition, 'type' | 'collation'>): boolean =>
  type === BIT_TYPE || type === VECTOR_TYPE || (STRING_TYPES.has(type) && collation === BINARY_COLLATION)

function valueType(column: ColumnDefinition): ValueType {
  const { type } = column
  if (INTEGER_TYPES.has(type)) return 'integer'
  if (type === BIGINT_TYPE) return 'bigint'
  if (FLOAT_TYPES.has(type)) return 'float'
  return isBinary(column) ? 'binary' : 'text'
}
