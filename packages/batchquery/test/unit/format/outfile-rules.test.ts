import { describe, expect, test } from 'vitest'
import {
  DEFAULT_TEXT_LAYOUT,
  type FormatColumn,
  type TextLayout,
  textForm,
} from '../../../src/format/index.ts'
import { bytes } from './arbitraries.ts'
import { encodeExactly } from './encode-exactly.ts'
import { latin1, referenceRow } from './outfile-reference.ts'

/** The rules one by one. An asterisk: MariaDB 10.11.19 itself wrote these bytes. */
describe('golden rows', () => {
  const s: FormatColumn = { name: bytes('s'), kind: 'string', encoding: 'utf8', isLarge: false }
  const n: FormatColumn = { name: bytes('n'), kind: 'number', encoding: 'single', isLarge: false }
  const b: FormatColumn = { name: bytes('b'), kind: 'bits', encoding: 'single', isLarge: false }
  const of = (encoding: FormatColumn['encoding']): FormatColumn => ({ ...s, encoding })
  type Options = {
    field?: string
    quote?: string
    optionally?: boolean
    escape?: string
    start?: string
    line?: string
  }
  const layoutOf = ({ field, quote, optionally, escape: escaped, start, line }: Options): TextLayout => ({
    fieldsTerminatedBy: bytes(field ?? '\t'),
    enclosedBy: bytes(quote ?? ''),
    optionallyEnclosed: optionally ?? false,
    escapedBy: bytes(escaped ?? '\\'),
    linesStartingBy: bytes(start ?? ''),
    linesTerminatedBy: bytes(line ?? '\n'),
  })
  const SERVER = 'a+b\tc"d0\\x\ny'
  const cases: readonly [
    rule: string,
    Options,
    readonly FormatColumn[],
    readonly (string | null)[],
    string,
  ][] = [
    ['default separators', {}, [n, s], ['1', 'a\tb\nc\\d\0e"f,\r'], '1\ta\\\tb\\\nc\\\\d\\0e"f,\r\n'],
    ['NULL is \\N, never quoted', { quote: '"' }, [s, n], [null, null], '\\N\t\\N\n'],
    ['NULL takes the escape character', { escape: '|' }, [s], [null], '|N\n'],
    ['NULL is a word without escape character', { escape: '' }, [s], [null], 'NULL\n'],
    ['nothing escaped without escape character', { escape: '', quote: '"' }, [s], ['"\0\t\n'], '""\0\t\n"\n'],
    [
      'the quote, not the field terminator, in a quoted value',
      { field: ',', quote: '"' },
      [s],
      ['a,"b'],
      '"a,\\"b"\n',
    ],
    ['every value quoted', { quote: '"' }, [n, s], ['1', 'a'], '"1"\t"a"\n'],
    ['OPTIONALLY quotes strings', { quote: '"', optionally: true }, [n, s], ['1', 'a'], '1\t"a"\n'],
    [
      '* OPTIONALLY means nothing without field terminator',
      { field: '', quote: '"', optionally: true },
      [n, n, s],
      ['-1', '1e30', SERVER],
      '"-1""1e30""a+b\tc\\"d0\\\\x\\\ny"\n',
    ],
    [
      'the BIT of MySQL 9 is quoted as a string',
      { field: ',', quote: '"', optionally: true },
      [n, b],
      ['1', '"'],
      '1,"\\""\n',
    ],
    [
      'the BIT of MySQL 9 counts as a number, and with one a digit as field terminator stays',
      { field: '5' },
      [b, s],
      ['5\t', '5\\'],
      '5\t55\\\\\n',
    ],
    [
      'the BIT of MySQL 9 is no string, and only with one a letter as field terminator stays',
      { field: 't' },
      [b, n],
      ['t\0', '1'],
      'tt\\0t1\n',
    ],
    ['numbers are not escaped', { line: '5' }, [n], ['1525'], '15255'],
    [
      'numbers are escaped if the separator may be part of one',
      { field: '.', quote: '5' },
      [n],
      ['1525'],
      '51\\52\\55\n',
    ],
    [
      'only the first byte of a separator counts',
      { field: 'xy', line: '\r\n' },
      [s],
      ['xy\r\n'],
      '\\xy\\\r\n\r\n',
    ],
    ['a letter as quote is doubled', { quote: 'n', escape: '\\' }, [s], ['an\tn\\'], 'nann\tnn\\\\n\n'],
    ['a letter as field terminator stays', { field: 't' }, [s, s], ['at', 'b\n'], 'attb\\\n\n'],
    [
      'a digit as field terminator stays if there are bare numbers',
      { field: '5' },
      [n, s],
      ['1', 'a5\n'],
      '15a5\\\n\n',
    ],
    ['a digit as field terminator is escaped without numbers', { field: '5' }, [s, s], ['5', 'b'], '\\55b\n'],
    [
      '* + may be part of a number',
      { field: '+' },
      [n, n, s],
      ['-1', '1e30', SERVER],
      '-1+1e30+a+b\tc"d0\\\\x\\\ny\n',
    ],
    [
      '* + as quote is escaped',
      { field: ',', quote: '+' },
      [n, n, s],
      ['-1', '1e30', SERVER],
      '+-1+,+1e30+,+a\\+b\tc"d0\\\\x\\\ny+\n',
    ],
    [
      '* NUL as field terminator stays',
      { field: '\0' },
      [n, n, s],
      ['-1', '1e30', SERVER],
      '-1\x001e30\0a+b\tc"d0\\\\x\\\ny\n',
    ],
    [
      '* NUL as quote is doubled to NUL and 0',
      { field: ',', quote: '\0' },
      [n, s],
      ['-1', 'z\0z'],
      '\0-1\0,\0z\x000z\0\n',
    ],
    [
      'NUL as quote, in a bare number',
      { quote: '\0', optionally: true },
      [n, s],
      ['\0', 'a'],
      '\x000\t\0a\0\n',
    ],
    [
      '* NUL as escape character',
      { field: ',', quote: '"', escape: '\0' },
      [n, s],
      [null, 'z\0z"'],
      '\0N,"z\x000z\0""\n',
    ],
    [
      'an empty line terminator is the field terminator',
      { field: ',', line: '' },
      [s, s],
      ['a', 'b\n,'],
      'a,b\n\\,,',
    ],
    ['LINES STARTING BY comes before every row', { start: '>>' }, [s], ['>'], '>>>\n'],
    [
      'a non-ASCII quote is written whole',
      { quote: '\xc2\xa7' },
      [of('single')],
      ['\xc2'],
      '\xc2\xa7\\\xc2\xc2\xa7\n',
    ],
    [
      'a character that holds a separator is skipped whole',
      { quote: '\xc2\xa7' },
      [s],
      ['\xc2\xa7\xc2'],
      '\xc2\xa7\xc2\xa7\\\xc2\xc2\xa7\n',
    ],
    ['sjis: second byte 0x5C', {}, [of('sjis')], ['\x83\x5c\x5c\x83'], '\x83\x5c\\\\\x83\n'],
    ['gbk: second byte 0x5C', {}, [of('gbk')], ['\xaa\x5c\n'], '\xaa\x5c\\\n\n'],
    [
      'gb18030: four bytes hold digits',
      { field: '0' },
      [of('gb18030')],
      ['\x81\x30\x81\x300'],
      '\x81\x30\x81\x300\n',
    ],
    ['ucs2: no NUL is escaped', {}, [of('ucs2')], ['\0a\0\t\0'], '\0a\0\t\\0\n'],
    ['utf16: a surrogate pair', {}, [of('utf16')], ['\xd8\x0a\xdc\x09'], '\xd8\x0a\xdc\x09\n'],
    ['utf16le: a surrogate pair', {}, [of('utf16le')], ['\x0a\xd8\x09\xdc'], '\x0a\xd8\x09\xdc\n'],
    ['utf32', {}, [of('utf32')], ['\0\0\0\t\0'], '\0\0\0\t\\0\n'],
    ['ujis: three bytes', { field: '\xa7' }, [of('ujis')], ['\x8f\xa1\xa7\xa7'], '\x8f\xa1\xa7\\\xa7\n'],
  ]
  test.each(cases)('%s', (_rule, options, cols, row, expected) => {
    const values = row.map(value => (value === null ? null : bytes(value)))
    expect(encodeExactly(textForm(cols, layoutOf(options)), values)).toBe(expected)
    expect(referenceRow(cols, layoutOf(options), values)).toBe(expected)
  })

  test('the header has the names as strings', () => {
    const cols = [n, { ...s, name: bytes('a\tb"') }]
    const quoted = layoutOf({ field: ',', quote: '"', optionally: true, start: '#' })
    expect(latin1(textForm(cols, quoted).header)).toBe('#"n","a\tb\\""\n')
    expect(latin1(textForm(cols, DEFAULT_TEXT_LAYOUT).header)).toBe('n\ta\\\tb"\n')
  })
})
