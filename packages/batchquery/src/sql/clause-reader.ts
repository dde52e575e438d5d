import { BatchQueryError } from '../errors/index.ts'
import type { SqlDialect } from './dialects/dialect.ts'
import { type Dialect, wordsOf } from './dialects/index.ts'
import { lowerCaseAscii } from './keyword.ts'
import type { Lexer } from './lexer.ts'
import { decodeLiteral } from './mysql-literal.ts'
import { nearestWord } from './nearest-word.ts'
import type { Position } from './position.ts'
import { at, excerpt, syntaxError } from './syntax-error.ts'

/** Introducers under which the bytes of a literal are what they would be without one. */
const UTF8_INTRODUCERS = new Set(['_ascii', '_binary', '_utf8', '_utf8mb3', '_utf8mb4'])
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads the clauses of an export, one token ahead. Every refusal carries the correct form as its hint. */
export class ClauseReader {
  readonly #lexer: Lexer
  readonly #words: SqlDialect
  #atEnd = false
  #end: number
  #inExecutableComment: boolean

  /** @param lexer at the last token before the clauses */
  constructor(lexer: Lexer, dialect: Dialect) {
    this.#lexer = lexer
    this.#words = wordsOf(dialect)
    this.#end = lexer.end
    this.#inExecutableComment = lexer.inExecutableComment
    this.#advance()
  }

  /** No token is left. */
  get atEnd(): boolean {
    return this.#atEnd
  }
  /** The end of the last token that was taken. */
  get end(): number {
    return this.#end
  }
  /** The last token that was taken is in an executable comment. */
  get inExecutableComment(): boolean {
    return this.#inExecutableComment
  }
  /** The position of the next token. */
  get position(): Position {
    return this.#lexer.position
  }
  /** The next token as a keyword in upper case; empty if it is none. */
  get keyword(): string {
    return this.#atEnd ? '' : this.#lexer.keyword
  }
  /** The next token as written; empty at the end. */
  get text(): string {
    return this.#atEnd ? '' : this.#lexer.text
  }

  take(): string {
    const { text } = this
    this.#end = this.#lexer.end
    this.#inExecutableComment = this.#lexer.inExecutableComment
    this.#advance()
    return text
  }

  /** Takes the next token if it is this keyword. */
  accept(keyword: string): boolean {
    if (this.keyword !== keyword) return false
    this.take()
    return true
  }

  /** Takes the next token if it is this operator. */
  acceptOperator(operator: string): boolean {
    if (this.text !== operator) return false
    this.take()
    return true
  }

  /**
   * Takes one of these keywords.
   *
   * @param others the words of other systems for them
   */
  choose<const Choice extends string>(
    choices: readonly Choice[],
    after: string,
    form: string,
    others: Readonly<Record<string, Choice>> = {},
  ): Choice {
    const { keyword } = this
    const chosen = choices.find(choice => choice === keyword)
    if (chosen === undefined)
      throw this.unexpected(`${listed(choices)} after ${after}`, form, this.#meant(choices, after, others))
    this.take()
    return chosen
  }

  /** The choice that the next token was probably meant to be; null if none is similar. */
  #meant(choices: readonly string[], after: string, others: Readonly<Record<string, string>>): string | null {
    if (this.text === '=') return `${after} without =`
    const written = this.text.replace(/^(['"`])(.*)\1$/s, '$2').toUpperCase()
    return choices.find(choice => choice === written) ?? others[written] ?? nearestWord(written, choices)
  }

  /** The next token starts a literal. */
  get startsLiteral(): boolean {
    if (this.#atEnd) return false
    if (this.#lexer.kind === 'word') return this.#isIntroducer()
    if (this.#lexer.kind === 'identifier') return false
    return this.#lexer.kind === 'string' || this.#decode() !== null
  }

  /** Takes a literal: strings side by side count as one, and an introducer may come first. */
  literal(after: string, form: string): Uint8Array {
    if (!this.startsLiteral) throw this.unexpected(`a string after ${after}`, form)
    if (this.#isIntroducer()) {
      if (!UTF8_INTRODUCERS.has(this.text.toLowerCase())) {
        throw this.unsupported(`the introducer ${this.text}`, "Write the bytes themselves: X'..'.")
      }
      this.take()
    }
    const pieces: Uint8Array[] = []
    let isString: boolean
    do {
      const bytes = this.#decode()
      if (bytes === null) throw this.unexpected(`a string, X'..', 0x.. or b'..' after ${after}`, form)
      isString = this.#lexer.kind === 'string'
      pieces.push(bytes)
      this.take()
    } while (isString && !this.#atEnd && this.#lexer.kind === 'string')
    return Buffer.concat(pieces)
  }

  /** Takes a name: a word, or one in quotes of any kind. */
  name(after: string, form: string): string {
    const { position } = this
    const isWord = !this.#atEnd && (this.#lexer.kind === 'word' || this.#lexer.kind === 'identifier')
    if (!isWord && !this.startsLiteral) throw this.unexpected(`a name after ${after}`, form)
    const found = excerpt(this.text)
    const name =
      isWord && !this.startsLiteral
        ? this.take().replace(/^(["`])(.*)\1$/s, '$2')
        : this.textLiteral(after, form)
    if (/^[A-Za-z_]\w*$/.test(name)) return name
    throw syntaxError(position, `a name after ${after}`, found, `Write ${form}.`)
  }

  /** Takes the name of a column, which the dialect reads as in a query. */
  columnName(form: string): string {
    const kind = this.#atEnd ? null : this.#lexer.kind
    if (kind === 'word') return this.#words.foldsNames ? lowerCaseAscii(this.take()) : this.take()
    const quote = this.text.slice(0, 1)
    if (kind === 'identifier' && (quote === '"' || quote === '`'))
      return this.take().slice(1, -1).replaceAll(quote.repeat(2), quote)
    const isString = kind === 'string' && quote === '"'
    throw this.unexpected(
      'the name of a column',
      isString ? `${form}, a name in backticks: in this session, double quotes are a string` : form,
    )
  }

  /** Takes a literal of at most one character. */
  character(after: string, form: string): Uint8Array {
    const { position } = this
    const bytes = this.literal(after, form)
    if (countCharacters(bytes) > 1) {
      const value = excerpt(Buffer.from(bytes).toString('utf8'))
      throw syntaxError(position, `at most one character after ${after}`, value, `Write ${form}.`)
    }
    return bytes
  }

  /** Takes a literal that is text, and not empty. */
  textLiteral(after: string, form: string): string {
    const { position } = this
    const bytes = this.literal(after, form)
    const text = decodeUtf8(bytes)
    if (text !== null && text !== '') return text
    const found = text === null ? 'bytes that are not UTF-8' : 'an empty one'
    throw syntaxError(position, `a string with text after ${after}`, found, `Write ${form}.`)
  }

  /**
   * SQL_SYNTAX at the next token.
   *
   * @param meant the words that the token was probably meant to be
   */
  unexpected(expected: string, form: string, meant: string | null = null): BatchQueryError {
    const found = this.#atEnd ? 'the end of the statement' : excerpt(this.text)
    const question = meant === null ? '' : `Did you mean ${meant}? `
    return syntaxError(this.position, expected, found, `${question}Write ${form}.${this.#quotesHint()}`)
  }

  #quotesHint(): string {
    const isName = !this.#atEnd && this.#lexer.kind === 'identifier' && this.text.startsWith('"')
    return isName && this.#words.hasIntoOutfile
      ? " This session has ANSI_QUOTES, where double quotes are names: write '..'."
      : ''
  }

  /** SQL_SYNTAX: the next token starts a clause that the statement has already. */
  repeated(name: string, form: string): BatchQueryError {
    return syntaxError(this.position, `${name} only once`, 'it again', `Write ${form}.`)
  }

  unsupported(what: string, hint: string, position: Position = this.position): BatchQueryError {
    const message = `${at(position)}: an export cannot have ${what}`
    return new BatchQueryError('UNSUPPORTED_CLAUSE', message, { hint })
  }

  #decode(): Uint8Array | null {
    return decodeLiteral(this.text, this.#lexer.backslashEscapes)
  }

  #advance(): void {
    this.#atEnd = !this.#lexer.nextCode()
  }

  #isIntroducer(): boolean {
    return this.#lexer.kind === 'word' && /^_[a-z0-9]+$/i.test(this.text)
  }
}

const listed = (choices: readonly string[]): string =>
  choices.length === 1 ? choices.join() : `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`

const decodeUtf8 = (bytes: Uint8Array): string | null => {
  try {
    return UTF8.decode(bytes)
  } catch {
    return null
  }
}

/** In bytes that are not UTF-8, each byte is a character. */
const countCharacters = (bytes: Uint8Array): number => {
  const text = decodeUtf8(bytes)
  return text === null ? bytes.length : Array.from(text).length
}
