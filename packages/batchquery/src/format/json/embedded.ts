import { isNotInJson } from '../rows/plain-value.ts'
import type { Escape } from '../rows/row-form.ts'
import { characterEnd, type Views } from './text.ts'

// The states, named by what may come next.
const VALUE = 0
const VALUE_OR_END = 1
const KEY = 2
const KEY_OR_END = 3
const COLON = 4
const COMMA_OR_END = 5
const STRING = 6
const ESCAPE = 7
const HEX = 8
const LITERAL = 9
const AFTER_MINUS = 10
const AFTER_ZERO = 11
const INTEGER = 12
const AFTER_POINT = 13
const FRACTION = 14
const AFTER_E = 15
const AFTER_SIGN = 16
const EXPONENT = 17

const LETTERS = { t: 'true', f: 'false', n: 'null' } as const
const LITERALS = new Map(
  Object.entries(LETTERS).map(([letter, word]) => [letter.charCodeAt(0), Buffer.from(word)]),
)
/** The bytes that may follow a backslash, besides u. */
const ESCAPED = Buffer.from('"\\/bfnrt')
const HEX_DIGITS = Buffer.from('0123456789abcdefABCDEF')
const isHexDigit = Uint8Array.from({ length: 256 }, (_, byte) => (HEX_DIGITS.includes(byte) ? 1 : 0))

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39

/**
 * Copies JSON text and checks it (RFC 8259, with any depth), wherever it is cut between two characters. The text stays as it is, but a line
 * end becomes a blank: it can only be white space between two tokens.
 */
export class EmbeddedJson {
  readonly #views: Views
  #state = VALUE
  /** 1 for an object, 0 for an array, from the outermost one on. */
  #open = new Uint8Array(64)
  #depth = 0
  /** Whether the string is the key of an object. */
  #isKey = false
  #hexDigits = 0
  #literal = Buffer.alloc(0)
  #literalBytes = 0

  constructor(views: Views) {
    this.#views = views
  }

  readonly whole: Escape = (source, start, end, out, at) => {
    this.#begin()
    const to = this.piece(source, start, end, out, at)
    return this.isComplete() ? to : -1
  }

  readonly piece: Escape = (source, start, end, out, at) => {
    if (end - start >= 64) out.set(source.subarray(start, end), at)
    else for (let p = start, to = at; p < end; p++, to++) out[to] = source[p]
    return this.#check(source, start, end, out, at - start) ? at + end - start : -1
  }

  /** Whether the pieces until now are a JSON text. The next one begins another text. */
  readonly isComplete = (): boolean => {
    const state = this.#state
    const isWhole =
      state === COMMA_OR_END ||
      state === AFTER_ZERO ||
      state === INTEGER ||
      state === FRACTION ||
      state === EXPONENT
    const isComplete = isWhole && this.#depth === 0
    this.#begin()
    return isComplete
  }

  #begin(): void {
    this.#state = VALUE
    this.#depth = 0
  }

  /** @param shift from a place in `source` to that in `out` */
  #check(source: Uint8Array, start: number, end: number, out: Uint8Array, shift: number): boolean {
    const words = this.#views.source.of(source)
    const lastWord = end - 4
    let at = start
    while (at < end) {
      if (this.#state === STRING) {
        while (at <= lastWord && !isNotInJson(words.getInt32(at, true))) at += 4
        at = this.#inString(source, at, end)
        if (at < 0) return false
        continue
      }
      const byte = source[at]
      if (byte === 0x0a || byte === 0x0d) out[at + shift] = 0x20
      if (!this.#token(byte)) return false
      at++
    }
    return true
  }

  /** Passes the bytes of a string up to a whole word, or to its end. Returns where it stopped, or -1. */
  #inString(source: Uint8Array, start: number, end: number): number {
    let at = start
    for (const stop = Math.min(end, start + 4); at < stop; ) {
      const byte = source[at]
      if (byte === 0x22) {
        this.#state = this.#isKey ? COLON : COMMA_OR_END
        return at + 1
      }
      if (byte === 0x5c) {
        this.#state = ESCAPE
        return at + 1
      }
      if (byte < 0x20) return -1
      at = byte < 0x80 ? at + 1 : characterEnd(source, at, end)
      if (at < 0) return -1
    }
    return at
  }

  /** Takes a byte outside of a string, or of an escape. */
  #token(byte: number): boolean {
    switch (this.#state) {
      case ESCAPE:
        return this.#escape(byte)
      case HEX:
        if (--this.#hexDigits === 0) this.#state = STRING
        return isHexDigit[byte] === 1
      case LITERAL:
        if (byte !== this.#literal[this.#literalBytes++]) return false
        if (this.#literalBytes === this.#literal.length) this.#state = COMMA_OR_END
        return true
      case COMMA_OR_END:
        return this.#afterValue(byte)
      case VALUE:
      case VALUE_OR_END:
        return this.#value(byte)
      case KEY:
      case KEY_OR_END:
        return this.#key(byte)
      case COLON:
        if (byte === 0x3a) this.#state = VALUE
        return byte === 0x3a || isBlank(byte)
      default:
        return this.#number(byte)
    }
  }

  #escape(byte: number): boolean {
    if (byte === 0x75) {
      this.#state = HEX
      this.#hexDigits = 4
      return true
    }
    this.#state = STRING
    return ESCAPED.includes(byte)
  }

  #value(byte: number): boolean {
    if (isBlank(byte)) return true
    if (byte === 0x22) {
      this.#isKey = false
      this.#state = STRING
    } else if (byte === 0x7b) this.#push(1)
    else if (byte === 0x5b) this.#push(0)
    else if (byte === 0x5d) return this.#state === VALUE_OR_END && this.#pop(0)
    else if (byte === 0x2d) this.#state = AFTER_MINUS
    else if (byte === 0x30) this.#state = AFTER_ZERO
    else if (isDigit(byte)) this.#state = INTEGER
    else return this.#beginLiteral(byte)
    return true
  }

  #beginLiteral(byte: number): boolean {
    const literal = LITERALS.get(byte)
    if (literal === undefined) return false
    this.#literal = literal
    this.#literalBytes = 1
    this.#state = LITERAL
    return true
  }

  #key(byte: number): boolean {
    if (isBlank(byte)) return true
    if (byte === 0x7d) return this.#state === KEY_OR_END && this.#pop(1)
    this.#isKey = true
    this.#state = STRING
    return byte === 0x22
  }

  #afterValue(byte: number): boolean {
    if (isBlank(byte)) return true
    if (this.#depth === 0) return false
    if (byte === 0x5d) return this.#pop(0)
    if (byte === 0x7d) return this.#pop(1)
    this.#state = this.#open[this.#depth - 1] === 1 ? KEY : VALUE
    return byte === 0x2c
  }

  #number(byte: number): boolean {
    const state = this.#state
    if (isDigit(byte)) {
      if (state === AFTER_ZERO) return false
      if (state === AFTER_MINUS) this.#state = byte === 0x30 ? AFTER_ZERO : INTEGER
      else if (state === AFTER_POINT) this.#state = FRACTION
      else if (state === AFTER_E || state === AFTER_SIGN) this.#state = EXPONENT
      return true
    }
    const isInteger = state === AFTER_ZERO || state === INTEGER
    if (byte === 0x2e && isInteger) this.#state = AFTER_POINT
    else if ((byte | 0x20) === 0x65 && (isInteger || state === FRACTION)) this.#state = AFTER_E
    else if ((byte === 0x2b || byte === 0x2d) && state === AFTER_E) this.#state = AFTER_SIGN
    else {
      this.#state = COMMA_OR_END
      return (isInteger || state === FRACTION || state === EXPONENT) && this.#afterValue(byte)
    }
    return true
  }

  #push(kind: 0 | 1): void {
    if (this.#depth === this.#open.length) {
      const larger = new Uint8Array(2 * this.#depth)
      larger.set(this.#open)
      this.#open = larger
    }
    this.#open[this.#depth++] = kind
    this.#state = kind === 1 ? KEY_OR_END : VALUE_OR_END
  }

  #pop(kind: 0 | 1): boolean {
    this.#state = COMMA_OR_END
    return this.#open[--this.#depth] === kind
  }
}

const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
