import type { ExactColumn, ExactType, WireForm } from '../../format/index.ts'

/** How a column is exported with its type. */
export interface SentColumn extends ExactColumn {
  /** Makes the expression that replaces the column in the query. Null if batchquery reads the binary form of the type. */
  readonly cast: ((column: string) => string) | null
}

const MOST_DIGITS = 38
const NUMERIC = 1700
/** Before precision and scale in a modifier. */
const MODIFIER_OFFSET = 4

const STRING: ExactType = { kind: 'string' }
const BIGINT: ExactType = { kind: 'int', bits: 64, signed: true }

/** By object id, the types whose binary form is read: https://www.postgresql.org/docs/current/catalog-pg-type.html */
const READ: ReadonlyMap<number, readonly [ExactType, WireForm]> = new Map<number, [ExactType, WireForm]>([
  [16, [{ kind: 'bool' }, 'boolean']],
  [17, [{ kind: 'bytes' }, 'raw']],
  [20, [BIGINT, 'int8']],
  [21, [{ kind: 'int', bits: 16, signed: true }, 'int2']],
  [23, [{ kind: 'int', bits: 32, signed: true }, 'int4']],
  [700, [{ kind: 'float' }, 'float4']],
  [701, [{ kind: 'double' }, 'float8']],
  [1082, [{ kind: 'date' }, 'date']],
  [1114, [{ kind: 'timestamp', utc: false }, 'timestamp']],
  [1184, [{ kind: 'timestamp', utc: true }, 'timestamp']],
  [2950, [STRING, 'uuid']],
  [114, [{ kind: 'json' }, 'raw']],
  [3802, [{ kind: 'json' }, 'jsonb']],
  // name, text, char(n), varchar(n)
  ...[19, 25, 1042, 1043].map((type): [number, [ExactType, WireForm]] => [type, [STRING, 'raw']]),
])

type Cast = NonNullable<SentColumn['cast']>

const toText: Cast = column => `${column}::pg_catalog.text`
const byFunction =
  (output: string): Cast =>
  column =>
    `pg_catalog.textin(${output}(${column}))`

/** The built-in types whose cast to text differs from what the server writes: it adds a netmask to inet, and keeps the declaration of xml. */
const OUTPUT_FUNCTIONS: ReadonlyMap<number, string> = new Map([
  [142, 'pg_catalog.xml_out'],
  [650, 'pg_catalog.cidr_out'],
  [869, 'pg_catalog.inet_out'],
])

const OID = 26

/**
 * The type of a column in a format of typed columns, and how its values are sent.
 *
 * @param modifier as the server describes it
 * @param outputs the result of `outputFunctions` for the types of the query
 */
export function exactColumn(
  type: number,
  modifier: number,
  outputs: ReadonlyMap<number, string>,
): SentColumn {
  const read = READ.get(type)
  if (read !== undefined) return { type: read[0], wire: read[1], cast: null }
  if (type === NUMERIC) return { type: numericType(modifier), wire: 'numeric', cast: null }
  // It is unsigned.
  if (type === OID) return { type: BIGINT, wire: 'int8', cast: column => `${column}::pg_catalog.int8` }
  const output = OUTPUT_FUNCTIONS.get(type) ?? outputs.get(type)
  return { type: STRING, wire: 'raw', cast: output === undefined ? toText : byFunction(output) }
}

/** float4, float8. */
export const isFloat = (type: number): boolean => type === 700 || type === 701

const asHex: Cast = column => `pg_catalog.encode(${column}, 'hex')`

/** As `exactColumn`, for values as the server prints them. The text of a bytea depends on the session's bytea_output. */
export function textColumn(type: number, modifier: number): SentColumn {
  const exact = exactColumn(type, modifier, NO_OUTPUTS)
  if (exact.type.kind === 'bytes') return { type: exact.type, wire: 'hex', cast: asHex }
  return { type: exact.type, wire: 'text', cast: null }
}

const NO_OUTPUTS: ReadonlyMap<number, string> = new Map()

/** As `textColumn`, but bytes come as they are, and floats in their binary forms: for a session that rounds their text. */
export function textUnlessFloat(
  type: number,
  modifier: number,
  outputs: ReadonlyMap<number, string>,
): SentColumn {
  const exact = exactColumn(type, modifier, outputs)
  if (isFloat(type) || exact.wire === 'raw') return exact
  return { type: exact.type, wire: 'text', cast: toText }
}

/** A string if a decimal of 38 digits does not have every value, or if the scale is negative or beyond the precision (PostgreSQL 15). */
function numericType(modifier: number): ExactType {
  const packed = modifier - MODIFIER_OFFSET
  const precision = packed >>> 16
  // Eleven bits with a sign; in older servers 16 bits for a scale of at most 1000.
  const scale = ((packed & 0x7ff) ^ 0x400) - 0x400
  const isDecimal = packed >= 0 && precision <= MOST_DIGITS && scale >= 0 && scale <= precision
  return isDecimal ? { kind: 'decimal', precision, scale } : STRING
}
