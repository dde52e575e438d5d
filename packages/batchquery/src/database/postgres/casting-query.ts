import { type StringRules, startAfterWith } from '../../sql/index.ts'
import { withoutEnd } from './copy-statement.ts'
import type { SentColumn } from './exact-column.ts'

/** The name of the task's rows in our query. No table of a task is likely to have it. */
const ROWS = '"rows of batchquery"'
/** A WITH clause that changes rows must be in front of the statement. It does no harm if the word means something else. */
const CHANGES_ROWS = /\b(?:insert|update|delete|merge)\b/i

/** A query that selects casts of the columns of another one. */
interface CastingQuery {
  readonly sql: string
  /** How many characters precede the other one. */
  readonly before: number
}

/**
 * Adds the casts that the columns of a query need. The casts select from the query, so its rows keep their order. They name its columns
 * by position, because two columns may have one name. A query that needs no cast stays as it is.
 *
 * @param rules how the session reads strings
 */
export function castingQuery(sql: string, columns: readonly SentColumn[], rules: StringRules): CastingQuery {
  if (columns.every(({ cast }) => cast === null)) return { sql, before: 0 }
  const names = columns.map((_, index) => `c${index + 1}`)
  const casts = columns.map(({ cast }, index) => cast?.(names[index]) ?? names[index])
  const select = `SELECT ${casts.join(', ')} FROM `
  const rows = `${ROWS} (${names.join(', ')})`
  const start = CHANGES_ROWS.test(sql) ? startAfterWith(sql, 'postgres', rules) : null
  if (start === null)
    return { sql: `${select}(\n${withoutEnd(sql)}\n) AS ${rows}`, before: select.length + 2 }
  // The query becomes one more common table expression. The server may write its rows to a temporary file first.
  const query = withoutEnd(sql.slice(start))
  return { sql: `${sql.slice(0, start)}, ${rows} AS (\n${query}\n) ${select}${ROWS}`, before: 0 }
}
