import type { CodeToken } from '../../token.ts'
import type { BlockTracker } from '../dialect.ts'

/**
 * Parentheses, and the body of a routine written in SQL:
 *
 *     CREATE [OR REPLACE] {FUNCTION|PROCEDURE} ... BEGIN ATOMIC ...; CASE ... END; END
 *
 * https://www.postgresql.org/docs/current/sql-createfunction.html
 */
export class PostgresBlocks implements BlockTracker {
  /** Start: CREATE must come first, then FUNCTION or PROCEDURE. */
  #state: 'start' | 'create' | 'routine' | 'plain' = 'start'
  #afterBegin = false
  #depth = 0
  #parentheses = 0

  get isOpen(): boolean {
    return this.#depth > 0 || this.#parentheses > 0
  }

  see(token: CodeToken): void {
    if (token.isOperator('(')) this.#parentheses++
    else if (token.isOperator(')')) this.#parentheses = Math.max(0, this.#parentheses - 1)
    else if (this.#state !== 'plain') this.#seeWord(token)
  }

  #seeWord(token: CodeToken): void {
    if (this.#state === 'start') {
      this.#state = token.isKeyword('CREATE') ? 'create' : 'plain'
    } else if (this.#state === 'create') {
      if (token.isKeyword('FUNCTION') || token.isKeyword('PROCEDURE')) this.#state = 'routine'
      else if (!token.isKeyword('OR') && !token.isKeyword('REPLACE')) this.#state = 'plain'
    } else if (this.#depth === 0) {
      if (this.#afterBegin && token.isKeyword('ATOMIC')) this.#depth = 1
    } else if (token.isKeyword('CASE')) {
      this.#depth++
    } else if (token.isKeyword('END')) {
      this.#depth--
    }
    this.#afterBegin = token.isKeyword('BEGIN')
  }
}
