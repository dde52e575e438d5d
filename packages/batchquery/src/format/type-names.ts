import type { ExactType, FlatType } from './exact-column.ts'

/** The types without parameters that the clause TYPES can ask for. */
const NAMED = {
  INT32: { kind: 'int', bits: 32, signed: true },
  INT64: { kind: 'int', bits: 64, signed: true },
  UINT64: { kind: 'int', bits: 64, signed: false },
  FLOAT: { kind: 'float' },
  DOUBLE: { kind: 'double' },
  BOOLEAN: { kind: 'bool' },
  STRING: { kind: 'string' },
  JSON: { kind: 'json' },
  UUID: { kind: 'uuid' },
  DATE: { kind: 'date' },
  TIME: { kind: 'time' },
  TIMESTAMP: { kind: 'timestamp', utc: false },
  TIMESTAMPTZ: { kind: 'timestamp', utc: true },
  BINARY: { kind: 'bytes' },
} as const satisfies Readonly<Record<string, FlatType>>

type PlainTypeName = keyof typeof NAMED
/** A type of a column in a file that has types, for example `INT64` or `DECIMAL(10,2)`. */
export type ColumnType = PlainTypeName | `DECIMAL(${number},${number})` | `DECIMAL(${number})`
/** A word for a type of the clause TYPES. */
export type TypeName = PlainTypeName | 'DECIMAL'

export const TYPE_NAMES: readonly TypeName[] = [
  ...(['INT32', 'INT64', 'UINT64', 'FLOAT', 'DOUBLE', 'DECIMAL', 'BOOLEAN', 'STRING', 'JSON'] as const),
  ...(['UUID', 'DATE', 'TIME', 'TIMESTAMP', 'TIMESTAMPTZ', 'BINARY'] as const),
]

/** A type that has no parameters. */
export const typeNamed = (name: PlainTypeName): FlatType => NAMED[name]

/** The name of a type in the words of the clause TYPES, or as close to them as a type comes that the clause does not have. */
export function nameOfType(type: ExactType): string {
  switch (type.kind) {
    case 'int':
      return `${type.signed ? '' : 'U'}INT${type.bits}`
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`
    case 'timestamp':
      return type.utc ? 'TIMESTAMPTZ' : 'TIMESTAMP'
    case 'bool':
      return 'BOOLEAN'
    case 'bytes':
      return 'BINARY'
    case 'list':
      return `a list of ${nameOfType(type.element)}`
    default:
      return type.kind.toUpperCase()
  }
}
