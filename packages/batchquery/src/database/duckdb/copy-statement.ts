import type { FormatPlan } from '../../format/index.ts'
import { wireExpression } from './exact-column.ts'
import { asTable, type ExportableQuery, type QueryColumn, quoted } from './exportable-query.ts'

const BACKSLASH = quoted('\\')
const TAB = quoted('\t')
const LF = quoted('\n')
const NUL = 'system.main.chr(0)'
/** The bytes that OUTFILE escapes, with their escapes; the backslash comes first, because all of them have it. */
const ESCAPES = [
  [BACKSLASH, quoted('\\\\')],
  [TAB, quoted('\\\t')],
  [LF, quoted('\\\n')],
  [NUL, quoted('\\0')],
] as const

/** Which text of a value a plan needs. */
export type TextNeeds = Pick<FormatPlan, 'text' | 'prefersText'>

/**
 * The statement that writes a query's rows to a file as *canonical TEXT*: the bytes of MySQL's OUTFILE with its
 * default FIELDS and LINES, each value as its CAST AS VARCHAR. DuckDB's CSV without quote and escape character adds
 * nothing to the values, so the statement escapes them.
 *
 * @param needs with `text` as `utf8`, a BLOB is `\x` and its hexadecimal digits, as on the other databases. With `typed`, each value has
 *   the wire form of its column. Else a BLOB is its CAST
 */
export function copyStatement({ sql, columns }: ExportableQuery, path: string, needs: TextNeeds): string {
  const names = columns.map((_, index) => `c${index}`)
  const values = columns.map((column, index) => value(column, names[index], needs))
  return (
    `COPY (SELECT ${values.join(', ')} FROM ${source(sql, columns, names)}) TO ${quoted(path)} ` +
    `(FORMAT csv, HEADER false, DELIMITER ${TAB}, QUOTE '', ESCAPE '', NULLSTR '\\N', USE_TMP_FILE false)`
  )
}

/** The query as a table whose columns have these names. */
function source(sql: string, columns: readonly QueryColumn[], names: readonly string[]): string {
  const table = `${asTable(sql)} t(${names.join(', ')})`
  if (columns.every(({ expression }) => expression === undefined)) return table
  const values = columns.map(({ expression }, index) =>
    expression === undefined ? names[index] : `${expression(names[index])} AS ${names[index]}`,
  )
  return `(SELECT ${values.join(', ')} FROM ${table})`
}

function value(
  { format: { type, exact }, mayNeedEscapes }: QueryColumn,
  name: string,
  { text, prefersText = false }: TextNeeds,
): string {
  if (type === 'bytea' && text === 'utf8')
    return `${quoted('\\\\x')} || system.main.lower(system.main.hex(${name}))`
  const wire = text === 'typed' ? wireExpression(exact, name, prefersText) : null
  return wire ?? (mayNeedEscapes ? escaped(name) : name)
}

/** Looks before it replaces: to replace four times in every value costs twice as much as the rest of the export. */
function escaped(name: string): string {
  const text = `CAST(${name} AS VARCHAR)`
  const found = ESCAPES.map(([byte]) => `system.main.contains(${text}, ${byte})`)
  const replaced = ESCAPES.reduce(
    (value, [byte, by]) => `system.main.replace(${value}, ${byte}, ${by})`,
    text,
  )
  return `CASE WHEN ${found.join(' OR ')} THEN ${replaced} ELSE ${text} END`
}
