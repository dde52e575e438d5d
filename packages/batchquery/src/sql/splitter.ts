import { BYTE_ORDER_MARK } from './characters.ts'
import { readDelimiterCommand } from './delimiter-command.ts'
import { type Dialect, defaultStringRules, wordsOf } from './dialects/index.ts'
import { Lexer } from './lexer.ts'
import type { StringRules } from './lexical-rules.ts'
import { FILE_START, LineCounter } from './position.ts'
import type { ReadingPoint, Statement } from './statement.ts'
import { mentionsSetting, stringRulesAfter } from './string-rules.ts'

/** The tokens of the statement that is being read. */
class StatementRange {
  #start = -1
  #firstCode = -1
  #end = -1
  /** A `;` under another delimiter is part of a statement only if more of it follows. */
  #afterSemicolon = false

  get start(): number {
    return this.#start
  }
  get firstCode(): number {
    return this.#firstCode
  }
  get end(): number {
    return this.#end
  }
  /** Nothing but comments so far. */
  get isEmpty(): boolean {
    return this.#firstCode < 0
  }

  add(token: Lexer): void {
    if (token.isOperator(';')) {
      this.#afterSemicolon = true
      return
    }
    if (token.isCode) {
      this.#afterSemicolon = false
      if (this.#firstCode < 0) this.#firstCode = token.start
    }
    if (this.#start < 0) this.#start = token.start
    if (!this.#afterSemicolon) this.#end = token.end
  }
}

/** The place at which the reading of a file starts. */
export const startOf = (sql: string, stringRules: StringRules): ReadingPoint => ({
  offset: sql.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0,
  position: FILE_START,
  delimiter: ';',
  stringRules,
  initialRules: stringRules,
  isSettingMentioned: false,
})

/**
 * Reads the next statement of a file, as the database's own client would: the `mysql` client with its DELIMITER
 * command, `psql`, DuckDB. A delimiter does not count inside the body of a routine, inside parentheses
 * (PostgreSQL's CREATE RULE) and inside an executable comment.
 *
 * Comments stay with the statement that they precede or are part of. It drops empty statements, and comments that no statement
 * follows.
 *
 * @returns null if no statement remains
 * @throws BatchQueryError SQL_SYNTAX: a string, identifier or comment is never closed; DELIMITER has no argument
 */
export const readStatement = (sql: string, dialect: Dialect, from: ReadingPoint): Statement | null => {
  const lexer = new Lexer(sql, dialect, FILE_START, from.stringRules)
  lexer.setDelimiter(from.delimiter, from.offset)
  const { trackBlocks, hasDelimiterCommand } = wordsOf(dialect)
  let range = new StatementRange()
  let blocks = trackBlocks?.()
  while (lexer.next()) {
    if (
      lexer.kind === 'delimiter' &&
      !lexer.inExecutableComment &&
      (lexer.delimiter !== ';' || blocks?.isOpen !== true)
    ) {
      if (!range.isEmpty) break
      range = new StatementRange()
      blocks = trackBlocks?.()
    } else if (hasDelimiterCommand && range.isEmpty && lexer.isKeyword('DELIMITER')) {
      const command = readDelimiterCommand(sql, lexer)
      lexer.setDelimiter(command.delimiter, command.end)
      range = new StatementRange()
    } else {
      range.add(lexer)
      if (lexer.isCode) blocks?.see(lexer)
    }
  }
  return range.isEmpty ? null : statementOf(sql, dialect, from, range, lexer)
}

/** @param lexer at the token that ended the statement, or at the end of the file */
const statementOf = (
  sql: string,
  dialect: Dialect,
  from: ReadingPoint,
  range: StatementRange,
  { end, delimiter }: Lexer,
): Statement => {
  const lines = new LineCounter(sql, from.position, from.offset)
  const origin = lines.positionAt(range.start)
  const text = sql.slice(range.start, range.end)
  const { line, column } = lines.positionAt(range.firstCode)
  const { stringRules, initialRules } = from
  const isSettingMentioned = from.isSettingMentioned || mentionsSetting(text, dialect)
  const after = stringRulesAfter(text, dialect, { stringRules, initialRules, isSettingMentioned })
  const next = {
    offset: end,
    position: lines.positionAt(end),
    delimiter,
    stringRules: after.rules,
    initialRules,
    isSettingMentioned,
  }
  const leavesRulesOpen = !after.isCertain
  return { text, line, column, origin, start: range.start, stringRules, next, leavesRulesOpen }
}

/**
 * The statements of a file from a place on. A statement that changes how the session reads strings changes how the rest is read.
 *
 * @throws as `readStatement`
 */
export const restOf = (sql: string, dialect: Dialect, from: ReadingPoint): Statement[] => {
  const statements: Statement[] = []
  let statement = readStatement(sql, dialect, from)
  while (statement !== null) {
    statements.push(statement)
    statement = readStatement(sql, dialect, statement.next)
  }
  return statements
}

/**
 * All statements of a file.
 *
 * @param initial how the session reads strings when it starts
 * @throws as `readStatement`
 */
export const splitStatements = (
  sql: string,
  dialect: Dialect,
  initial: StringRules = defaultStringRules(dialect),
): Statement[] => restOf(sql, dialect, startOf(sql, initial))
