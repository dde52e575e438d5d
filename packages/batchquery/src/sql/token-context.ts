import { Brackets } from './brackets.ts'
import * as char from './characters.ts'
import type { ForeignBodyTracker, SqlDialect } from './dialects/dialect.ts'
import { type Dialect, wordsOf } from './dialects/index.ts'
import { isWordAt, precedesExpression } from './keyword.ts'
import { CLAUSE_STRINGS, type LexicalRules, type StringRules } from './lexical-rules.ts'
import type { TokenKind } from './token.ts'

const INTO_OUTFILE_S3 = ['INTO', 'OUTFILE', 'S3']

/** Words of the query that may follow an export clause. */
export const AFTER_EXPORT_CLAUSE = ['FROM', 'FOR', 'LOCK']

/** Words of clauses before a list in parentheses. */
const BEFORE_LIST = ['TYPES', 'BY']

/**
 * Remembers what the tokens so far mean for the next one, for the few places in which SQL cannot be lexed character by character.
 *
 * From INTO OUTFILE S3 up to FROM, FOR, LOCK or an operator, strings are MySQL literals in every dialect, and every `:name` is a
 * parameter. Only the parentheses after TYPES and BY belong to the clauses: in them the rules of the dialect apply, and after them
 * those of the clauses again.
 */
export class TokenContext {
  readonly #sql: string
  readonly #words: SqlDialect
  readonly #brackets = new Brackets()
  #foreignBody: ForeignBodyTracker | null
  /** Outside export clauses. */
  readonly #queryRules: LexicalRules
  readonly #clauseRules: LexicalRules
  #rules: LexicalRules
  #kind: TokenKind = 'delimiter'
  #start = 0
  #end = -1
  #afterDot = false
  /** How many words of INTO OUTFILE S3 come just before. */
  #intoWords = 0
  #inExportClause = false
  /** How many parentheses are open after TYPES or BY. */
  #listDepth = 0

  constructor(sql: string, dialect: Dialect, stringRules: StringRules) {
    this.#sql = sql
    this.#words = wordsOf(dialect)
    this.#foreignBody = this.#words.trackForeignBody?.() ?? null
    this.#queryRules = { ...this.#words.lexical, ...stringRules }
    this.#clauseRules = this.#words.hasIntoOutfile
      ? this.#queryRules
      : { ...this.#queryRules, ...CLAUSE_STRINGS }
    this.#rules = this.#queryRules
  }

  get rules(): LexicalRules {
    return this.#rules
  }

  /** The next token is part of a qualified name, so it is not a keyword. */
  get afterDot(): boolean {
    return this.#afterDot
  }

  /** The last three words were INTO OUTFILE S3, and nothing came after them. */
  get afterIntoOutfileS3(): boolean {
    return this.#intoWords === INTO_OUTFILE_S3.length
  }

  /** The last token is the S3 of INTO OUTFILE S3, or belongs to the clauses after it. */
  get inExportClause(): boolean {
    return this.#inExportClause
  }

  /** A text between dollars may come next: the body of a routine in another language. */
  get dollarQuotes(): boolean {
    return this.#rules.dollarQuotes || this.#foreignBody?.isNext === true
  }

  /** The end of the last code token. */
  get end(): number {
    return this.#end
  }

  /** The tokens so far belong to no statement. */
  beginStatement(): void {
    this.#foreignBody = this.#words.trackForeignBody?.() ?? null
  }

  /** Whether a colon at this offset, followed by a letter, starts a parameter. */
  colonStartsParameter(offset: number): boolean {
    if (this.#inExportClause) return true
    const afterKey = !this.#isOperator(char.OPEN_BRACE) && !this.#isOperator(char.COMMA)
    if (this.#brackets.colonSeparates(afterKey)) return false
    return this.#end !== offset || !this.#endsOperand()
  }

  /** Takes in a code token: anything but comments. */
  see(kind: TokenKind, start: number, end: number): void {
    if (kind === 'word') this.#seeWord(start, end)
    else if (kind === 'operator' || kind === 'delimiter') {
      const code = this.#sql.charCodeAt(start)
      if (this.#rules.slices) this.#seeBracket(code)
      if (kind === 'delimiter' || !this.#seeList(code)) this.#leaveExportClause()
    } else this.#intoWords = 0
    this.#foreignBody?.see(this.#sql, kind, start, end)
    this.#afterDot = kind === 'operator' && this.#sql.charCodeAt(start) === char.DOT
    this.#kind = kind
    this.#start = start
    this.#end = end
  }

  /** Takes in an operator. Returns whether it belongs to the list of a clause. */
  #seeList(code: number): boolean {
    if (this.#listDepth > 0) {
      if (code === char.OPEN_PAREN) this.#listDepth++
      else if (code === char.CLOSE_PAREN) this.#listDepth--
      if (this.#listDepth === 0) this.#rules = this.#clauseRules
      return true
    }
    const isList = this.#inExportClause && code === char.OPEN_PAREN && this.#kind === 'word'
    if (!isList || !BEFORE_LIST.some(word => isWordAt(this.#sql, this.#start, this.#end, word))) return false
    this.#listDepth = 1
    this.#rules = this.#queryRules
    return true
  }

  #seeWord(start: number, end: number): void {
    if (this.#listDepth > 0) return
    if (this.#inExportClause && AFTER_EXPORT_CLAUSE.some(word => isWordAt(this.#sql, start, end, word))) {
      this.#leaveExportClause()
      return
    }
    const next = INTO_OUTFILE_S3[this.#intoWords] ?? ''
    if (!this.#afterDot && isWordAt(this.#sql, start, end, next)) this.#intoWords++
    else this.#intoWords = !this.#afterDot && isWordAt(this.#sql, start, end, 'INTO') ? 1 : 0
    if (!this.afterIntoOutfileS3) return
    this.#inExportClause = true
    this.#rules = this.#clauseRules
  }

  #leaveExportClause(): void {
    this.#intoWords = 0
    if (!this.#inExportClause) return
    this.#inExportClause = false
    this.#listDepth = 0
    this.#rules = this.#queryRules
  }

  #seeBracket(code: number): void {
    switch (code) {
      case char.OPEN_PAREN:
        this.#brackets.open('plain')
        break
      case char.OPEN_BRACKET:
        this.#brackets.open(this.#endsOperand() ? 'subscript' : 'plain')
        break
      case char.OPEN_BRACE:
        this.#brackets.open(this.#rules.structs ? 'struct key' : 'plain')
        break
      case char.COMMA:
        this.#brackets.comma()
        break
      case char.CLOSE_PAREN:
      case char.CLOSE_BRACKET:
      case char.CLOSE_BRACE:
        this.#brackets.close()
        break
    }
  }

  #isOperator(code: number): boolean {
    return this.#kind === 'operator' && this.#sql.charCodeAt(this.#start) === code
  }

  /** The last token ends a value, so an operator follows and never another value. */
  #endsOperand(): boolean {
    if (this.#kind === 'word') return !precedesExpression(this.#sql.slice(this.#start, this.#end))
    if (this.#kind !== 'operator') return this.#kind !== 'delimiter'
    const code = this.#sql.charCodeAt(this.#start)
    return code === char.CLOSE_PAREN || code === char.CLOSE_BRACKET || code === char.CLOSE_BRACE
  }
}
