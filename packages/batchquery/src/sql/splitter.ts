import { trackBlocks } from './blocks.ts'
import { BYTE_ORDER_MARK } from './characters.ts'
import { readDelimiterCommand } from './delimiter-command.ts'
import { defaultStringRules, type SqlDialect, type StringRules } from './dialect.ts'
import { Lexer } from './lexer.ts'
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

/** Where the reading of a file starts. */
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
 * Comments stay with the statement that they precede or stand in. Empty statements are dropped, and so are
 * comments that no statement follows.
 *
 * @returns null where no statement is left
 * @throws BatchQueryError SQL_SYNTAX: a string, identifier or comment is never closed; DELIMITER names none
 */
export const readStatement = (sql: string, dialect: SqlDialect, from: ReadingPoint): Statement | null => {
  const lexer = new Lexer(sql, dialect, FILE_START, from.stringRules)
  lexer.setDelimiter(from.delimiter, from.offset)
  let range = new StatementRange()
  let blocks = trackBlocks(dialect)
  while (lexer.next()) {
    if (
      lexer.kind === 'delimiter' &&
      !lexer.inExecutableComment &&
      (lexer.delimiter !== ';' || !blocks.isOpen)
    ) {
      if (!range.isEmpty) break
      range = new StatementRange()
      blocks = trackBlocks(dialect)
    } else if (dialect === 'mysql' && range.isEmpty && lexer.isKeyword('DELIMITER')) {
      const command = readDelimiterCommand(sql, lexer)
      lexer.setDelimiter(command.delimiter, command.end)
      range = new StatementRange()
    } else {
      range.add(lexer)
      if (lexer.isCode) blocks.see(lexer)
    }
  }
  return range.isEmpty ? null : statementOf(sql, dialect, from, range, lexer)
}

/** @param lexer at what ended the statement */
const statementOf = (
  sql: string,
  dialect: SqlDialect,
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
 * The statements of a file from a place on. A statement that sets sql_mode or standard_conforming_strings changes how the
 * rest is read, as it does in the session.
 *
 * @throws as `readStatement`
 */
export const restOf = (sql: string, dialect: SqlDialect, from: ReadingPoint): Statement[] => {
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
  dialect: SqlDialect,
  initial: StringRules = defaultStringRules(dialect),
): Statement[] => restOf(sql, dialect, startOf(sql, initial))
