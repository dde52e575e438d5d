import type { PartColumn } from '../format.ts'
import { CONVERTED, LOGICAL, REPETITION } from './schema.ts'
import { invalid, type ThriftStruct } from './thrift-reader.ts'
import { PHYSICAL } from './type.ts'

/** The columns of a file, and the chunks that each row group has for them. */
export interface FileSchema {
  readonly columns: readonly PartColumn[]
  /** In the order of a row group's chunks. */
  readonly leaves: readonly Leaf[]
}

/** The values of a column chunk. */
export interface Leaf {
  /** The column, or for a part of one the path to it: `tags.list.element`. */
  readonly name: string
  /** Whether each row has exactly one value, or NULL. */
  readonly isFlat: boolean
  /** A number of PHYSICAL. */
  readonly physical: number
  /** As `PartColumn.type` writes it, without NOT NULL. */
  readonly type: string
}

const DEEPEST = 32

// The fields of SchemaElement in parquet.thrift.
const FIELD = {
  TYPE: 1,
  REPETITION: 3,
  NAME: 4,
  CHILDREN: 5,
  CONVERTED: 6,
  SCALE: 7,
  PRECISION: 8,
  LOGICAL: 10,
} as const

/**
 * Reads the elements of a schema, each group before its children.
 *
 * @throws VERIFICATION if they are not a tree
 */
export function readSchema(elements: readonly ThriftStruct[]): FileSchema {
  const leaves: Leaf[] = []
  let next = 1
  const read = (path: readonly string[], isFlat: boolean): Node => {
    const element = elements[next++]
    if (element === undefined || path.length > DEEPEST) throw invalid('its schema is not a tree')
    const name = element.text(FIELD.NAME)
    const ownPath = [...path, name]
    const isRepeated = element.number(FIELD.REPETITION) === REPETITION.REPEATED
    if (!element.has(FIELD.CHILDREN)) {
      leaves.push({
        name: ownPath.join('.'),
        isFlat: isFlat && !isRepeated,
        physical: element.number(FIELD.TYPE),
        type: leafType(element),
      })
      return { element, name, isRepeated, children: [] }
    }
    const count = element.number(FIELD.CHILDREN)
    if (count > elements.length - next) throw invalid('its schema is not a tree')
    const children = Array.from({ length: count }, () => read(ownPath, isFlat && !isRepeated))
    return { element, name, isRepeated, children }
  }
  const [root] = elements
  if (root === undefined) throw invalid('it has no schema')
  const count = root.has(FIELD.CHILDREN) ? root.number(FIELD.CHILDREN) : 0
  if (count >= elements.length && count > 0) throw invalid('its schema is not a tree')
  const nodes = Array.from({ length: count }, () => read([], true))
  if (next !== elements.length) throw invalid('its schema is not a tree')
  return { columns: nodes.map(node => ({ name: node.name, type: columnType(node) })), leaves }
}

interface Node {
  readonly element: ThriftStruct
  readonly name: string
  readonly isRepeated: boolean
  readonly children: readonly Node[]
}

function columnType(node: Node): string {
  const isRequired = node.element.number(FIELD.REPETITION) === REPETITION.REQUIRED
  return isRequired ? `${typeOf(node)} NOT NULL` : typeOf(node)
}

/** A repeated element that is not part of a list is a list itself. */
const typeOf = (node: Node): string => (node.isRepeated ? `LIST(${valueType(node)})` : valueType(node))

function valueType({ element, children }: Node): string {
  if (!element.has(FIELD.CHILDREN)) return leafType(element)
  const [inner] = children
  const converted = element.has(FIELD.CONVERTED) ? element.number(FIELD.CONVERTED) : null
  const logical = element.has(FIELD.LOGICAL) ? element.struct(FIELD.LOGICAL).fields[0] : null
  if (children.length === 1 && inner.isRepeated) {
    const [key, value] = inner.children
    if (logical === LOGICAL.MAP || converted === CONVERTED.MAP)
      return `MAP(${inner.children.length === 2 ? `${typeOf(key)}, ${typeOf(value)}` : valueType(inner)})`
    if (logical === LOGICAL.LIST || converted === CONVERTED.LIST)
      return `LIST(${inner.children.length === 1 ? typeOf(key) : valueType(inner)})`
  }
  return `STRUCT(${children.map(child => `${shownName(child.name)} ${typeOf(child)}`).join(', ')})`
}

const shownName = (name: string): string => (/^\w+$/.test(name) ? name : JSON.stringify(name))

const PHYSICAL_NAMES: Readonly<Record<number, string>> = {
  ...Object.fromEntries(Object.entries(PHYSICAL).map(([name, number]) => [number, name])),
  [PHYSICAL.FIXED]: 'FIXED_LEN_BYTE_ARRAY',
}

function leafType(element: ThriftStruct): string {
  const type = element.number(FIELD.TYPE)
  const physical = PHYSICAL_NAMES[type] ?? `type ${type}`
  if (!element.has(FIELD.LOGICAL)) return convertedType(element) ?? physical
  const logical = element.struct(FIELD.LOGICAL)
  const [field] = logical.fields
  const parameters = logical.struct(field)
  switch (field) {
    case LOGICAL.STRING:
      return 'STRING'
    case LOGICAL.JSON:
      return 'JSON'
    case LOGICAL.DATE:
      return 'DATE'
    case LOGICAL.DECIMAL:
      return `DECIMAL(${parameters.number(2)},${parameters.number(1)})`
    case LOGICAL.INTEGER:
      return `${parameters.boolean(2) ? '' : 'U'}INT${parameters.number(1)}`
    case LOGICAL.UUID:
      return 'UUID'
    case LOGICAL.TIME:
      return `TIME(MICROS, ${parameters.boolean(1) ? 'UTC' : 'local'})`
    case LOGICAL.TIMESTAMP: {
      const unit = UNITS[parameters.struct(2).fields[0]] ?? 'unknown'
      return `TIMESTAMP(${unit}, ${parameters.boolean(1) ? 'UTC' : 'local'})`
    }
    default:
      return physical
  }
}

/** By the fields of the union `TimeUnit`. */
const UNITS: Readonly<Record<number, string>> = { 1: 'MILLIS', 2: 'MICROS', 3: 'NANOS' }

/** The type of a leaf without a logical type, or null. Some writers have only the older types. */
function convertedType(element: ThriftStruct): string | null {
  if (!element.has(FIELD.CONVERTED)) return null
  const converted = element.number(FIELD.CONVERTED)
  switch (converted) {
    case CONVERTED.UTF8:
      return 'STRING'
    case CONVERTED.JSON:
      return 'JSON'
    case CONVERTED.DATE:
      return 'DATE'
    case CONVERTED.DECIMAL:
      return `DECIMAL(${element.number(FIELD.PRECISION)},${element.number(FIELD.SCALE)})`
    case CONVERTED.TIMESTAMP_MICROS:
      return 'TIMESTAMP(MICROS, UTC)'
    default:
      return integerType(converted)
  }
}

/** INT_8 to INT_64 follow UINT_8 to UINT_64. */
function integerType(converted: number): string | null {
  const index = converted - CONVERTED.UINT_8
  if (index < 0 || index > 7) return null
  return `${index < 4 ? 'U' : ''}INT${8 << (index % 4)}`
}
