import { BatchQueryError } from '../errors/index.ts'
import type { Position } from './position.ts'

const LONGEST_EXCERPT = 40

/** Source text for a message: on one line, quoted, shortened if it is long. */
export const excerpt = (text: string): string => {
  const characters = Array.from(text.slice(0, 2 * LONGEST_EXCERPT))
  const cut = characters.length > LONGEST_EXCERPT || text.length > 2 * LONGEST_EXCERPT
  const shown = characters.slice(0, LONGEST_EXCERPT).join('')
  return cut ? `${JSON.stringify(shown).slice(0, -1)}..."` : JSON.stringify(shown)
}

export const at = ({ line, column }: Position): string => `line ${line}, column ${column}`

/** SQL_SYNTAX with the four facts that a reader needs: the place, the expected and the actual text, and what to write. */
export const syntaxError = (
  position: Position,
  expected: string,
  found: string,
  hint: string,
): BatchQueryError =>
  new BatchQueryError('SQL_SYNTAX', `${at(position)}: expected ${expected}, found ${found}`, { hint })
