import fc from 'fast-check'
import type { CharacterEncoding, TextLayout, TypedColumn } from '../../../src/format/index.ts'

/** The encodings in which a character of latin1 is one byte. */
export const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

/** First bytes that mean something: to LOAD DATA, in numbers, inside characters of several bytes. */
const MARKS = [
  '\t',
  '\n',
  '\\',
  '"',
  ',',
  '|',
  '@',
  '~',
  '\0',
  '\x80',
  '\x81',
  '\xa7',
  '\xc2',
  '\xe3',
  '\xff',
]
const mark = fc.constantFrom(...[...MARKS, ...'ntrb0ZNe.+-15x'].map(bytes))
const none = fc.constant(bytes(''))
const several = fc.array(mark, { minLength: 2, maxLength: 3 }).map(parts => Buffer.concat(parts))
const usually = (text: string) => ({ weight: 4, arbitrary: fc.constant(bytes(text)) })

/** Every combination of FIELDS and LINES but the fixed width. */
export const layouts: fc.Arbitrary<TextLayout> = fc
  .record({
    fieldsTerminatedBy: fc.oneof({ weight: 4, arbitrary: mark }, several, none, usually('\t')),
    enclosedBy: fc.oneof(none, mark, fc.constant(bytes('"')), fc.constant(bytes('\xc2\xa7'))),
    optionallyEnclosed: fc.boolean(),
    escapedBy: fc.oneof({ weight: 2, arbitrary: mark }, none, usually('\\')),
    linesStartingBy: fc.oneof(usually(''), several),
    linesTerminatedBy: fc.oneof(mark, several, none, usually('\n')),
  })
  .filter(layout => layout.fieldsTerminatedBy.length + layout.enclosedBy.length > 0)

/** Characters of each encoding, most with bytes that look like separators; some are none, but nearly. */
const CHARACTERS = {
  single: ['é', '\xff', 'x'],
  utf8: ['\xc2\xa7', '\xe3\x81\x82', '\xe3\x80\x80', '\xf0\x9f\x80\x8a', '\xe0\x80\xa7', '\xf4\x90\x80\xa7'],
  big5: ['\xa5\x5c', '\xa1\x40', '\xf9\xfe', '\xb3\x7c'],
  cp932: ['\x83\x5c', '\x81\x7c', '\xfc\x40', '\xb1'],
  euckr: ['\x81\x41', '\xfe\xfe', '\xb0\x5a', '\xc2\x6e'],
  gb18030: ['\x81\x30\x81\x30', '\xfe\x39\xfe\x39', '\x81\x5c', '\xe3\x7e'],
  gb2312: ['\xa1\xa7', '\xf7\xfe', '\xc2\xe3'],
  gbk: ['\x81\x5c', '\xaa\x5c', '\xfe\x7c', '\xc2\x40'],
  sjis: ['\x83\x5c', '\x95\x5c', '\xe3\x7c', '\xb1'],
  ucs2: ['\0a', '\x0a\x5c', '\x5c\0', '\x30\x09', '\xd8\x0a'],
  ujis: ['\x8e\xb1', '\x8f\xa1\xa7', '\xa4\xa2', '\xc2\xe3'],
  utf16: ['\0a', '\x0a\x5c', '\xd8\x0a\xdc\x5c', '\0\t', '\x5c\xd8'],
  utf16le: ['a\0', '\x5c\x0a', '\x0a\xd8\x5c\xdc', '\t\0', '\xd8\x5c'],
  utf32: ['\0\0\0a', '\0\x10\x0a\x5c', '\0\0\x5c\0', '\0\x01\t\n'],
} as const satisfies Record<CharacterEncoding, readonly string[]>

export const encodings = fc.constantFrom(
  'single',
  'utf8',
  'big5',
  'cp932',
  'euckr',
  'gb18030',
  'gb2312',
  'gbk',
  'sjis',
  'ucs2',
  'ujis',
  'utf16',
  'utf16le',
  'utf32',
)

export const columns: fc.Arbitrary<TypedColumn> = fc.record({
  name: fc.string({ unit: 'binary', maxLength: 12 }).map(name => Buffer.from(name)),
  isLarge: fc.integer({ min: 0, max: 9 }).map(dice => dice === 0),
  kind: fc.constantFrom('string', 'number', 'bits'),
  type: fc.constantFrom('text', 'text', 'binary'),
  encoding: encodings,
})

/** Bytes of an encoding: whole characters, cut ones, separators, any bytes, and runs long enough to be searched. */
export function values(encoding: CharacterEncoding): fc.Arbitrary<Buffer> {
  const character = fc.constantFrom(...CHARACTERS[encoding]).map(bytes)
  const cut = character.map(whole => whole.subarray(0, -1))
  const run = fc.integer({ min: 30, max: 300 }).map(length => Buffer.alloc(length, 'abcd'))
  const any = fc.uint8Array({ maxLength: 3 }).map(source => Buffer.from(source))
  const piece = fc.oneof({ weight: 4, arbitrary: character }, cut, { weight: 4, arbitrary: mark }, any, run)
  return fc.array(piece, { maxLength: 10 }).map(pieces => Buffer.concat(pieces))
}
