import { trackBlocks } from './blocks.ts'
import { readDelimiterCommand } from './delimiter-command.ts'
import type { SqlDialect } from './dialect.ts'
import { Lexer } from './lexer.ts'
import { LineCounter } from './position.ts'
import type { Statement } from './statement.ts'

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
 * @throws BatchQueryError SQL_SYNTAX: a string, identifier or comment is never closed; DELIMITER names none
 */
export const splitStatements = (sql: string, dialect: SqlDialect): Statement[] => {
  const lexer = new Lexer(sql, dialect)
  const lines = new LineCounter(sql)
  const statements: Statement[] = []
  let range = new StatementRange()
  let blocks = trackBlocks(dialect)

  const endStatement = (): void => {
    if (!range.isEmpty) {
      const origin = lines.positionAt(range.start)
      const text = sql.slice(range.start, range.end)
      statements.push({ text, ...lines.positionAt(range.firstCode), origin, start: range.start })
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
