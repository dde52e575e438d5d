import { floatOf, type Seen, type SeenColumn } from '../seen.ts'
import { type Differs, jsonTokens, other } from './differs.ts'
import { canonicalDouble, canonicalNumber } from './numbers.ts'

/** Bytes of MySQL's geometry before the WKB: its SRID. */
const SRID_BYTES = 4
/** PostGIS's flag in the number of a geometry's type. */
const HAS_SRID = 0x20000000

/** Expected in MySQL's form: SRID, then WKB. PostGIS's form has the SRID inside. It may also be in the file's metadata or type. */
export const differsAsGeometry: Differs = (seen, expected, { type, metadata }) => {
  const own = Buffer.from(expected.meaning, 'hex')
  const srid = own.readUInt32LE()
  const wkb = own.subarray(SRID_BYTES)
  const hex = seen.kind === 'bytes' ? seen.hex : seen.kind === 'text' ? seen.text.toLowerCase() : ''
  if (hex === own.toString('hex') || hex === extendedWkb(srid, wkb)) return null
  if (hex !== wkb.toString('hex')) return other(seen, expected)
  const system = systemIn(metadata)
  if (srid === 0) return system === null ? null : 'a reference system added'
  const named = [type, system ?? '', metadata['batchquery.srid.c'] ?? '']
  return named.some(text => text.includes(String(srid))) ? null : 'SRID lost'
}

/** PostGIS's form of little-endian WKB, in hexadecimal digits. */
function extendedWkb(srid: number, wkb: Buffer): string {
  const head = Buffer.alloc(9)
  wkb.copy(head, 0, 0, 5)
  head.writeUInt32LE((head.readUInt32LE(1) | HAS_SRID) >>> 0, 1)
  head.writeUInt32LE(srid, 5)
  return Buffer.concat([head, wkb.subarray(5)]).toString('hex')
}

/** The reference system of the column `c` in GeoParquet's metadata. Null if it is unknown there. */
function systemIn({ geo }: SeenColumn['metadata']): string | null {
  if (geo === undefined) return null
  const { columns }: { columns: Readonly<Record<string, { readonly crs?: unknown }>> } = JSON.parse(geo)
  const { c } = columns
  if (c === undefined || c.crs === null) return null
  // GeoParquet means longitude and latitude of WGS 84 by nothing.
  return c.crs === undefined ? 'EPSG:4326' : JSON.stringify(c.crs)
}

/** Expected in MySQL's own bytes: little-endian floats. */
export const differsAsVector: Differs = (seen, expected) => {
  const own = Buffer.from(expected.meaning, 'hex')
  if (seen.kind === 'bytes') return seen.hex === own.toString('hex') ? null : other(seen, expected)
  const wanted = Array.from({ length: own.length / 4 }, (_, at) => own.readFloatLE(4 * at))
  const items = seen.kind === 'list' ? seen.items.map(numberOf) : readVector(seen)
  const isSame = items.length === wanted.length && items.every((item, at) => Object.is(item, wanted[at]))
  return isSame ? null : other(seen, expected)
}

const numberOf = (seen: Seen): number => (seen?.kind === 'float' ? floatOf(seen.bits) : Number.NaN)

const readVector = (seen: NonNullable<Seen>): readonly number[] =>
  seen.kind === 'text'
    ? seen.text
        .slice(1, -1)
        .split(',')
        .map(part => Math.fround(Number(part)))
    : []

/** Expected as the server's text, or as its JSON. */
export const differsAsNested: Differs = (seen, expected) => {
  if (seen.kind === 'text') {
    if (seen.text === expected.text) return null
    return jsonTokens(seen.text) === jsonTokens(expected.meaning) ? null : other(seen, expected)
  }
  if (!isSame(seen, JSON.parse(expected.meaning))) return other(seen, expected)
  return /^\[[\d:[\]-]+\]=/.test(expected.text) ? 'bounds lost' : null
}

function isSame(seen: Seen, json: unknown): boolean {
  if (seen === null || json === null) return seen === json
  switch (seen.kind) {
    case 'number':
      return typeof json === 'number' && canonicalNumber(seen.digits) === canonicalDouble(json)
    case 'float':
      return Object.is(floatOf(seen.bits), json)
    case 'boolean':
      return seen.value === json
    case 'text':
      return seen.text === json
    case 'list':
      return (
        Array.isArray(json) &&
        json.length === seen.items.length &&
        seen.items.every((item, at) => isSame(item, json[at]))
      )
    case 'map':
      return isSameObject(
        seen.entries.map(([key, value]) => [key?.kind === 'text' ? key.text : '', value]),
        json,
      )
    case 'struct':
      return isSameObject(seen.fields, json)
    default:
      return false
  }
}

function isSameObject(fields: readonly (readonly [string, Seen])[], json: unknown): boolean {
  if (typeof json !== 'object') return false
  const wanted = new Map(Object.entries(json ?? {}))
  // DuckDB's UNION: a tag without a name, and NULL for each member that it is not.
  if (fields[0]?.[0] === '')
    return isSameObject(
      fields.slice(1).filter(([, value]) => value !== null),
      json,
    )
  return fields.length === wanted.size && fields.every(([name, value]) => isSame(value, wanted.get(name)))
}
