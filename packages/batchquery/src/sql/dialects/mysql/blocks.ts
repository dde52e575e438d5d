import { OTHER_OBJECTS, ROUTINES, wordSet } from '../../keyword.ts'
import type { CodeToken } from '../../token.ts'
import type { BlockTracker } from '../dialect.ts'

const CONTROL = wordSet('CASE FOR IF LOOP REPEAT WHILE')
/** Blocks whose first word a statement follows at once. */
const BARE_BLOCKS = wordSet('BEGIN LOOP REPEAT')
/** The last words that a head may have. A number or a string ends one too: `COMMENT '..'`, `SQLSTATE '..'`. */
const HEAD_ENDS = wordSet(') DATA DEFINER DETERMINISTIC FOUND INVOKER ROW SQL SQLEXCEPTION SQLWARNING')
const SIMPLE_STATEMENTS = wordSet('CALL DELETE INSERT REPLACE RETURN SELECT SET UPDATE WITH')
const HANDLER_KINDS = wordSet('CONTINUE EXIT UNDO')

type Place = 'first' | 'begin' | 'create' | 'plain' | 'head' | 'statement' | 'word' | 'inside'

/**
 * The blocks of a stored routine, for files that define one without DELIMITER, and of MariaDB's compound
 * statements outside routines (`BEGIN NOT ATOMIC ..`, `IF .. END IF`). The place of the next token:
 *
 *     first ── CREATE, ALTER ──► create ── PROCEDURE, FUNCTION, TRIGGER, EVENT ──► head ── body ──► see below
 *       │                          └── TABLE, VIEW, ... ──► plain
 *       ├── BEGIN ──► begin ── NOT ──► inside, then ATOMIC ──► statement
 *       ├── IF, CASE, LOOP, REPEAT, WHILE, FOR ──► as at statement
 *       └── anything else ──► plain
 *
 *     statement ── IF, CASE, WHILE, FOR ──► inside ── `;` THEN ELSE DO ──► statement
 *       ├── BEGIN, LOOP, REPEAT ──► statement
 *       ├── another word ──► word ── `:` (a label) ──► statement; anything else ──► inside
 *       └── DECLARE .. HANDLER ──► head
 *
 * `IF(a, b, c)`, `REPEAT('x', 3)`, an expression CASE and columns named `begin` or `end` look like blocks; so a
 * block opens and closes only at a place in which a statement may start.
 * https://dev.mysql.com/doc/refman/8.4/en/sql-compound-statements.html
 */
export class MysqlBlocks implements BlockTracker {
  #place: Place = 'first'
  /** The open blocks by their first word; EXPRESSION is a CASE inside an expression. */
  readonly #open: string[] = []
  #parentheses = 0
  #previous = ''

  get isOpen(): boolean {
    return this.#open.length > 0
  }

  see(token: CodeToken): void {
    if (this.#place === 'plain') return
    const word = token.keyword
    switch (this.#place) {
      case 'first':
        this.#seeFirst(word, token)
        break
      case 'begin':
        this.#place = word === 'NOT' ? 'inside' : 'plain'
        if (word === 'NOT') this.#open.push('BEGIN')
        break
      case 'create':
        if (ROUTINES.has(word)) this.#place = 'head'
        else if (OTHER_OBJECTS.has(word)) this.#place = 'plain'
        break
      default:
        this.#seeBody(word, token)
    }
    const endsHead = token.kind === 'string' || token.kind === 'number' || token.isOperator(')')
    this.#previous = endsHead ? ')' : word
  }

  /** A plain BEGIN starts a transaction. */
  #seeFirst(word: string, token: CodeToken): void {
    if (word === 'CREATE' || word === 'ALTER') this.#place = 'create'
    else if (word === 'BEGIN') this.#place = 'begin'
    else if (CONTROL.has(word)) {
      this.#place = 'statement'
      this.#seeBody(word, token)
    } else this.#place = 'plain'
  }

  #seeBody(word: string, token: CodeToken): void {
    if (token.isOperator('(')) this.#parentheses++
    else if (token.isOperator(')')) this.#parentheses--
    const starts = this.#mayStart(word)
    if (starts && (word === 'BEGIN' || CONTROL.has(word))) {
      this.#open.push(word)
      this.#place = BARE_BLOCKS.has(word) ? 'statement' : 'inside'
    } else if (word === 'END') this.#seeEnd(starts)
    else if (this.#leadsToStatement(word, token)) this.#place = 'statement'
    else if (word === 'CASE' && this.#previous !== 'END') this.#open.push('EXPRESSION')
    else if (word === 'HANDLER' && HANDLER_KINDS.has(this.#previous)) this.#place = 'head'
    else if (this.#place !== 'head') this.#place = this.#place === 'statement' ? 'word' : 'inside'
    else if (SIMPLE_STATEMENTS.has(word) && (starts || word === 'RETURN')) this.#place = 'inside'
  }

  #mayStart(word: string): boolean {
    if (this.#place !== 'head') return this.#place === 'statement'
    return this.#parentheses === 0 && (word === 'BEGIN' || HEAD_ENDS.has(this.#previous))
  }

  /** The words after END are its own: `END IF`, `END label`. */
  #seeEnd(starts: boolean): void {
    const innermost = this.#open.at(-1)
    if (starts || innermost === 'EXPRESSION' || innermost === 'REPEAT') this.#open.pop()
    this.#place = 'inside'
  }

  #leadsToStatement(word: string, token: CodeToken): boolean {
    if (word === 'THEN' || word === 'ELSE') return this.#open.at(-1) !== 'EXPRESSION'
    if (word === 'DO') return this.#place !== 'statement'
    if (word === 'ATOMIC') return this.#previous === 'NOT'
    return token.kind === 'delimiter' || (token.isOperator(':') && this.#place !== 'inside')
  }
}
