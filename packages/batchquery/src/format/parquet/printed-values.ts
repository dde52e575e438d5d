import type { SchemaTree } from 'hyparquet'
import type { FlatType } from '../exact-column.ts'
import { type LeafValues, leafValues } from './leaf-values.ts'

/** How the values of a column are printed. */
export interface TopValues extends LeafValues {
  readonly name: string
}

/** False for maps, variants and groups in forms of old writers, whose values cannot be read exactly. */
export const isPrintable = (tree: SchemaTree): boolean => isPrintableField(tree, false)

function isPrintableField({ element, children }: SchemaTree, isItem: boolean): boolean {
  const isRepeated = element.repetition_type === 'REPEATED'
  if (isRepeated !== isItem) return false
  if (children.length === 0) return true
  const types = [element.converted_type, element.logical_type?.type]
  if (types.some(type => type !== undefined && NOT_PRINTED.has(type))) return false
  // hyparquet knows lists by the older word.
  if (!types.includes('LIST')) return children.every(child => isPrintableField(child, false))
  const [inner] = children
  const isKnown = element.converted_type === 'LIST' && children.length === 1 && inner.children.length < 2
  return isKnown && isPrintableField(inner, true)
}

const NOT_PRINTED: ReadonlySet<string> = new Set(['MAP', 'MAP_KEY_VALUE', 'VARIANT'])

/** A list and a structure are JSON text. */
export function columnValues(tree: SchemaTree): TopValues {
  const { name } = tree.element
  if (tree.children.length === 0) return { name, ...leafValues(tree.element) }
  return { name, type: { kind: 'json' }, isNumber: false, textOf: jsonOf(tree) }
}

type JsonOf = (value: unknown) => string

function jsonOf({ element, children }: SchemaTree): JsonOf {
  if (children.length === 0) return leafJson(leafValues(element))
  if (element.converted_type !== 'LIST') return structJson(children)
  const [inner] = children
  const [item = inner] = inner.children
  const one = jsonOf(item)
  return value => listJson(value, one)
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)

function listJson(value: unknown, one: JsonOf): string {
  if (!isList(value)) throw new TypeError(`${typeof value} instead of a list`)
  return `[${value.map(item => (item === null || item === undefined ? 'null' : one(item))).join(',')}]`
}

function structJson(children: readonly SchemaTree[]): JsonOf {
  const members = children.map(child => {
    const { name } = child.element
    return { name, key: JSON.stringify(name), json: jsonOf(child) }
  })
  return value => {
    if (typeof value !== 'object' || value === null)
      throw new TypeError(`${typeof value} instead of a structure`)
    const written = members.map(({ name, key, json }) => {
      const member: unknown = Reflect.get(value, name)
      return `${key}:${member === null || member === undefined ? 'null' : json(member)}`
    })
    return `{${written.join(',')}}`
  }
}

const BARE: ReadonlySet<FlatType['kind']> = new Set(['int', 'decimal', 'float', 'double', 'bool', 'json'])

/** Numbers digit for digit, bytes as base64. */
function leafJson({ type, isNumber, textOf }: LeafValues): JsonOf {
  return value => {
    const text = textOf(value)
    if (text instanceof Uint8Array) return JSON.stringify(Buffer.from(text).toString('base64'))
    const isBare = BARE.has(type.kind) && (!isNumber || Number.isFinite(Number(text)))
    return isBare ? text : JSON.stringify(text)
  }
}
