import type { Lexer } from './lexer.ts'
import { positionAt } from './position.ts'
import { excerpt, syntaxError } from './syntax-error.ts'

export interface DelimiterCommand {
  readonly delimiter: string
  /** The offset of the end of its line. */
  readonly end: number
}

const HINT = 'Write DELIMITER and a word such as // on a line of its own, and DELIMITER ; after the routine.'
const QUOTES = new Set(["'", '"', '`'])

/**
 * The `mysql` client's DELIMITER command. It takes the rest of the line, and only the first word counts. The word may be quoted, and
 * must not contain a backslash.
 * https://dev.mysql.com/doc/refman/8.4/en/mysql-commands.html
 */
export const readDelimiterCommand = (sql: string, keyword: Lexer): DelimiterCommand => {
  const newline = sql.indexOf('\n', keyword.end)
  const end = newline < 0 ? sql.length : newline
  const rest = sql.slice(keyword.end, end)
  const argument = rest.trim()
  const delimiter = firstWord(argument)
  if (delimiter !== '' && !delimiter.includes('\\')) return { delimiter, end }
  const offset = keyword.end + rest.length - rest.trimStart().length
  const found = argument === '' ? 'the end of the line' : excerpt(argument)
  throw syntaxError(positionAt(sql, offset), 'a delimiter without backslash after DELIMITER', found, HINT)
}

const firstWord = (argument: string): string => {
  const quote = argument.charAt(0)
  if (QUOTES.has(quote)) {
    const close = argument.indexOf(quote, 1)
    return argument.slice(1, close < 0 ? undefined : close)
  }
  return argument.split(/\s/, 1)[0] ?? ''
}
