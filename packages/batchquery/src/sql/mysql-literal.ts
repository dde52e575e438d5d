/**
 * The values of MySQL literals, as bytes; text becomes UTF-8.
 * https://dev.mysql.com/doc/refman/8.4/en/string-literals.html
 * https://dev.mysql.com/doc/refman/8.4/en/hexadecimal-literals.html
 * https://dev.mysql.com/doc/refman/8.4/en/bit-value-literals.html
 */

/** Any other character after a backslash means itself. */
const ESCAPES = new Map([
  ['0', '\0'],
  ['b', '\b'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['Z', '\x1a'],
  ['%', '\\%'],
  ['_', '\\_'],
])

const utf8 = new TextEncoder()

/**
 * The bytes of one string or number token; null if it is not a string, hexadecimal or bit literal.
 *
 * @param backslashEscapes false under NO_BACKSLASH_ESCAPES: a backslash then means itself
 */
export const decodeLiteral = (token: string, backslashEscapes: boolean): Uint8Array | null => {
  const prefix = token.charAt(0)
  const second = token.charAt(1)
  if (prefix === "'" || prefix === '"') return utf8.encode(unquote(token, backslashEscapes))
  if (token.length > 2 && prefix === '0' && second === 'x') return hexBytes(token.slice(2), true)
  if (token.length > 2 && prefix === '0' && second === 'b') return bitBytes(token.slice(2))
  if (second !== "'") return null
  if (prefix === 'n' || prefix === 'N') return utf8.encode(unquote(token.slice(1), backslashEscapes))
  const digits = token.slice(2, -1)
  if (prefix === 'x' || prefix === 'X') return hexBytes(digits, false)
  if (prefix === 'b' || prefix === 'B') return bitBytes(digits)
  return null
}

const unquote = (token: string, backslashEscapes: boolean): string => {
  const quote = token.charAt(0)
  let text = ''
  for (let offset = 1; offset < token.length - 1; offset++) {
    const character = token.charAt(offset)
    if (backslashEscapes && character === '\\') {
      offset++
      const escaped = token.charAt(offset)
      text += ESCAPES.get(escaped) ?? escaped
    } else {
      text += character
      if (character === quote) offset++
    }
  }
  return text
}

/** @param padded with an odd number of digits a zero is put before them (`0xA`); otherwise that is an error (`X'A'`) */
const hexBytes = (digits: string, padded: boolean): Uint8Array | null => {
  if (!/^[0-9a-f]*$/i.test(digits)) return null
  if (digits.length % 2 === 0) return Buffer.from(digits, 'hex')
  return padded ? Buffer.from(`0${digits}`, 'hex') : null
}

const bitBytes = (digits: string): Uint8Array | null => {
  if (!/^[01]*$/.test(digits)) return null
  const bits = digits.padStart(Math.ceil(digits.length / 8) * 8, '0')
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], byte => Number.parseInt(byte, 2))
}
