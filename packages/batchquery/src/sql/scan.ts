/**
 * Scanners: each takes a text and the offset at which a token starts. It returns the offset after the token, or -1 if the token is never
 * closed. All look at a character a bounded number of times.
 */
import {
  BACKSLASH,
  continuesWord,
  DOT,
  isDigit,
  isUnicodeSpace,
  MINUS,
  NEWLINE,
  PLUS,
  RETURN,
  SLASH,
  STAR,
  startsWord,
} from './characters.ts'
import type { LexicalRules } from './lexical-rules.ts'

/** A quoted token, in which a doubled quote means the quote itself. */
export const scanQuoted = (sql: string, start: number, quote: string): number => {
  let close = sql.indexOf(quote, start + 1)
  while (close >= 0 && sql.startsWith(quote, close + 1)) close = sql.indexOf(quote, close + 2)
  return close < 0 ? -1 : close + 1
}

/** A quoted token, in which also a backslash takes away the meaning of the next character. */
export const scanEscapedQuoted = (sql: string, start: number, quote: string): number => {
  const close = quote.charCodeAt(0)
  for (let offset = start + 1; offset < sql.length; offset++) {
    const code = sql.charCodeAt(offset)
    if (code === BACKSLASH) offset++
    else if (code === close) {
      if (sql.charCodeAt(offset + 1) !== close) return offset + 1
      offset++
    }
  }
  return -1
}

/** To the end of the closing sequence after `from`. */
export const scanClosing = (sql: string, from: number, closing: string): number => {
  const close = sql.indexOf(closing, from)
  return close < 0 ? -1 : close + closing.length
}

/** `$$` or `$name$` at this offset, or null. */
export const dollarTag = (sql: string, start: number, { looseWords }: LexicalRules): string | null => {
  let offset = start + 1
  if (looseWords || startsWord(sql.charCodeAt(offset))) {
    while (startsWord(sql.charCodeAt(offset)) || isDigit(sql.charCodeAt(offset))) offset++
  }
  return sql[offset] === '$' ? sql.slice(start, offset + 1) : null
}

/** To the end of the line, without the line break. */
export const scanLineComment = (sql: string, start: number, rules: LexicalRules): number => {
  if (!rules.returnEndsComment) {
    const newline = sql.indexOf('\n', start)
    return newline < 0 ? sql.length : newline
  }
  let offset = start
  while (offset < sql.length) {
    const code = sql.charCodeAt(offset)
    if (code === NEWLINE || code === RETURN) break
    offset++
  }
  return offset
}

export const scanBlockComment = (sql: string, start: number, rules: LexicalRules): number => {
  if (!rules.nestedComments) return scanClosing(sql, start + 2, '*/')
  let depth = 1
  for (let offset = start + 2; offset < sql.length; offset++) {
    const code = sql.charCodeAt(offset)
    if (code === STAR && sql.charCodeAt(offset + 1) === SLASH) {
      offset++
      depth--
      if (depth === 0) return offset + 1
    } else if (code === SLASH && sql.charCodeAt(offset + 1) === STAR) {
      offset++
      depth++
    }
  }
  return -1
}

export const scanWord = (sql: string, start: number, rules: LexicalRules): number => {
  let offset = start
  while (offset < sql.length) {
    const code = sql.charCodeAt(offset)
    if (!continuesWord(code) || (code >= 128 && rules.unicodeSpaces && isUnicodeSpace(code))) break
    offset++
  }
  return offset
}

const scanDigits = (sql: string, start: number): number => {
  let offset = start
  while (isDigit(sql.charCodeAt(offset)) || sql[offset] === '_') offset++
  return offset
}

/** `12`, `1_000`, `1.5`, `.5`, `1e-3`, `0x2C`; starts at a digit, or at a dot before one. */
export const scanNumber = (sql: string, start: number): number => {
  const radix = sql.charCodeAt(start + 1) | 0x20
  const isRadixPrefix = sql[start] === '0' && (radix === 0x78 || radix === 0x6f || radix === 0x62)
  if (isRadixPrefix) {
    let offset = start + 2
    while (offset < sql.length && sql.charCodeAt(offset) < 128 && continuesWord(sql.charCodeAt(offset)))
      offset++
    return offset
  }
  let offset = scanDigits(sql, start)
  if (sql.charCodeAt(offset) === DOT) offset = scanDigits(sql, offset + 1)
  if ((sql.charCodeAt(offset) | 0x20) !== 0x65) return offset
  const sign = sql.charCodeAt(offset + 1)
  const exponent = sign === PLUS || sign === MINUS ? offset + 2 : offset + 1
  return isDigit(sql.charCodeAt(exponent)) ? scanDigits(sql, exponent) : offset
}
