import * as char from './characters.ts'
import {
  dollarTag,
  scanBlockComment,
  scanClosing,
  scanEscapedQuoted,
  scanLineComment,
  scanNumber,
  scanQuoted,
  scanWord,
} from './scan.ts'
import type { TokenKind } from './token.ts'
import type { TokenContext } from './token-context.ts'

const EXECUTABLE_OPENING = /\/\*M?!(?:\d{5,6})?/y

/** Reads one token: its kind and its end. The context knows as much about earlier tokens as matters. */
export class TokenScanner {
  readonly #sql: string
  readonly #context: TokenContext
  #kind: TokenKind = 'comment'
  #start = 0
  #closing = ''
  #delimiter = ';'
  /** The first delimiter from the current token on, or the end of the text. */
  #nextDelimiter = -1
  #executableStart = -1
  /** The end of an `E'..'` string that a string on the next line would continue, or -1. */
  #escapeStringEnd = -1

  constructor(sql: string, context: TokenContext) {
    this.#sql = sql
    this.#context = context
  }

  get kind(): TokenKind {
    return this.#kind
  }
  /** The closing sequence of the token; empty if it needs none. */
  get closing(): string {
    return this.#closing
  }
  get delimiter(): string {
    return this.#delimiter
  }
  /** The start of the executable comment that the scanner is in, or -1. */
  get executableStart(): number {
    return this.#executableStart
  }

  setDelimiter(delimiter: string): void {
    this.#delimiter = delimiter
    this.#nextDelimiter = -1
  }

  /**
   * @param start the offset at which a token starts: neither white space nor the end
   * @returns the offset of its end, or -1 if it is never closed
   */
  scan(start: number): number {
    this.#start = start
    const end = this.#scan()
    if (this.#kind !== 'string' && this.#kind !== 'comment') this.#escapeStringEnd = -1
    return end
  }

  #scan(): number {
    const start = this.#start
    if (this.#nextDelimiter < start) {
      const found = this.#sql.indexOf(this.#delimiter, start)
      this.#nextDelimiter = found < 0 ? this.#sql.length : found
    }
    if (this.#nextDelimiter === start) return this.#take('delimiter', start + this.#delimiter.length)
    const code = this.#sql.charCodeAt(start)
    if (char.startsWord(code)) return this.#scanWord(code)
    if (char.isDigit(code)) return this.#scanNumber()
    const { rules } = this.#context
    const after = this.#sql.charCodeAt(start + 1)
    switch (code) {
      case char.QUOTE:
        return this.#scanString(start, rules.backslashEscapes || this.#continuesEscapeString())
      case char.DOUBLE_QUOTE:
        return rules.doubleQuotedStrings
          ? this.#scanString(start, rules.backslashEscapes)
          : this.#scanIdentifier(start, '"')
      case char.BACKTICK:
        return rules.backtickIdentifiers ? this.#scanIdentifier(start, '`') : this.#takeOperator(1)
      case char.MINUS:
        return this.#startsDashComment(after) ? this.#scanLineComment() : this.#takeOperator(1)
      case char.HASH:
        return rules.hashComments ? this.#scanLineComment() : this.#takeOperator(1)
      case char.SLASH:
        return after === char.STAR ? this.#scanBlockComment() : this.#takeOperator(1)
      case char.STAR:
        return after === char.SLASH && this.#executableStart >= 0
          ? this.#closeExecutableComment()
          : this.#takeOperator(1)
      case char.DOLLAR:
        return this.#scanDollar()
      case char.COLON:
        return this.#scanColon(after)
      case char.AT:
        return rules.userVariables ? this.#scanVariable() : this.#takeOperator(1)
      case char.DOT:
        return char.isDigit(after) && this.#context.end !== start ? this.#scanNumber() : this.#takeOperator(1)
      default:
        return this.#takeOperator(1)
    }
  }

  /** A bare token. A delimiter such as `$$` or `go` cuts a word that contains it, as in the mysql client. */
  #take(kind: TokenKind, end: number): number {
    this.#kind = kind
    return this.#nextDelimiter > this.#start ? Math.min(end, this.#nextDelimiter) : end
  }

  #takeOperator(length: number): number {
    return this.#take('operator', this.#start + length)
  }

  /** A token in quotes or a comment, in which a delimiter means nothing. */
  #takeClosed(kind: TokenKind, end: number, closing: string): number {
    this.#kind = kind
    this.#closing = closing
    return end
  }

  #scanWord(code: number): number {
    const sql = this.#sql
    const start = this.#start
    const { rules } = this.#context
    const after = sql.charCodeAt(start + 1)
    if (after === char.QUOTE || after === char.AMPERSAND) {
      const letter = sql.charAt(start).toLowerCase()
      if (after === char.QUOTE && code < 128 && rules.stringPrefixes.includes(letter)) {
        return this.#scanString(start + 1, letter === 'e' || rules.backslashEscapes)
      }
      if (after === char.AMPERSAND && letter === 'u' && rules.unicodePrefix) {
        if (sql[start + 2] === "'") return this.#scanString(start + 2, false)
        if (sql[start + 2] === '"') return this.#scanIdentifier(start + 2, '"')
      }
    }
    return this.#take('word', scanWord(sql, start, rules))
  }

  #scanNumber(): number {
    const end = scanNumber(this.#sql, this.#start)
    const { rules } = this.#context
    const wordEnd = rules.looseWords ? scanWord(this.#sql, this.#start, rules) : end
    return wordEnd > end ? this.#take('word', wordEnd) : this.#take('number', end)
  }

  /** @param open the offset of the quote, after the prefix */
  #scanString(open: number, backslashEscapes: boolean): number {
    const quote = this.#sql.charAt(open)
    const scan = backslashEscapes ? scanEscapedQuoted : scanQuoted
    const end = scan(this.#sql, open, quote)
    this.#escapeStringEnd = backslashEscapes && !this.#context.rules.backslashEscapes ? end : -1
    return this.#takeClosed('string', end, quote)
  }

  /** PostgreSQL joins strings on successive lines, and the prefix of the first one counts for all of them. */
  #continuesEscapeString(): boolean {
    if (this.#escapeStringEnd < 0) return false
    return /[\r\n]/.test(this.#sql.slice(this.#escapeStringEnd, this.#start))
  }

  #scanIdentifier(open: number, quote: string): number {
    return this.#takeClosed('identifier', scanQuoted(this.#sql, open, quote), quote)
  }

  #startsDashComment(after: number): boolean {
    if (after !== char.MINUS) return false
    const third = this.#sql.charCodeAt(this.#start + 2)
    const spaceOrEnd = Number.isNaN(third) || third <= char.SPACE || third === char.DELETE
    return spaceOrEnd || !this.#context.rules.dashesNeedSpace
  }

  #scanLineComment(): number {
    return this.#takeClosed('comment', scanLineComment(this.#sql, this.#start, this.#context.rules), '')
  }

  #scanBlockComment(): number {
    const { rules } = this.#context
    EXECUTABLE_OPENING.lastIndex = this.#start
    if (rules.executableComments && EXECUTABLE_OPENING.test(this.#sql)) {
      this.#executableStart = this.#start
      return this.#takeClosed('executable', EXECUTABLE_OPENING.lastIndex, '')
    }
    this.#escapeStringEnd = -1
    return this.#takeClosed('comment', scanBlockComment(this.#sql, this.#start, rules), '*/')
  }

  #closeExecutableComment(): number {
    this.#executableStart = -1
    return this.#takeClosed('executable', this.#start + 2, '')
  }

  #scanDollar(): number {
    const sql = this.#sql
    const start = this.#start
    const { rules } = this.#context
    const tag = this.#context.dollarQuotes ? dollarTag(sql, start, rules) : null
    if (tag !== null) return this.#takeClosed('string', scanClosing(sql, start + tag.length, tag), tag)
    if (rules.looseWords) return this.#take('word', scanWord(sql, start, rules))
    const end = scanWord(sql, start + 1, rules)
    return end > start + 1 ? this.#take('placeholder', end) : this.#takeOperator(1)
  }

  #scanVariable(): number {
    const sql = this.#sql
    const name = sql[this.#start + 1] === '@' ? this.#start + 2 : this.#start + 1
    const quote = sql.charAt(name)
    const { rules } = this.#context
    if (quote === "'" || quote === '"' || quote === '`') {
      const isString = quote === "'" || (quote === '"' && rules.doubleQuotedStrings)
      const scan = isString && rules.backslashEscapes ? scanEscapedQuoted : scanQuoted
      return this.#takeClosed('variable', scan(sql, name, quote), quote)
    }
    const end = scanWord(sql, name, rules)
    return end > name ? this.#take('variable', end) : this.#takeOperator(1)
  }

  #scanColon(after: number): number {
    if (after === char.COLON || after === char.EQUALS) return this.#takeOperator(2)
    const starts = this.#context.colonStartsParameter(this.#start)
    if (!starts || !char.isAsciiLetter(after)) return this.#takeOperator(1)
    let end = this.#start + 2
    while (char.isAsciiLetter(this.#sql.charCodeAt(end)) || char.isDigit(this.#sql.charCodeAt(end))) end++
    return this.#take('parameter', end)
  }
}
