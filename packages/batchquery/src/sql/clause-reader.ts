import { BatchQueryError } from '../errors/index.ts'
import type { Lexer } from './lexer.ts'
import { decodeLiteral } from './mysql-literal.ts'
import type { Position } from './position.ts'
import { at, excerpt, syntaxError } from './syntax-error.ts'

/** Introducers under which the bytes of a literal are what they would be without one. */
const UTF8_INTRODUCERS = new Set(['_ascii', '_binary', '_utf8', '_utf8mb3', '_utf8mb4'])
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads the clauses of an export, one token ahead. Every refusal carries the correct form as its hint. */
export class ClauseReader {
  readonly #lexer: Lexer
  #atEnd = false
  #end: number
  #inExecutableComment: boolean

  /** @param lexer at the last token before the clauses */
  constructor(lexer: Lexer) {
    this.#lexer = lexer
    this.#end = lexer.end
    this.#inExecutableComment = lexer.inExecutableComment
    this.#advance()
  }

  /** No token is left. */
  get atEnd(): boolean {
    return this.#atEnd
  }
  /** Where the last token that was taken ended. */
  get end(): number {
    return this.#end
  }
  /** The last token that was taken stands in an executable comment. */
  get inExecutableComment(): boolean {
    return this.#inExecutableComment
  }
  /** Where the next token stands. */
  get position(): Position {
    return this.#lexer.position
  }
  /** The next token as a keyword in upper case; empty where it is none. */
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

  /** Takes one of these keywords. */
  choose<const Choice extends string>(choices: readonly Choice[], after: string, form: string): Choice {
    const chosen = choices.find(choice => choice === this.keyword)
    if (chosen === undefined) throw this.unexpected(`${listed(choices)} after ${after}`, form)
    this.take()
    return chosen
  }

  /** The next token starts a literal. */
  get startsLiteral(): boolean {
    if (this.#atEnd) return false
    if (this.#lexer.kind === 'word') return this.#isIntroducer()
    return this.#lexer.kind === 'string' || decodeLiteral(this.text) !== null
  }

  /** Takes a literal: strings side by side count as one, an introducer may stand before. */
  literal(after: string, form: string): Uint8Array {
    if (!this.startsLiteral) throw this.unexpected(`a string after ${after}`, form)
    if (this.#isIntroducer()) {
      if (!UTF8_INTRODUCERS.has(this.text.toLowerCase())) {
        throw this.unsupported(`the introducer ${this.text}`, "Write the bytes themselves: X'..'.")
      }
      this.take()
    }
    const pieces: Uint8Array[] = []
    let isText: boolean
    do {
      const { text } = this
      const bytes = decodeLiteral(text)
      if (bytes === null) throw this.unexpected(`a string, X'..', 0x.. or b'..' after ${after}`, form)
      isText = /^[nN]?['"]/.test(text)
      pieces.push(bytes)
      this.take()
    } while (isText && /^['"]/.test(this.text))
    return Buffer.concat(pieces)
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

  /** SQL_SYNTAX at the next token. */
  unexpected(expected: string, form: string): BatchQueryError {
    const found = this.#atEnd ? 'the end of the statement' : excerpt(this.text)
    return syntaxError(this.position, expected, found, `Write ${form}.`)
  }

  /** SQL_SYNTAX: the next token starts a clause that was there already. */
  repeated(name: string, form: string): BatchQueryError {
    return syntaxError(this.position, `${name} only once`, 'it again', `Write ${form}.`)
  }

  unsupported(what: string, hint: string, position: Position = this.position): BatchQueryError {
    const message = `${at(position)}: an export cannot have ${what}`
    return new BatchQueryError('UNSUPPORTED_CLAUSE', message, { hint })
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

/** Bytes that are not UTF-8 are characters of one byte each. */
const countCharacters = (bytes: Uint8Array): number => {
  const text = decodeUtf8(bytes)
  return text === null ? bytes.length : Array.from(text).length
}
