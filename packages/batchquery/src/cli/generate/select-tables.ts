import type { ListedTable } from '../../database/tables.ts'
import { BatchQueryError } from '../../errors/index.ts'
import { quoted } from '../../platform/index.ts'
import { nearestWord } from '../../sql/nearest-word.ts'
import type { TablePattern } from './table-pattern.ts'

/** An error names so many tables or schemas. */
const MOST_NAMED = 5

export interface Selection {
  /** The schema of a pattern without one; empty if the session has none. */
  readonly currentSchema: string
  /** Whether a pattern with wildcards also selects views, partitions and so on. */
  readonly withViews: boolean
}

/** The tables that any of the patterns matches, by schema and name. @throws USAGE for a pattern that selects nothing */
export function selectTables(
  all: readonly ListedTable[],
  patterns: readonly TablePattern[],
  selection: Selection,
): readonly ListedTable[] {
  const selected = new Set<ListedTable>()
  for (const pattern of patterns) {
    const found = all.filter(table => isMatch(table, pattern, selection))
    const taken = found.filter(({ kind }) => kind === 'table' || selection.withViews || isExact(pattern))
    if (taken.length === 0) throw unmatched(pattern, found, all, selection)
    for (const table of taken) selected.add(table)
  }
  return [...selected].sort(
    (one, other) => compare(one.schema, other.schema) || compare(one.name, other.name),
  )
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

const isExact = ({ schema, table }: TablePattern): boolean => (schema?.isExact ?? true) && table.isExact

function isMatch(
  { schema, name }: ListedTable,
  pattern: TablePattern,
  { currentSchema }: Selection,
): boolean {
  if (!pattern.table.matches(name)) return false
  return pattern.schema === null ? schema === currentSchema : pattern.schema.matches(schema)
}

function unmatched(
  pattern: TablePattern,
  others: readonly ListedTable[],
  all: readonly ListedTable[],
  selection: Selection,
): BatchQueryError {
  const written = `--tables ${quoted(pattern.text)}`
  const [other] = others
  if (other !== undefined)
    return new BatchQueryError(
      'USAGE',
      `${written} matches no table, but a ${other.kind}: ${nameOf(other)}`,
      {
        hint: 'Add --views, or name it without a wildcard.',
      },
    )
  if (pattern.schema === null && selection.currentSchema === '')
    return new BatchQueryError('USAGE', `${written} names no schema, and neither does the URL`, {
      hint: "Write --tables 'SCHEMA.TABLE'.",
    })
  return new BatchQueryError('USAGE', `${written} matches no table that the user can see`, {
    hint: nearHint(pattern, all, selection),
  })
}

function nearHint(
  { schema, table }: TablePattern,
  all: readonly ListedTable[],
  { currentSchema }: Selection,
): string {
  const schemas = [...new Set(all.map(known => known.schema))].sort(compare)
  if (all.length === 0) return 'The database has none: look at -d, and at the rights of the user.'
  const inSchema = all.filter(known => schema?.matches(known.schema) ?? known.schema === currentSchema)
  if (inSchema.length === 0) {
    const near = nearestWord(schema?.text ?? currentSchema, schemas)
    return near === null
      ? `The schemas are ${listed(schemas)}.`
      : `Is it the schema ${near}? There are ${listed(schemas)}.`
  }
  const names = inSchema.map(({ name }) => name).sort(compare)
  const near = nearestWord(
    table.text.toLowerCase(),
    names.map(name => name.toLowerCase()),
  )
  const found = inSchema.find(({ name }) => name.toLowerCase() === near)
  if (found !== undefined) return `Is it ${nameOf(found)}?`
  const elsewhere = all.find(({ name }) => table.matches(name))
  if (elsewhere !== undefined) return `Is it ${nameOf(elsewhere)}?`
  return `There are ${listed(inSchema.map(nameOf).sort(compare))}.`
}

const listed = (names: readonly string[]): string =>
  names.length > MOST_NAMED
    ? `${names.slice(0, MOST_NAMED).join(', ')} and ${names.length - MOST_NAMED} more`
    : names.join(', ')

/** A name for people: in quotes if it has other characters than letters, digits and _. */
export const nameOf = ({ schema, name }: Pick<ListedTable, 'schema' | 'name'>): string =>
  [schema, name].map(part => (/^[\p{L}\p{N}_]+$/u.test(part) ? part : JSON.stringify(part))).join('.')
