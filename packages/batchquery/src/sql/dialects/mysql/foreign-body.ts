import { isWordAt } from '../../keyword.ts'
import type { TokenKind } from '../../token.ts'
import type { ForeignBodyTracker } from '../dialect.ts'

type Place = 'start' | 'create' | 'head' | 'language' | 'foreign' | 'as' | 'other'

/** The words that lead from one place to another. Any other token changes nothing, except that `as` becomes `foreign` again. */
const STEPS: Partial<Record<Place, Readonly<Record<string, Place>>>> = {
  create: {
    FUNCTION: 'head',
    PROCEDURE: 'head',
    LIBRARY: 'head',
    EVENT: 'other',
    TABLE: 'other',
    TRIGGER: 'other',
    VIEW: 'other',
  },
  // a body in SQL may have a column called language
  head: { LANGUAGE: 'language', BEGIN: 'other', RETURN: 'other', SELECT: 'other' },
  foreign: { AS: 'as' },
}

/**
 * Finds the one place in which MySQL 9 takes a text between dollars: after AS of a routine or library in another language than SQL.
 *
 *     CREATE FUNCTION f(n INT) RETURNS INT LANGUAGE JAVASCRIPT AS $js$ return n; $js$
 *
 * In all other places, and on MySQL 8 and MariaDB everywhere, `$js$` is a name; no server takes a name here.
 * https://dev.mysql.com/doc/refman/9.7/en/create-procedure.html
 */
export class ForeignBody implements ForeignBodyTracker {
  #place: Place = 'start'

  /** The next token is the body. */
  get isNext(): boolean {
    return this.#place === 'as'
  }

  see(sql: string, kind: TokenKind, start: number, end: number): void {
    if (kind === 'delimiter') this.#place = 'start'
    else if (this.#place !== 'other')
      this.#place = this.#after(word => kind === 'word' && isWordAt(sql, start, end, word))
  }

  #after(isWord: (word: string) => boolean): Place {
    if (this.#place === 'start') return isWord('CREATE') ? 'create' : 'other'
    if (this.#place === 'language') return isWord('SQL') ? 'head' : 'foreign'
    const from = this.#place === 'as' ? 'foreign' : this.#place
    const steps = STEPS[from] ?? {}
    const word = Object.keys(steps).find(isWord)
    return word === undefined ? from : (steps[word] ?? from)
  }
}
