import type { DescribedTable, ListedColumn, Snapshot } from '../../database/tables.ts'
import { type FormatName, formatNamed } from '../../format/index.ts'
import { packageVersion } from '../../platform/index.ts'
import { type Dialect, writeIdentifier } from '../../sql/index.ts'
import { type ExportWishes, writeTask } from '../../statements/export-task.ts'
import { nameOf } from './select-tables.ts'
import { tableDestination } from './table-destination.ts'

export interface TaskWishes extends Pick<ExportWishes, 'to' | 'overwrite' | 'manifest'> {
  readonly format: FormatName
}

/** The database of a generated task, for its comments. */
export interface TaskDatabase {
  readonly dialect: Dialect
  /** For people, without a password. */
  readonly name: string
  /** What follows `-d` on a command line, without a password. */
  readonly option: string
}

export interface GeneratedTask {
  readonly sql: string
  readonly exports: readonly GeneratedExport[]
  readonly skipped: readonly { readonly table: string; readonly reason: string }[]
}

interface GeneratedExport {
  readonly schema: string
  readonly table: string
  readonly uri: string
}

/** Columns that a comment names. */
const MOST_NAMED = 10

/** Writes a task with one export for each table. The same tables give the same text. */
export function generateTask(
  tables: readonly DescribedTable[],
  database: TaskDatabase,
  snapshot: (exported: readonly DescribedTable[]) => Snapshot,
  wishes: TaskWishes,
): GeneratedTask {
  const { dialect } = database
  const planned = tables.map(table => {
    const uri = tableDestination(wishes.to, table.schema, table.name)
    return { table, uri, reason: reasonToSkip(table, uri) }
  })
  const exported = planned.flatMap(({ table, uri, reason }) =>
    reason === null && uri !== null ? { table, uri } : [],
  )
  const { notes, statements } = snapshot(exported.map(({ table }) => table))
  const isOneMoment = exported.some(({ table }) => table.unversioned === null)
  const blocks = [
    headerLines(database, exported.length, wishes),
    [...momentLines(exported, isOneMoment), ...notes].map(comment),
    ...(statements.length === 0 ? [] : [statements.map(statement => `${statement};`)]),
    ...planned.map(({ table, uri, reason }) =>
      reason === null && uri !== null
        ? exportLines(table, uri, dialect, wishes)
        : [comment(`${nameOf(table)} is not exported: ${reason}.`)],
    ),
    ...(isOneMoment ? [['COMMIT;']] : []),
  ]
  return {
    sql: `${blocks.map(lines => lines.join('\n')).join('\n\n')}\n`,
    exports: exported.map(({ table: { schema, name }, uri }) => ({ schema, table: name, uri })),
    skipped: planned.flatMap(({ table, reason }) =>
      reason === null ? [] : { table: nameOf(table), reason },
    ),
  }
}

/** No text leads out of its line. */
const comment = (text: string): string => `-- ${text.replace(/\p{Cc}/gu, ' ')}`

function reasonToSkip({ columns }: DescribedTable, uri: string | null): string | null {
  if (columns.length === 0) return 'it has no column'
  if (!columns.some(({ isReadable }) => isReadable)) return 'the user may not read it'
  return uri === null ? 'its name is too long for a store: write its export by hand' : null
}

function headerLines({ name, option }: TaskDatabase, count: number, { format }: TaskWishes): string[] {
  const isTyped = formatNamed(format).clauses.some(clause => clause === 'TYPES')
  return [
    `Written by \`batchquery generate\` ${packageVersion()}: ${count} ${count === 1 ? 'table' : 'tables'} of ${name}.`,
    'Read it, change it, and run it:',
    `    batchquery run FILE -d ${option}`,
    'SELECT * exports the columns that a table has when the task runs; where it would leave some out, they are named.',
    'There is no ORDER BY: a sort costs the server time, and most readers need none. Add one where they do.',
    isTyped
      ? `A value that ${format} does not have, such as an infinite date, fails the run. Then add TYPES (column AS STRING).`
      : 'All text is in UTF-8: without CHARACTER SET, each column keeps its own encoding.',
  ].map(comment)
}

function momentLines(
  exported: readonly { readonly table: DescribedTable }[],
  isOneMoment: boolean,
): string[] {
  const unversioned = exported.flatMap(({ table }) => (table.unversioned === null ? [] : table))
  const named = unversioned.map(table => `  ${nameOf(table)} (${table.unversioned})`)
  if (!isOneMoment)
    return [
      'The tables are not of one moment, because no transaction keeps the rows of these tables. Stop the programs that write to them:',
      ...named,
    ]
  const all = 'All tables are as of one moment: one transaction reads them, in one session.'
  if (named.length === 0) return [all]
  return [
    'All tables are as of one moment, because one transaction reads them, but not these, whose rows no transaction keeps. Stop the programs that write to them:',
    ...named,
  ]
}

function exportLines(table: DescribedTable, uri: string, dialect: Dialect, wishes: TaskWishes): string[] {
  const { schema, name, columns, hasHeirs } = table
  const { format, overwrite, manifest } = wishes
  const clauses: readonly string[] = formatNamed(format).clauses
  const list = columnList(columns, dialect)
  const query = `SELECT ${list.sql} FROM ${hasHeirs ? 'ONLY ' : ''}${writeIdentifier([schema, name], dialect)}`
  const isTyped = clauses.includes('TYPES')
  const task = writeTask(query, dialect, {
    ...{ to: uri, format, overwrite, manifest },
    header: clauses.includes('HEADER'),
    characterSet: isTyped ? undefined : 'utf8mb4',
  })
  return [...[...table.notes, ...list.notes].map(comment), `${task.trimEnd()};`]
}

interface ColumnList {
  readonly sql: string
  /** Why it is not `*`, each one a sentence. */
  readonly notes: readonly string[]
}

/** `*` if that selects all columns, and each has a name of its own. */
function columnList(columns: readonly ListedColumn[], dialect: Dialect): ColumnList {
  const readable = columns.filter(({ isReadable }) => isReadable)
  const unreadable = columns.filter(({ isReadable }) => !isReadable)
  const invisible = readable.filter(({ isInvisible }) => isInvisible)
  const aliases = aliasesOf(readable)
  const notes = [
    ...(unreadable.length > 0 ? [`The user may not read ${namedColumns(unreadable)}.`] : []),
    ...(invisible.length > 0
      ? [`SELECT * leaves out ${namedColumns(invisible)}, which the server hides.`]
      : []),
    ...(aliases.size > 0
      ? [`Readers take names for equal that differ in case alone: ${namedColumns([...aliases.keys()])}.`]
      : []),
  ]
  if (notes.length === 0) return { sql: '*', notes }
  const written = readable.map(column => {
    const alias = aliases.get(column)
    const name = writeIdentifier([column.name], dialect)
    return alias === undefined ? name : `${name} AS ${writeIdentifier([alias], dialect)}`
  })
  return { sql: written.join(', '), notes }
}

/** Other names for columns whose names differ only in case from that of an earlier one. */
function aliasesOf(columns: readonly ListedColumn[]): ReadonlyMap<ListedColumn, string> {
  const taken = new Set(columns.map(({ name }) => name.toLowerCase()))
  const seen = new Set<string>()
  const aliases = new Map<ListedColumn, string>()
  for (const column of columns) {
    const folded = column.name.toLowerCase()
    if (!seen.has(folded)) {
      seen.add(folded)
      continue
    }
    let number = 2
    while (taken.has(`${folded}_${number}`)) number++
    taken.add(`${folded}_${number}`)
    aliases.set(column, `${column.name}_${number}`)
  }
  return aliases
}

const namedColumns = (columns: readonly ListedColumn[]): string => {
  const named = columns.slice(0, MOST_NAMED).map(({ name }) => JSON.stringify(name))
  const rest = columns.length - named.length
  return `${columns.length === 1 ? 'the column' : 'the columns'} ${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}
