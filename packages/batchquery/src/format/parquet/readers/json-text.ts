import { CHANGE_TYPES } from '../value-error.ts'
import { utf8Reader } from './bytes.ts'
import { type Reader, refused } from './reader.ts'

/** Text to JSON. A text that is not JSON is refused, because the readers of the file would fail at it. */
export const jsonFromText: Reader = {
  ...utf8Reader,
  // A copy would not be looked at.
  isCopy: false,
  read(values, from, to, out, view, at) {
    const { source, starts, ends } = values
    for (let k = from; k < to; k++) if (!isJson(source, starts[k], ends[k])) return refused(k)
    return utf8Reader.read(values, from, to, out, view, at)
  },
  refusal: (source, start, end) =>
    isJson(source, start, end)
      ? utf8Reader.refusal(source, start, end)
      : { why: 'is not JSON', shown: source.toString('utf8', start, end), hint: CHANGE_TYPES },
}

const code = (character: string): number => character.charCodeAt(0)
const [QUOTE, BACKSLASH, COMMA, COLON, DASH] = ['"', '\\', ',', ':', '-'].map(code)
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = ['{', '}', '[', ']'].map(code)
const [ZERO, DOT, PLUS, LETTER_U] = ['0', '.', '+', 'u'].map(code)
const SPACE = 0x20
const LETTER_E = 0x65
const LOWER_CASE = 0x20
const ESCAPED = new Set(['"', '\\', '/', 'b', 'f', 'n', 'r', 't'].map(code))
const SPACES = new Set([' ', '\t', '\n', '\r'].map(code))
const WORDS = ['true', 'false', 'null'].map(word => Buffer.from(word))
const FAILED = -1

/** The open brackets around the place of the scan. */
let open = new Uint8Array(64)

/** Whether the bytes are one JSON value by RFC 8259, as far as they are UTF-8. */
export function isJson(source: Buffer, start: number, end: number): boolean {
  let depth = 0
  let p = afterSpace(source, start, end)
  for (;;) {
    const bracket = p < end ? source[p] : 0
    if (bracket === OPEN_BRACE || bracket === OPEN_BRACKET) {
      p = afterSpace(source, p + 1, end)
      if (p >= end || source[p] !== closing(bracket)) {
        if (depth === open.length) open = Buffer.concat([open, open])
        open[depth++] = bracket
        if (bracket === OPEN_BRACE) p = afterKey(source, p, end)
        if (p === FAILED) return false
        continue
      }
      p++
    } else p = afterScalar(source, p, end)
    if (p === FAILED) return false
    // A value has ended here: after it others end, or the next one begins.
    for (;;) {
      p = afterSpace(source, p, end)
      if (depth === 0) return p === end
      if (p >= end) return false
      const bracketAround = open[depth - 1]
      if (source[p] === COMMA) {
        p = afterSpace(source, p + 1, end)
        if (bracketAround === OPEN_BRACE) p = afterKey(source, p, end)
        if (p === FAILED) return false
        break
      }
      if (source[p] !== closing(bracketAround)) return false
      depth--
      p++
    }
  }
}

const closing = (bracket: number): number => (bracket === OPEN_BRACE ? CLOSE_BRACE : CLOSE_BRACKET)

function afterSpace(source: Buffer, start: number, end: number): number {
  let p = start
  while (p < end && source[p] <= SPACE && SPACES.has(source[p])) p++
  return p
}

/** Returns the place of the value after a key and its colon, or FAILED. */
function afterKey(source: Buffer, start: number, end: number): number {
  if (start >= end || source[start] !== QUOTE) return FAILED
  const name = afterString(source, start, end)
  if (name === FAILED) return FAILED
  const colon = afterSpace(source, name, end)
  return colon < end && source[colon] === COLON ? afterSpace(source, colon + 1, end) : FAILED
}

function afterScalar(source: Buffer, start: number, end: number): number {
  if (start >= end) return FAILED
  const byte = source[start]
  if (byte === QUOTE) return afterString(source, start, end)
  if (byte === DASH || isDigit(byte)) return afterNumber(source, start, end)
  const word = WORDS.find(({ 0: first }) => first === byte)
  if (word === undefined || end - start < word.length) return FAILED
  return source.compare(word, 0, word.length, start, start + word.length) === 0 ? start + word.length : FAILED
}

function afterString(source: Buffer, start: number, end: number): number {
  for (let p = start + 1; p < end; p++) {
    const byte = source[p]
    if (byte === QUOTE) return p + 1
    if (byte < SPACE) return FAILED
    if (byte !== BACKSLASH) continue
    p++
    if (p >= end) return FAILED
    if (source[p] === LETTER_U) {
      if (!/^[0-9a-f]{4}$/i.test(source.toString('latin1', p + 1, Math.min(end, p + 5)))) return FAILED
      p += 4
    } else if (!ESCAPED.has(source[p])) return FAILED
  }
  return FAILED
}

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= ZERO + 9

function afterNumber(source: Buffer, start: number, end: number): number {
  let p = source[start] === DASH ? start + 1 : start
  const whole = p
  p = afterDigits(source, p, end)
  if (p === whole || (source[whole] === ZERO && p > whole + 1)) return FAILED
  if (p < end && source[p] === DOT) {
    const fraction = p + 1
    p = afterDigits(source, fraction, end)
    if (p === fraction) return FAILED
  }
  if (p < end && (source[p] | LOWER_CASE) === LETTER_E) {
    const hasSign = p + 1 < end && (source[p + 1] === PLUS || source[p + 1] === DASH)
    const exponent = p + (hasSign ? 2 : 1)
    p = afterDigits(source, exponent, end)
    if (p === exponent) return FAILED
  }
  return p
}

function afterDigits(source: Buffer, start: number, end: number): number {
  let p = start
  while (p < end && isDigit(source[p])) p++
  return p
}
