import type { DuckDBType } from '@duckdb/node-api'

/** A type and the types of its parts. A leaf has no parts. */
export type TypeTree =
  | { readonly kind: 'leaf'; readonly type: DuckDBType }
  | { readonly kind: 'struct' | 'union'; readonly members: readonly Member[] }
  /** `length` is that of an ARRAY; null for a LIST. */
  | { readonly kind: 'list'; readonly element: TypeTree; readonly length: number | null }
  | { readonly kind: 'map'; readonly key: TypeTree; readonly value: TypeTree }

interface Member {
  /** Empty in a STRUCT without names. */
  readonly name: string
  readonly tree: TypeTree
}

export function treeOf(type: DuckDBType): TypeTree {
  if ('entryTypes' in type) return { kind: 'struct', members: members(type.entryNames, type.entryTypes) }
  if ('memberTags' in type) return { kind: 'union', members: members(type.memberTags, type.memberTypes) }
  if ('keyType' in type) return { kind: 'map', key: treeOf(type.keyType), value: treeOf(type.valueType) }
  if ('valueType' in type)
    return { kind: 'list', element: treeOf(type.valueType), length: 'length' in type ? type.length : null }
  return { kind: 'leaf', type }
}

const members = (names: readonly string[], types: readonly DuckDBType[]): readonly Member[] =>
  names.map((name, index) => ({ name, tree: treeOf(types[index]) }))

/** All leaves of a tree. */
export function leavesOf(tree: TypeTree): readonly DuckDBType[] {
  switch (tree.kind) {
    case 'leaf':
      return [tree.type]
    case 'list':
      return leavesOf(tree.element)
    case 'map':
      return [...leavesOf(tree.key), ...leavesOf(tree.value)]
    default:
      return tree.members.flatMap(member => leavesOf(member.tree))
  }
}

/** Whether the tree has a STRUCT without names. */
export function hasUnnamedMember(tree: TypeTree): boolean {
  switch (tree.kind) {
    case 'leaf':
      return false
    case 'list':
      return hasUnnamedMember(tree.element)
    case 'map':
      return hasUnnamedMember(tree.key) || hasUnnamedMember(tree.value)
    default:
      return tree.members.some(member => member.name === '' || hasUnnamedMember(member.tree))
  }
}

/** The type in SQL. @param leaf writes the type of a leaf, which may be another one */
export function typeText(tree: TypeTree, leaf: (type: DuckDBType) => string): string {
  switch (tree.kind) {
    case 'leaf':
      return leaf(tree.type)
    case 'list':
      return `${typeText(tree.element, leaf)}[${tree.length ?? ''}]`
    case 'map':
      return `MAP(${typeText(tree.key, leaf)}, ${typeText(tree.value, leaf)})`
    default: {
      const members = tree.members.map(member => `${identifier(member.name)} ${typeText(member.tree, leaf)}`)
      return `${tree.kind.toUpperCase()}(${members.join(', ')})`
    }
  }
}

/**
 * A condition in SQL: whether a part of a value fulfills the condition of its type. It may also be NULL if none does.
 *
 * @param condition of a leaf; null if no value of this type fulfills it
 * @returns null if no value fulfills it
 */
export function anyPart(
  tree: TypeTree,
  value: string,
  condition: (type: DuckDBType, value: string) => string | null,
  depth = 0,
): string | null {
  switch (tree.kind) {
    case 'leaf':
      return condition(tree.type, value)
    case 'list': {
      const inner = anyPart(tree.element, `e${depth}`, condition, depth + 1)
      return (
        inner && `system.main.list_bool_or(system.main.list_transform(${value}, lambda e${depth}: ${inner}))`
      )
    }
    case 'map': {
      const list = (element: TypeTree): TypeTree => ({ kind: 'list', element, length: null })
      return either([
        anyPart(list(tree.key), `system.main.map_keys(${value})`, condition, depth),
        anyPart(list(tree.value), `system.main.map_values(${value})`, condition, depth),
      ])
    }
    default:
      return either(
        tree.members.map(({ name, tree: member }) => {
          const part = `system.main.${tree.kind}_extract(${value}, ${text(name)})`
          return anyPart(member, part, condition, depth)
        }),
      )
  }
}

const text = (name: string): string => `'${name.replaceAll("'", "''")}'`

export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

function either(conditions: readonly (string | null)[]): string | null {
  const found = conditions.filter(condition => condition !== null)
  return found.length === 0 ? null : `(${found.join(' OR ')})`
}
