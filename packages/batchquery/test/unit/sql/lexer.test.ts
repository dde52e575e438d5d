import { describe, expect, it } from 'vitest'
import { type Dialect, Lexer } from '../../../src/sql/index.ts'
import { tokenize } from './tokens.ts'

const SHORT_KINDS = { word: 'w', identifier: 'i', string: 's', number: 'n', operator: 'o', comment: 'c' }
const shortKind = (kind: string): string => new Map(Object.entries(SHORT_KINDS)).get(kind) ?? kind

/** `kind text` of every token, with one letter for the frequent kinds. */
const tokens = (sql: string, dialect: Dialect): string[] =>
  tokenize(sql, dialect).map(({ kind, start, end }) => `${shortKind(kind)} ${sql.slice(start, end)}`)

const parameters = (sql: string, dialect: Dialect): string[] =>
  tokenize(sql, dialect)
    .filter(({ kind }) => kind === 'parameter')
    .map(({ start, end }) => sql.slice(start, end))

describe('mysql tokens', () => {
  it.each<[string, string[]]>([
    [`'a''b' 'a\\'b' "a""b" "a\\"b"`, [`s 'a''b'`, `s 'a\\'b'`, `s "a""b"`, `s "a\\"b"`]],
    [`'\\\\' ';'`, [`s '\\\\'`, `s ';'`]],
    ['`a``b` `"`', ['i `a``b`', 'i `"`']],
    [`X'2C' x'2c' b'01' N'ä\\'' 0x2C 0b1`, [`s X'2C'`, `s x'2c'`, `s b'01'`, `s N'ä\\''`, 'n 0x2C', 'n 0b1']],
    [`_utf8mb4'x' ax'y'`, ['w _utf8mb4', `s 'x'`, 'w ax', `s 'y'`]],
    [
      "@x @@x @`a;b` @'c' @ x",
      ['variable @x', 'variable @@x', 'variable @`a;b`', "variable @'c'", 'o @', 'w x'],
    ],
    ['@x:=1 a::b', ['variable @x', 'o :=', 'n 1', 'w a', 'o ::', 'w b']],
    [
      '1 -- c\n2 --\n3 --x 4--5',
      ['n 1', 'c -- c', 'n 2', 'c --', 'n 3', 'o -', 'o -', 'w x', 'n 4', 'o -', 'o -', 'n 5'],
    ],
    ['1 # c;\r\n2 --', ['n 1', 'c # c;\r', 'n 2', 'c --']],
    ['1/* /* */2*/3', ['n 1', 'c /* /* */', 'n 2', 'o *', 'o /', 'n 3']],
    [
      '/*!50003 a */ /*!b*/ /*M!100101 c*//*!5*/',
      [
        'executable /*!50003',
        'w a',
        'executable */',
        'executable /*!',
        'w b',
        'executable */',
        'executable /*M!100101',
        'w c',
        'executable */',
        'executable /*!',
        'n 5',
        'executable */',
      ],
    ],
    [`/*! a /* b */ '*/' */`, ['executable /*!', 'w a', 'c /* b */', `s '*/'`, 'executable */']],
    ['/*+ NO_INDEX(t) */ /**/', ['c /*+ NO_INDEX(t) */', 'c /**/']],
    [
      '1st $a a$ 1e5 1e 1.5e-3 .5 t.1 1.',
      ['w 1st', 'w $a', 'w a$', 'n 1e5', 'w 1e', 'n 1.5e-3', 'n .5', 'w t', 'o .', 'n 1', 'n 1.'],
    ],
    ['größe 表 😀', ['w größe', 'w 表', 'w 😀']],
    ['\ufeffSELECT 1;', ['w SELECT', 'n 1', 'delimiter ;']],
  ])('%j', (sql, expected) => {
    expect(tokens(sql, 'mysql')).toEqual(expected)
  })
})

describe('tokens of postgres and duckdb', () => {
  it.each<[string, string[]]>([
    [`'a\\' 'b''c'`, [`s 'a\\'`, `s 'b''c'`]],
    [
      `E'a\\'' e'\\\\' U&'d\\' u&"e\\" N'x\\' B'1' X'2'`,
      [`s E'a\\''`, `s e'\\\\'`, `s U&'d\\'`, 'i u&"e\\"', `s N'x\\'`, `s B'1'`, `s X'2'`],
    ],
    [`E'a'\n'b\\'c' 'd\\'`, [`s E'a'`, `s 'b\\'c'`, `s 'd\\'`]],
    [`E'a' -- x\r'b\\'c'`, [`s E'a'`, 'c -- x', `s 'b\\'c'`]],
    [`E'a' + 'b\\'`, [`s E'a'`, 'o +', `s 'b\\'`]],
    ['"a""b" "c;d"', ['i "a""b"', 'i "c;d"']],
    ["$$a'b;$$ $t$ $$ $u$ $t$ $é$x$é$", ["s $$a'b;$$", 's $t$ $$ $u$ $t$', 's $é$x$é$']],
    ['$1 $2::int a$$b $', ['placeholder $1', 'placeholder $2', 'o ::', 'w int', 'w a$$b', 'o $']],
    ['1 /* a /* ; */ b */ 2--3', ['n 1', 'c /* a /* ; */ b */', 'n 2', 'c --3']],
    ['1 --x\r2 /*!3*/', ['n 1', 'c --x', 'n 2', 'c /*!3*/']],
    ['a #>> b @> c', ['w a', 'o #', 'o >', 'o >', 'w b', 'o @', 'o >', 'w c']],
    ['*/**/ 1_000 0xFF 1a', ['o *', 'c /**/', 'n 1_000', 'n 0xFF', 'n 1', 'w a']],
  ])('%j', (sql, expected) => {
    expect(tokens(sql, 'postgres')).toEqual(expected)
    expect(tokens(sql, 'duckdb')).toEqual(expected)
  })

  it('reads Unicode spaces as spaces only on duckdb', () => {
    expect(tokens('a\u00a0b\u3000c', 'duckdb')).toEqual(['w a', 'w b', 'w c'])
    expect(tokens('a\u00a0b\u3000c', 'postgres')).toEqual(['w a\u00a0b\u3000c'])
  })

  it('reads #1 as an operator and a number', () => {
    expect(tokens('SELECT #1', 'duckdb')).toEqual(['w SELECT', 'o #', 'n 1'])
  })
})

describe('parameters', () => {
  it.each<[string, string[]]>([
    ['SELECT :a, (:b) + :c1_d', [':a', ':b', ':c1_d']],
    ["SELECT ':a', ':b' -- :c\n/* :d */", []],
    ['WHERE a=:a AND b IN(:b,:c) LIMIT:d', [':a', ':b', ':c', ':d']],
    ['SELECT x::int, :x::int, x:: int', [':x']],
    ['SELECT :1, : a, a :b', [':b']],
    ['label:BEGIN', []],
  ])('in every dialect: %j', (sql, expected) => {
    for (const dialect of ['mysql', 'postgres', 'duckdb'] as const) {
      expect(parameters(sql, dialect)).toEqual(expected)
    }
  })

  it.each<[Dialect, string, string[]]>([
    ['mysql', 'SET @a:=:b, @c := :d', [':b', ':d']],
    ['mysql', '/*!50000 :a */ `:b` ":c" # :d', [':a']],
    ['mysql', "SELECT {d :x}, a->'$.b' = :y", [':x', ':y']],
    ['postgres', "\":a\" $$:b$$ $t$ :c $t$ E'\\':d' :e", [':e']],
    ['postgres', 'SELECT a[1:n], a[:n], a[lo :hi], a[(:i)], f(x)[:n], a[b[:n]:c]', [':i']],
    ['postgres', 'SELECT ARRAY[:a, :b], ARRAY[[:c]], (ARRAY[1])[:d]', [':a', ':b', ':c']],
    ['postgres', "SELECT json_object('a':b, 'c': :d)", [':d']],
    ['duckdb', "SELECT {'a':b, 'c': :d, e:{f: :g}}, MAP {:k: :v}", [':d', ':g', ':k', ':v']],
    ['duckdb', 'SELECT [:a, :b], l[:n], l[1:n:s] WHERE x IN [:c]', [':a', ':b', ':c']],
    ['duckdb', 'SELECT total:price, list_transform(l, lambda x:x + :y)', [':y']],
  ])('%s %j', (dialect, sql, expected) => {
    expect(parameters(sql, dialect)).toEqual(expected)
  })
})

describe('keywords', () => {
  it('ignores case, quotes and names after a dot', () => {
    const lexer = new Lexer('SeLect t.select `select` @select ſelect', 'mysql')
    const keywords: string[] = []
    while (lexer.next()) keywords.push(lexer.keyword)
    expect(keywords).toEqual(['SELECT', 'T', '', '', '', '', 'ſELECT'])
  })
})

describe('export clause', () => {
  it.each(['postgres', 'duckdb'] as const)('has the strings of mysql on %s, up to FROM', dialect => {
    const sql = `'\\' into /* c */ OUTFILE S3 'a\\'b' ENCLOSED BY "\\"" -- c\n X'2C' FROM "t", '\\'`
    expect(tokens(sql, dialect)).toEqual([
      `s '\\'`,
      'w into',
      'c /* c */',
      'w OUTFILE',
      'w S3',
      `s 'a\\'b'`,
      'w ENCLOSED',
      'w BY',
      `s "\\""`,
      'c -- c',
      `s X'2C'`,
      'w FROM',
      'i "t"',
      'o ,',
      `s '\\'`,
    ])
  })

  it.each([
    `t.into outfile s3 "a"`,
    `into outfile t.s3 "a"`,
    `into "outfile" s3 "a"`,
    'into outfile s3 ; "a"',
  ])('does not start or has ended: %s', sql => {
    expect(tokens(sql, 'postgres').at(-1)).toBe('i "a"')
  })
})

describe('what is never closed', () => {
  it.each<[Dialect, string, string]>([
    [
      'mysql',
      `SELECT\n  'abc`,
      `line 2, column 3: expected the closing ' of "'abc", found the end of the text`,
    ],
    [
      'mysql',
      `SELECT 😀 'a\\'`,
      `line 1, column 10: expected the closing ' of "'a\\\\'", found the end of the text`,
    ],
    [
      'mysql',
      '\ufeff`a\r\n\r\nb',
      'line 1, column 1: expected the closing ` of "`a\\r\\n\\r\\nb", found the end of the text',
    ],
    [
      'mysql',
      '1\r\n\r\n/*! a',
      'line 3, column 1: expected the closing */ of "/*! a", found the end of the text',
    ],
    ['mysql', 'SELECT @`a', 'line 1, column 8: expected the closing ` of "@`a", found the end of the text'],
    [
      'postgres',
      'a /* /* */',
      'line 1, column 3: expected the closing */ of "/* /* */", found the end of the text',
    ],
    [
      'postgres',
      'a\r$x$ $X$',
      'line 2, column 1: expected the closing $x$ of "$x$ $X$", found the end of the text',
    ],
    ['duckdb', '"', `line 1, column 1: expected the closing " of "\\"", found the end of the text`],
  ])('%s %j', (dialect, sql, message) => {
    expect(() => tokenize(sql, dialect)).toThrowError(
      expect.objectContaining({
        code: 'SQL_SYNTAX',
        message,
        hint: expect.stringContaining('Close it with '),
      }),
    )
  })
})
