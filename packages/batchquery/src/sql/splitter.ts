import { trackBlocks } from './blocks.ts'
import { readDelimiterCommand } from './delimiter-command.ts'
import { defaultStringRules, type SqlDialect, type StringRules } from './dialect.ts'
import { Lexer } from './lexer.ts'
import { FILE_START, LineCounter } from './position.ts'
import type { Statement } from './statement.ts'
import { stringRulesAfter } from './string-rules.ts'

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

/**
 * Splits a file into its statements, as the database's own client would: the `mysql` client with its DELIMITER
 * command, `psql`, DuckDB. A delimiter does not count inside the body of a routine, inside parentheses
 * (PostgreSQL's CREATE RULE) and inside an executable comment.
 *
 * Comments stay with the statement that they precede or stand in. Empty statements are dropped, and so are
 * comments that no statement follows.
 *
 * A statement that sets sql_mode or standard_conforming_strings changes how the rest is read, as it does in the session.
 *
 * @param initial how the session reads strings when it starts
 * @throws BatchQueryError SQL_SYNTAX: a string, identifier or comment is never closed; DELIMITER names none
 */
export const splitStatements = (
  sql: string,
  dialect: SqlDialect,
  initial: StringRules = defaultStringRules(dialect),
): Statement[] => {
  const lexer = new Lexer(sql, dialect, FILE_START, initial)
  const lines = new LineCounter(sql)
  const statements: Statement[] = []
  let stringRules = initial
  let range = new StatementRange()
  let blocks = trackBlocks(dialect)

  const endStatement = (): void => {
    if (!range.isEmpty) {
      const origin = lines.positionAt(range.start)
      const text = sql.slice(range.start, range.end)
      const position = lines.positionAt(range.firstCode)
      statements.push({ text, ...position, origin, start: range.start, stringRules })
      stringRules = stringRulesAfter(text, dialect, stringRules, initial)
      lexer.setStringRules(stringRules)
    }
    range = new StatementRange()
    blocks = trackBlocks(dialect)
  }

  while (lexer.next()) {
    if (
      lexer.kind === 'delimiter' &&
      !lexer.inExecutableComment &&
      (lexer.delimiter !== ';' || !blocks.isOpen)
    ) {
      endStatement()
    } else if (dialect === 'mysql' && range.isEmpty && lexer.isKeyword('DELIMITER')) {
      const command = readDelimiterCommand(sql, lexer)
      lexer.setDelimiter(command.delimiter, command.end)
      range = new StatementRange()
    } else {
      range.add(lexer)
      if (lexer.isCode) blocks.see(lexer)
    }
  }
  endStatement()
  return statements
}
