import type { BatchQueryError } from '../errors/index.ts'
import * as char from './characters.ts'
import { type Dialect, defaultStringRules } from './dialects/index.ts'
import { isWordAt, upperCaseAscii } from './keyword.ts'
import type { StringRules } from './lexical-rules.ts'
import { FILE_START, type Position, positionAt } from './position.ts'
import { excerpt, syntaxError } from './syntax-error.ts'
import type { CodeToken, TokenKind } from './token.ts'
import { TokenContext } from './token-context.ts'
import { TokenScanner } from './token-scanner.ts'

/**
 * A cursor over the tokens of a text: one pass, no object per token, every character looked at a bounded number
 * of times. Between two tokens there is white space only.
 */
export class Lexer implements CodeToken {
  readonly #sql: string
  readonly #origin: Position
  readonly #context: TokenContext
  readonly #scanner: TokenScanner
  #start = 0
  #end = 0
  #isName = false

  /**
   * @param origin the start of the text in its file, for the positions in errors
   * @param stringRules how the session reads strings
   */
  constructor(
    sql: string,
    dialect: Dialect,
    origin: Position = FILE_START,
    stringRules: StringRules = defaultStringRules(dialect),
  ) {
    this.#sql = sql
    this.#origin = origin
    this.#context = new TokenContext(sql, dialect, stringRules)
    this.#scanner = new TokenScanner(sql, this.#context)
    if (sql.charCodeAt(0) === char.BYTE_ORDER_MARK) this.#end = 1
  }

  get kind(): TokenKind {
    return this.#scanner.kind
  }
  get start(): number {
    return this.#start
  }
  get end(): number {
    return this.#end
  }
  get text(): string {
    return this.#sql.slice(this.#start, this.#end)
  }
  get position(): Position {
    return positionAt(this.#sql, this.#start, this.#origin)
  }
  get delimiter(): string {
    return this.#scanner.delimiter
  }
  get inExecutableComment(): boolean {
    return this.#scanner.executableStart >= 0
  }
  /** Neither a comment nor the frame of an executable one. */
  get isCode(): boolean {
    return this.kind !== 'comment' && this.kind !== 'executable'
  }
  /** The token is the S3 of INTO OUTFILE S3. */
  get endsIntoOutfileS3(): boolean {
    return this.#context.afterIntoOutfileS3 && this.kind === 'word'
  }
  /** The token comes after INTO OUTFILE S3, in clauses whose strings are MySQL literals in every dialect. */
  get inExportClause(): boolean {
    return this.#context.inExportClause
  }
  /** After the token, `\'` does not end a plain string. */
  get backslashEscapes(): boolean {
    return this.#context.rules.backslashEscapes
  }
  get keyword(): string {
    return this.kind === 'word' && !this.#isName ? upperCaseAscii(this.text) : ''
  }

  isKeyword(upperCase: string): boolean {
    return this.kind === 'word' && !this.#isName && isWordAt(this.#sql, this.#start, this.#end, upperCase)
  }

  isOperator(operator: string): boolean {
    return this.kind === 'operator' && this.#end === this.#start + 1 && this.#sql[this.#start] === operator
  }

  /**
   * Moves to the next token; false at the end.
   * @throws BatchQueryError SQL_SYNTAX: a string, identifier or comment is never closed
   */
  next(): boolean {
    this.#skipSpace()
    const scanner = this.#scanner
    if (this.#start >= this.#sql.length) {
      if (scanner.executableStart >= 0) throw this.#unclosed(scanner.executableStart, '*/')
      return false
    }
    this.#isName = this.#context.afterDot
    const end = scanner.scan(this.#start)
    if (end < 0) throw this.#unclosed(this.#start, scanner.closing)
    this.#end = end
    if (this.isCode) this.#context.see(scanner.kind, this.#start, this.#end)
    return true
  }

  /** Moves to the next token that is code. */
  nextCode(): boolean {
    while (this.next()) if (this.isCode) return true
    return false
  }

  /** Goes on at an offset at which a statement begins, with another delimiter: as after MySQL's DELIMITER command. */
  setDelimiter(delimiter: string, resumeAt: number): void {
    this.#scanner.setDelimiter(delimiter)
    this.#context.beginStatement()
    this.#end = resumeAt
  }

  #skipSpace(): void {
    const sql = this.#sql
    const unicode = this.#context.rules.unicodeSpaces
    let offset = this.#end
    for (; offset < sql.length; offset++) {
      const code = sql.charCodeAt(offset)
      if (!char.isSpace(code) && !(unicode && char.isUnicodeSpace(code))) break
    }
    this.#start = offset
  }

  #unclosed(start: number, closing: string): BatchQueryError {
    const token = excerpt(this.#sql.slice(start, start + 100))
    return syntaxError(
      positionAt(this.#sql, start, this.#origin),
      `the closing ${closing} of ${token}`,
      'the end of the text',
      `Close it with ${closing}.`,
    )
  }
}
