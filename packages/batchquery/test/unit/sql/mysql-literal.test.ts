import { describe, expect, it } from 'vitest'
import { decodeLiteral } from '../../../src/sql/mysql-literal.ts'

const hex = (token: string): string | null => {
  const bytes = decodeLiteral(token, true)
  return bytes && Buffer.from(bytes).toString('hex')
}

describe('decodeLiteral', () => {
  /** The values are the results of `SELECT HEX(token)` on MariaDB 10.11 with utf8mb4. */
  it.each([
    [`''`, ''],
    [`'a''b"'`, '61276222'],
    [`"a""b'"`, '61226227'],
    [`'\\0\\b\\n\\r\\t\\Z\\\\\\'\\"'`, '00080a0d091a5c2722'],
    [`'\\%\\_\\a\\é\\x'`, '5c255c5f61c3a978'],
    [`'é😀'`, 'c3a9f09f9880'],
    [`N'\\t'`, '09'],
    [`n'a''b'`, '612762'],
    [`X'2c0A'`, '2c0a'],
    [`x''`, ''],
    ['0x2C', '2c'],
    ['0xA', '0a'],
    [`b'101100'`, '2c'],
    [`B'100000001'`, '0101'],
    ['0b1', '01'],
    [`b''`, ''],
  ])('%s is %s', (token, expected) => {
    expect(hex(token)).toBe(expected)
  })

  it('keeps backslashes if they are not escapes', () => {
    const plain = (token: string): string => Buffer.from(decodeLiteral(token, false) ?? []).toString()
    expect([`'\\t'`, `'\\'`, `"\\\\''"`, `N'a''\\n'`].map(plain)).toEqual(['\\t', '\\', "\\\\''", "a'\\n"])
  })

  it.each([
    "X'A'",
    "x'2g'",
    '0xG',
    '0x',
    '0b',
    '0b2',
    "b'2'",
    '5',
    '1.5',
    'word',
    '$$a$$',
    "E'a'",
    "U&'a'",
    '',
  ])('%s is none', token => {
    expect(decodeLiteral(token, true)).toBeNull()
  })
})
