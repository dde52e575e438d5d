import type { PartColumn } from '../format.ts'
import { LOGICAL } from './schema.ts'
import { invalid, type ThriftStruct } from './thrift-reader.ts'
import { PHYSICAL } from './type.ts'

/** A node of the schema that has values. A flat column is a leaf. */
export interface Leaf {
  /** The names on the way to it, with dots between them. */
  readonly path: string
  /** Whether a row may have several values, or none. */
  readonly repeats: boolean
}

interface Node {
  readonly name: string
  readonly element: ThriftStruct
  readonly repeats: boolean
  readonly children: readonly Node[]
}

const REPEATED = 2
const DEEPEST = 100

/**
 * Reads the schema of a Parquet file.
 *
 * @param elements the nodes of the schema, each before its children
 * @throws VERIFICATION if they are no tree
 */
export function readSchema(elements: readonly ThriftStruct[]): {
  readonly columns: readonly PartColumn[]
  readonly leaves: readonly Leaf[]
} {
  let at = 0
  const next = (depth: number): Node => {
    const element = elements[at++]
    if (element === undefined || depth > DEEPEST) throw invalid('its schema is no tree')
    const count = element.has(5) ? element.number(5) : 0
    const children: Node[] = []
    while (children.length < count) children.push(next(depth + 1))
    return {
      name: element.text(4),
      element,
      repeats: element.has(3) && element.number(3) === REPEATED,
      children,
    }
  }
  const root = next(0)
  if (at !== elements.length || root.children.length === 0) throw invalid('its schema is no tree')
  return {
    columns: root.children.map(node => ({ name: node.name, type: typeOf(node) })),
    leaves: root.children.flatMap(node => leavesOf(node, '', false)),
  }
}

function leavesOf(node: Node, parent: string, repeats: boolean): readonly Leaf[] {
  const path = `${parent}${node.name}`
  const isRepeated = repeats || node.repeats
  if (node.children.length === 0) return [{ path, repeats: isRepeated }]
  return node.children.flatMap(child => leavesOf(child, `${path}.`, isRepeated))
}

/** The numbers of `ConvertedType` for groups. The older one of MAP is for its pairs. */
const CONVERTED_LIST = 3
const CONVERTED_MAPS: readonly number[] = [1, 2]

function typeOf(node: Node): string {
  const { children, element, repeats } = node
  if (repeats) return `LIST(${ownTypeOf(node)})`
  const [inner] = children
  const converted = element.has(6) ? element.number(6) : -1
  const logical = element.has(10) ? element.struct(10).fields[0] : -1
  if (!inner?.repeats) return ownTypeOf(node)
  if (converted === CONVERTED_LIST || logical === LIST)
    return `LIST(${inner.children.length === 1 ? typeOf(inner.children[0]) : ownTypeOf(inner)})`
  if (CONVERTED_MAPS.includes(converted) || logical === MAP)
    return `MAP(${inner.children.map(typeOf).join(', ')})`
  return ownTypeOf(node)
}

/** The type of a node, as if it did not repeat. */
function ownTypeOf({ element, children }: Node): string {
  if (children.length === 0) return leafType(element)
  return `STRUCT(${children.map(child => `${shownName(child.name)} ${typeOf(child)}`).join(', ')})`
}

const shownName = (name: string): string => (/^\w+$/.test(name) ? name : JSON.stringify(name))

const PHYSICAL_NAMES: Readonly<Record<number, string>> = {
  ...Object.fromEntries(Object.entries(PHYSICAL).map(([name, number]) => [number, name])),
  [PHYSICAL.FIXED]: 'FIXED_LEN_BYTE_ARRAY',
}
// Fields of the union `LogicalType` that other writers use.
const MAP = 2
const LIST = 3
const TIME = 7
const UUID = 14

function leafType(element: ThriftStruct): string {
  const physical = PHYSICAL_NAMES[element.number(1)] ?? `type ${element.number(1)}`
  if (!element.has(10)) return convertedType(element) ?? physical
  const logical = element.struct(10)
  const [field] = logical.fields
  const parameters = logical.struct(field)
  switch (field) {
    case LOGICAL.STRING:
      return 'STRING'
    case LOGICAL.JSON:
      return 'JSON'
    case LOGICAL.DATE:
      return 'DATE'
    case UUID:
      return 'UUID'
    case LOGICAL.DECIMAL:
      return `DECIMAL(${parameters.number(2)},${parameters.number(1)})`
    case LOGICAL.INTEGER:
      return `${parameters.boolean(2) ? '' : 'U'}INT${parameters.number(1)}`
    case TIME:
    case LOGICAL.TIMESTAMP:
      return `${field === TIME ? 'TIME' : 'TIMESTAMP'}(${UNITS[parameters.struct(2).fields[0]] ?? 'unknown'}, ${parameters.boolean(1) ? 'UTC' : 'local'})`
    default:
      return physical
  }
}

/** By the fields of the union `TimeUnit`. */
const UNITS: Readonly<Record<number, string>> = { 1: 'MILLIS', 2: 'MICROS', 3: 'NANOS' }

/** By the numbers of `ConvertedType`, which older writers use instead of logical types. */
const CONVERTED_TYPES: Readonly<Record<number, string>> = {
  0: 'STRING',
  4: 'STRING',
  6: 'DATE',
  7: 'TIME(MILLIS, UTC)',
  8: 'TIME(MICROS, UTC)',
  9: 'TIMESTAMP(MILLIS, UTC)',
  10: 'TIMESTAMP(MICROS, UTC)',
  11: 'UINT8',
  12: 'UINT16',
  13: 'UINT32',
  14: 'UINT64',
  15: 'INT8',
  16: 'INT16',
  17: 'INT32',
  18: 'INT64',
  19: 'JSON',
}
const CONVERTED_DECIMAL = 5

function convertedType(element: ThriftStruct): string | null {
  if (!element.has(6)) return null
  const converted = element.number(6)
  if (converted === CONVERTED_DECIMAL) return `DECIMAL(${element.number(8)},${element.number(7)})`
  return CONVERTED_TYPES[converted] ?? null
}
