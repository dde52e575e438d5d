import type { Escape } from '../rows/row-form.ts'

const DASH = 0x2d
const PLUS = 0x2b
const DOT = 0x2e
const ZERO = 0x30
const LETTER_E = 0x65
const UPPER_CASE = 0x20

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39

/**
 * Writes a number digit for digit, without what JSON does not have: zeros before the first digit, a plus sign, and a missing digit before
 * the point. Refuses NaN, infinity, and everything else that is not a number.
 */
export const writeNumber: Escape = (source, start, end, out, at) => {
  let from = start | 0
  let to = at | 0
  if (source[from] === DASH) {
    out[to++] = DASH
    from++
  } else if (source[from] === PLUS) from++
  while (from + 1 < end && source[from] === ZERO && isDigit(source[from + 1])) from++
  if (from + 1 < end && source[from] === DOT) out[to++] = ZERO
  else if (from >= end || !isDigit(source[from])) return -1
  while (from < end && isDigit(source[from])) out[to++] = source[from++]
  if (from < end && source[from] === DOT) {
    out[to++] = source[from++]
    if (from >= end || !isDigit(source[from])) return -1
    while (from < end && isDigit(source[from])) out[to++] = source[from++]
  }
  return from < end ? writeExponent(source, from, end, out, to) : to
}

const writeExponent: Escape = (source, start, end, out, at) => {
  if ((source[start] | UPPER_CASE) !== LETTER_E) return -1
  let from = start
  let to = at
  out[to++] = source[from++]
  if (from < end && (source[from] === DASH || source[from] === PLUS)) out[to++] = source[from++]
  if (from >= end) return -1
  while (from < end) {
    if (!isDigit(source[from])) return -1
    out[to++] = source[from++]
  }
  return to
}

const FALSE = Buffer.from('false')
const TRUE = Buffer.from('true')
const TRUE_WORDS = new Set(['t', 'true', '1'])
const FALSE_WORDS = new Set(['f', 'false', '0'])

/** Writes `t`, `true` and `1` as true, and their opposites as false. */
export const writeBoolean: Escape = (source, start, end, out, at) => {
  const word = end - start > FALSE.length ? '' : Buffer.from(source.subarray(start, end)).toString('latin1')
  const isTrue = TRUE_WORDS.has(word)
  if (!isTrue && !FALSE_WORDS.has(word)) return -1
  const written = isTrue ? TRUE : FALSE
  out.set(written, at)
  return at + written.length
}
