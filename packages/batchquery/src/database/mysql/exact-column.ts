import { BatchQueryError } from '../../errors/index.ts'
import type { ExactColumn, ExactType, FlatType, Transcoder, WireForm } from '../../format/index.ts'
import { binaryWire } from './binary-rows.ts'
import type { ColumnDefinition } from './column-definition.ts'
import { isBinary, VECTOR_TYPE } from './column-format.ts'

/** The facts of a result, besides its columns, that decide what their values mean. */
export interface ExactRules {
  /** The session's zone, for TIMESTAMP columns. @default - UTC */
  readonly offsetAt?: ExactColumn['offsetAt']
  /** Returns what makes UTF-8 of text with this collation, or undefined if the text is UTF-8. @default - all text is UTF-8 */
  readonly transcoder?: (collation: number) => Transcoder | undefined
  /**
   * Why the rows come in the text protocol: it completes "a prepared statement would be exact, but ...", and is empty if nothing needs to be
   * said. Null if they come in the binary protocol. @default - they come in the text protocol
   */
  readonly textReason?: string | null
  /** Whether a VECTOR is its bytes, because the encoder has no list for it. @default false */
  readonly hasNoLists?: boolean
}

/** The numbers of the protocol types. https://dev.mysql.com/doc/dev/mysql-server/latest/field__types_8h.html */
const TYPE = {
  TINYINT: 1,
  SMALLINT: 2,
  INT: 3,
  FLOAT: 4,
  DOUBLE: 5,
  TIMESTAMP: 7,
  BIGINT: 8,
  MEDIUMINT: 9,
  DATE: 10,
  DATETIME: 12,
  YEAR: 13,
  NEWDATE: 14,
  JSON: 245,
  DECIMAL: 246,
  GEOMETRY: 255,
} as const

const INT64: ExactType = { kind: 'int', bits: 64, signed: true }
const INT32: ExactType = { kind: 'int', bits: 32, signed: true }
const STRING: ExactType = { kind: 'string' }
/** 20 digits: some readers have no unsigned integer of 64 bits. */
const UNSIGNED_BIGINT: ExactType = { kind: 'decimal', precision: 20, scale: 0 }
const MOST_DIGITS = 38

const MOST_SECOND_DECIMALS = 6
/** From here on, a floating-point number has no fixed count of decimals. */
const NO_FIXED_DECIMALS = 31
const FLOAT: FlatType = { kind: 'float' }
/** In both protocols, the bytes of its floats. */
const VECTOR: ExactColumn = {
  type: { kind: 'list', element: FLOAT },
  wire: 'vector',
  element: { type: FLOAT, wire: 'leFloat' },
}

/**
 * The type of a column's values, and the form in which they arrive.
 *
 * @throws QUERY_FAILED for a FLOAT in the text protocol, because the server rounds it to six digits
 */
export function exactColumn(
  column: ColumnDefinition,
  { offsetAt, transcoder, textReason = '', hasNoLists = false }: ExactRules,
): ExactColumn {
  if (column.type === VECTOR_TYPE && !hasNoLists) return VECTOR
  const type = exactType(column)
  if (column.type === TYPE.GEOMETRY) return { type, wire: 'mysqlGeometry', geometry: {} }
  const binary = textReason === null ? binaryWire(column.type) : null
  const zone = type.kind === 'timestamp' && type.utc ? { offsetAt } : {}
  if (binary !== null) return { type, wire: binary, ...zone, ...printedForm(column, binary) }
  if (type.kind === 'float' && textReason !== null) throw floatRefused(column, textReason)
  if (type.kind === 'bytes') return { type, wire: 'raw' }
  if (type.kind !== 'string' && type.kind !== 'json') return { type, wire: 'text', ...zone }
  return { type, wire: 'text', transcoder: transcoder?.(column.collation) }
}

/** As `exactColumn`, for values that come as text whatever their type is. */
export function printedColumn(
  column: ColumnDefinition,
  transcoder: (collation: number) => Transcoder | undefined,
): ExactColumn {
  const type = exactType(column)
  return type.kind === 'string'
    ? { type, wire: 'text', transcoder: transcoder(column.collation) }
    : { type, wire: 'text' }
}

/** How the server's own client would print the values. */
function printedForm(
  { decimals, isZerofill, maxBytes }: ColumnDefinition,
  wire: WireForm,
): Pick<ExactColumn, 'decimals' | 'leastCharacters'> {
  const isTime = wire === 'leDate' || wire === 'leTime'
  const isFixed = decimals <= MOST_SECOND_DECIMALS || (!isTime && decimals < NO_FIXED_DECIMALS)
  return { ...(isFixed ? { decimals } : {}), ...(isZerofill ? { leastCharacters: maxBytes } : {}) }
}

function exactType(column: ColumnDefinition): ExactType {
  const { type, isUnsigned } = column
  switch (type) {
    case TYPE.TINYINT:
      return { kind: 'int', bits: 8, signed: !isUnsigned }
    case TYPE.SMALLINT:
      return { kind: 'int', bits: 16, signed: !isUnsigned }
    case TYPE.YEAR:
      return { kind: 'int', bits: 16, signed: true }
    case TYPE.MEDIUMINT:
      return INT32
    case TYPE.INT:
      return isUnsigned ? INT64 : INT32
    case TYPE.BIGINT:
      return isUnsigned ? UNSIGNED_BIGINT : INT64
    case TYPE.DECIMAL:
      return decimalType(column)
    case TYPE.DOUBLE:
      return { kind: 'double' }
    case TYPE.FLOAT:
      return { kind: 'float' }
    case TYPE.DATE:
    case TYPE.NEWDATE:
      return { kind: 'date' }
    case TYPE.DATETIME:
      return { kind: 'timestamp', utc: false }
    case TYPE.TIMESTAMP:
      return { kind: 'timestamp', utc: true }
    case TYPE.JSON:
      return { kind: 'json' }
    case TYPE.GEOMETRY:
      return { kind: 'bytes' }
    default:
      return textType(column)
  }
}

function textType(column: ColumnDefinition): ExactType {
  if (isBinary(column)) return { kind: 'bytes' }
  return column.format === 'json' ? { kind: 'json' } : STRING
}

/** The server reports the most characters of a value: its digits, a point if it has decimals, and a sign unless it is unsigned. */
function decimalType({ maxBytes, decimals, isUnsigned }: ColumnDefinition): ExactType {
  const digits = maxBytes - (decimals > 0 ? 1 : 0) - (isUnsigned ? 0 : 1)
  const precision = Math.max(1, digits, decimals)
  return precision > MOST_DIGITS ? STRING : { kind: 'decimal', precision, scale: decimals }
}

function floatRefused({ name }: ColumnDefinition, reason: string): BatchQueryError {
  const column = JSON.stringify(Buffer.from(name).toString())
  const why = reason === '' ? '' : ` A prepared statement would be exact, but ${reason}.`
  return new BatchQueryError(
    'QUERY_FAILED',
    `column ${column} is FLOAT, and the text of a FLOAT loses digits`,
    {
      hint: `Write CAST(x AS DOUBLE) AS x in the query, or CAST(x AS CHAR) AS x for the text.${why}`,
    },
  )
}
