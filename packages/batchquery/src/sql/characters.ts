/** Character codes that the scanners compare with, and the classes of the ASCII range. */
export const TAB = 0x09
export const NEWLINE = 0x0a
export const RETURN = 0x0d
export const SPACE = 0x20
export const DOUBLE_QUOTE = 0x22
export const HASH = 0x23
export const DOLLAR = 0x24
export const AMPERSAND = 0x26
export const QUOTE = 0x27
export const OPEN_PAREN = 0x28
export const CLOSE_PAREN = 0x29
export const STAR = 0x2a
export const PLUS = 0x2b
export const COMMA = 0x2c
export const MINUS = 0x2d
export const DOT = 0x2e
export const SLASH = 0x2f
export const COLON = 0x3a
export const EQUALS = 0x3d
export const AT = 0x40
export const OPEN_BRACKET = 0x5b
export const BACKSLASH = 0x5c
export const CLOSE_BRACKET = 0x5d
export const BACKTICK = 0x60
export const OPEN_BRACE = 0x7b
export const CLOSE_BRACE = 0x7d
export const DELETE = 0x7f
export const BYTE_ORDER_MARK = 0xfeff

const LETTER = 1
const DIGIT = 2

const CLASSES = new Uint8Array(128)
for (let code = 0; code < 128; code++) {
  const character = String.fromCharCode(code)
  if (/[A-Za-z_]/.test(character)) CLASSES[code] = LETTER
  if (/[0-9]/.test(character)) CLASSES[code] = DIGIT
}

export const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39

/** An ASCII letter or `_`: what the name of a parameter starts with. */
export const isAsciiLetter = (code: number): boolean => CLASSES[code] === LETTER

/** Letters, `_` and everything beyond ASCII, as in all servers. */
export const startsWord = (code: number): boolean => code >= 128 || CLASSES[code] === LETTER

export const continuesWord = (code: number): boolean =>
  code >= 128 || CLASSES[code] === LETTER || CLASSES[code] === DIGIT || code === DOLLAR

export const isSpace = (code: number): boolean => code === SPACE || (code >= TAB && code <= RETURN)

/** The characters that DuckDB turns into a space before it parses. */
export const isUnicodeSpace = (code: number): boolean =>
  code === 0xa0 ||
  (code >= 0x2000 && code <= 0x200b) ||
  code === 0x202f ||
  code === 0x205f ||
  code === 0x2060 ||
  code === 0x3000 ||
  code === BYTE_ORDER_MARK
