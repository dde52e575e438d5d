import fc from 'fast-check'

/** Texts that end a string early in some dialect, mode or character set. */
const PIECES = [
  ...`' '' " "" \` \\ \\' \\\\ \\" /* */ -- # ; $$ $x$ E' X' ) ( , :p :: @@ % _ { } [ ]`.split(' '),
  ...[
    ' OR 1=1 -- ',
    "'); DROP TABLE t; --",
    '\\u0027',
    '\\x27',
    '\\0',
    '\n',
    '\r',
    '\r\n',
    '\t',
    '\b',
    '\x1a',
    ' ',
  ],
  // Characters whose last byte in GBK, Big5 or Shift_JIS is a backslash or a quote's neighbour, and halves of such.
  ...['縗', '誠', '許', '功', '表', 'ソ', '¿', '¥', '₩', '\u00bf\\', "\u00bf'", 'ÿ', '\x7f', '\x80', '\xa0'],
  ...[
    '’',
    '＇',
    'ʼ',
    '＼',
    '\u2028',
    '\u200b',
    '\ufeff',
    '\uffff',
    'é',
    'e\u0301',
    '😀',
    '\u{10ffff}',
    'ı',
    'ſ',
  ],
]

/** Short texts of what is dangerous, among it any character but NUL. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...PIECES) },
      fc.string({ unit: 'binary', maxLength: 4 }),
    ),
    {
      maxLength: 8,
    },
  )
  .map(pieces => pieces.join('').replaceAll('\0', ''))

/** The same, with NUL. */
export const hostileTextWithNul: fc.Arbitrary<string> = fc
  .tuple(hostileText, fc.constantFrom('', '', '', '\0'), hostileText)
  .map(parts => parts.join(''))
