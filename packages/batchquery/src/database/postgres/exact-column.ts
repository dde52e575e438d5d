import type { ExactColumn, FlatType, WireForm } from '../../format/index.ts'
import type { ElementType } from './array-types.ts'
import { LAST_BUILT_IN } from './output-functions.ts'

/** How a column is exported with its type. */
export interface SentColumn extends ExactColumn {
  /** Makes the expression that replaces the column in the query. Null if batchquery reads the binary form of the type. */
  readonly cast: ((column: string) => string) | null
}

const MOST_DIGITS = 38
const NUMERIC = 1700
/** Before precision and scale in a modifier. */
const MODIFIER_OFFSET = 4

const STRING: FlatType = { kind: 'string' }
const BIGINT: FlatType = { kind: 'int', bits: 64, signed: true }

/** By object id, the types whose binary form is read: https://www.postgresql.org/docs/current/catalog-pg-type.html */
const READ: ReadonlyMap<number, readonly [FlatType, WireForm]> = new Map<number, [FlatType, WireForm]>([
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
  ...[19, 25, 1042, 1043].map((type): [number, [FlatType, WireForm]] => [type, [STRING, 'raw']]),
])

const JSON_TYPE: FlatType = { kind: 'json' }

export type Cast = NonNullable<SentColumn['cast']>

export const toText: Cast = column => `${column}::pg_catalog.text`
const byFunction =
  (output: string): Cast =>
  column =>
    `pg_catalog.textin(${output}(${column}))`

const XML = 142
const CIDR = 650
const INET = 869
const OID = 26

/** The built-in types whose cast to text differs from what the server writes: it adds a netmask to inet, and keeps the declaration of xml. */
const OUTPUT_FUNCTIONS: ReadonlyMap<number, string> = new Map([
  [XML, 'pg_catalog.xml_out'],
  [CIDR, 'pg_catalog.cidr_out'],
  [INET, 'pg_catalog.inet_out'],
])

const NO_ELEMENTS: ReadonlyMap<number, ElementType> = new Map()

/**
 * The type of a column in a format of typed columns, and how its values are sent.
 *
 * @param modifier as the server describes it
 * @param outputs the result of `outputFunctions` for the types of the query
 * @param elements the result of `elementTypes` for them @default - arrays are strings
 * @param requested the type that TYPES asks for. Only arrays are sent differently for it
 */
export function exactColumn(
  type: number,
  modifier: number,
  outputs: ReadonlyMap<number, string>,
  elements = NO_ELEMENTS,
  requested?: FlatType,
): SentColumn {
  const known = readColumn(type, modifier)
  if (known !== null) return known
  const output = OUTPUT_FUNCTIONS.get(type) ?? outputs.get(type)
  const asText = output === undefined ? toText : byFunction(output)
  const text: SentColumn = { type: STRING, wire: 'raw', cast: asText }
  const element = elements.get(type)
  if (element === undefined) return text
  const list = listColumn(element, modifier)
  if (requested === undefined) return list ?? text
  const isJson = requested.kind === 'json'
  const cast: Cast = isJson ? column => `pg_catalog.to_json(${column})::pg_catalog.text` : asText
  return { type: isJson ? JSON_TYPE : STRING, source: list?.type, wire: 'raw', cast }
}

/** A column whose values are read in their binary form, or null. */
function readColumn(type: number, modifier: number): (SentColumn & { readonly type: FlatType }) | null {
  const read = READ.get(type)
  if (read !== undefined) return { type: read[0], wire: read[1], cast: null }
  if (type === NUMERIC) return { type: numericType(modifier), wire: 'numeric', cast: null }
  // It is unsigned.
  if (type === OID) return { type: BIGINT, wire: 'int8', cast: column => `${column}::pg_catalog.int8` }
  return null
}

/**
 * A column of arrays as lists. Null if no cast makes the elements exactly the texts that the server writes. A cast of an array
 * keeps its dimensions and bounds.
 */
function listColumn({ type, modifier, hasCast }: ElementType, ofColumn: number): SentColumn | null {
  const read = readColumn(type, modifier >= 0 ? modifier : ofColumn)
  if (read !== null) {
    const { cast, ...element } = read
    const castAll: Cast | null = cast === null ? null : column => `${cast(column)}[]`
    return { type: { kind: 'list', element: read.type }, wire: 'array', element, cast: castAll }
  }
  if (type === XML || (hasCast && type > LAST_BUILT_IN)) return null
  const isAddress = type === INET || type === CIDR
  return {
    type: { kind: 'list', element: STRING },
    wire: 'array',
    element: { type: STRING, wire: 'raw' },
    cast: isAddress ? byName : column => `${toText(column)}[]`,
  }
}

/** The server has no cast function from an address to a name, so it writes the address as always. No address has the 63 bytes of a name. */
const byName: Cast = column => `${column}::pg_catalog.name[]::pg_catalog.text[]`

/** A string if a decimal of 38 digits does not have every value, or if the scale is negative or beyond the precision (PostgreSQL 15). */
function numericType(modifier: number): FlatType {
  const packed = modifier - MODIFIER_OFFSET
  const precision = packed >>> 16
  // Eleven bits with a sign; in older servers 16 bits for a scale of at most 1000.
  const scale = ((packed & 0x7ff) ^ 0x400) - 0x400
  const isDecimal = packed >= 0 && precision <= MOST_DIGITS && scale >= 0 && scale <= precision
  return isDecimal ? { kind: 'decimal', precision, scale } : STRING
}
