import type { Connection } from 'mysql2'
import { ask } from './ask.ts'

const NAME = '(`(?:[^`]|``)+`|[\\p{L}\\p{N}_$]+)'
const CALL = new RegExp(`\\bCALL\\s+${NAME}(?:\\s*\\.\\s*${NAME})?`, 'giu')
/** Far more routines than any program nests. */
const MOST_ROUTINES = 200

/** Whether one of the routines, or one that they call, limits the rows that a statement examines. */
export type RoutineLook = (names: readonly string[]) => Promise<boolean>

/** The routines that a text calls, as written in it: `name` or `schema.name`. */
export const calledRoutines = (text: string): string[] =>
  [...text.matchAll(CALL)].map(([, first, second]) => (second === undefined ? first : `${first}.${second}`))

/**
 * Searches the texts of routines and of all routines that they call. A routine that does not exist, or that the user
 * may not read, counts as one that limits rows.
 */
export async function limitRows(connection: Connection, names: readonly string[]): Promise<boolean> {
  if (names.length === 0) return true
  const seen = new Set(names)
  for (const name of seen) {
    const texts = await definitionsOf(connection, name)
    if (texts.length === 0 || seen.size > MOST_ROUTINES) return true
    for (const text of texts) {
      if (text === null || /\bEXAMINED\b/i.test(text)) return true
      for (const called of calledRoutines(text)) seen.add(called)
    }
  }
  return false
}

/** Searches every schema, because the task may have chosen another one; `a.b` may also be in a package `a`. */
async function definitionsOf(connection: Connection, name: string): Promise<(string | null)[]> {
  const parts = [...name.matchAll(new RegExp(NAME, 'gu'))].map(([part]) =>
    part.startsWith('`') ? part.slice(1, -1).replaceAll('``', '`') : part,
  )
  const literals = parts.map(part => `'${part.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`)
  const [first, second] = literals
  const where =
    second === undefined
      ? `ROUTINE_NAME = ${first}`
      : `(ROUTINE_SCHEMA = ${first} AND ROUTINE_NAME = ${second}) OR ROUTINE_NAME = ${first}`
  const rows = await ask(
    connection,
    `SELECT ROUTINE_DEFINITION FROM information_schema.ROUTINES WHERE ${where}`,
  )
  return rows.map(([text]) => text)
}
