import type { DuckDBType } from '@duckdb/node-api'
import type { ExactColumn, ExactType } from '../../format/index.ts'
import { castExpression } from './cast-column.ts'
import type { loadDuckdb } from './load.ts'

type TypeIds = Awaited<ReturnType<typeof loadDuckdb>>['DuckDBTypeId']

const int = (bits: 8 | 16 | 32 | 64, signed = true): ExactType => ({ kind: 'int', bits, signed })
const LOCAL: ExactType = { kind: 'timestamp', utc: false }

/**
 * The exact types of columns. A type that is missing here is text as DuckDB writes it: TIMESTAMP_NS for instance has more than
 * microseconds, and HUGEINT has more digits than any decimal.
 */
export class ExactTypes {
  readonly #id: TypeIds
  readonly #types: ReadonlyMap<number, ExactType>

  constructor(id: TypeIds) {
    this.#id = id
    this.#types = new Map<number, ExactType>([
      [id.BOOLEAN, { kind: 'bool' }],
      [id.TINYINT, int(8)],
      [id.SMALLINT, int(16)],
      [id.INTEGER, int(32)],
      [id.BIGINT, int(64)],
      [id.UTINYINT, int(8, false)],
      [id.USMALLINT, int(16, false)],
      // Not every reader knows unsigned integers of 32 and 64 bits.
      [id.UINTEGER, int(64)],
      [id.UBIGINT, { kind: 'decimal', precision: 20, scale: 0 }],
      [id.FLOAT, { kind: 'float' }],
      [id.DOUBLE, { kind: 'double' }],
      [id.DATE, { kind: 'date' }],
      [id.TIMESTAMP, LOCAL],
      [id.TIMESTAMP_S, LOCAL],
      [id.TIMESTAMP_MS, LOCAL],
      [id.TIMESTAMP_TZ, { kind: 'timestamp', utc: true }],
      [id.BLOB, { kind: 'bytes' }],
      [id.GEOMETRY, { kind: 'bytes' }],
    ])
  }

  of(type: DuckDBType): ExactColumn {
    const exact = this.#typeOf(type)
    switch (exact.kind) {
      case 'bytes':
        return type.typeId === this.#id.GEOMETRY
          ? { type: exact, wire: 'base64', geometry: 'crs' in type ? { system: type.crs } : {} }
          : { type: exact, wire: 'base64' }
      case 'date':
      case 'timestamp':
        return { type: exact, wire: 'epoch' }
      default:
        return { type: exact, wire: 'text' }
    }
  }

  #typeOf(type: DuckDBType): ExactType {
    if (type.typeId === this.#id.DECIMAL && 'scale' in type)
      return { kind: 'decimal', precision: type.width, scale: type.scale }
    if (type.typeId === this.#id.VARCHAR && type.alias === 'JSON') return { kind: 'json' }
    return this.#types.get(type.typeId) ?? { kind: 'string' }
  }
}

/** The SQL type that has exactly the values of a type. */
export function sqlType(type: ExactType): string {
  switch (type.kind) {
    case 'bool':
      return 'BOOLEAN'
    case 'int':
      return `${type.signed ? '' : 'U'}${INTEGERS[type.bits]}`
    case 'decimal':
      return `DECIMAL(${type.precision}, ${type.scale})`
    case 'timestamp':
      return type.utc ? 'TIMESTAMPTZ' : 'TIMESTAMP'
    case 'string':
      return 'VARCHAR'
    case 'bytes':
      return 'BLOB'
    case 'list':
      return `${sqlType(type.element)}[]`
    default:
      return type.kind.toUpperCase()
  }
}

const INTEGERS = { 8: 'TINYINT', 16: 'SMALLINT', 32: 'INTEGER', 64: 'BIGINT' } as const

/** The same column for an encoder that prefers text: DuckDB prints all digits of a float, and a date without a count is text, too. */
export const textColumn = (exact: ExactColumn): ExactColumn =>
  exact.wire === 'epoch' && exact.source === undefined ? { ...exact, wire: 'text' } : exact

/**
 * The SQL expression whose text is the column's wire form. Null if that is the text of the column itself.
 *
 * @param prefersText as in `FormatPlan`
 */
export function wireExpression(exact: ExactColumn, column: string, prefersText: boolean): string | null {
  const { type, wire, source, geometry } = exact
  if (geometry !== undefined) return `system.main.to_base64(system.main.st_aswkb(${column}))`
  if (source !== undefined) return castExpression(exact, source, column)
  if (wire === 'base64') return `system.main.to_base64(${column})`
  if (prefersText) return null
  // The text of a FLOAT would be rounded twice on its way back, and a number is found faster than a word.
  if (type.kind === 'float') return `CAST(${column} AS DOUBLE)`
  if (type.kind === 'bool') return `CAST(${column} AS UTINYINT)`
  if (wire !== 'epoch') return null
  // An infinite date has no count, and neither has a time beyond the range of microseconds. The encoder refuses its text.
  const count =
    type.kind === 'date'
      ? `system.main.date_diff('day', DATE '1970-01-01', ${column})`
      : `system.main.epoch_us(${timestamp(type, column)})`
  return `COALESCE(CAST(${count} AS VARCHAR), CAST(${column} AS VARCHAR))`
}

const timestamp = (type: ExactType, column: string): string =>
  type.kind === 'timestamp' && type.utc ? column : `TRY_CAST(${column} AS TIMESTAMP)`
