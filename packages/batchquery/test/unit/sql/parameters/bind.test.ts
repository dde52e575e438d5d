import { describe, expect, it } from 'vitest'
import {
  bindParameters,
  type Dialect,
  type ParameterDeclaration,
  splitStatements,
  usedParameters,
} from '../../../../src/sql/index.ts'
import { DIALECTS } from '../tokens.ts'

const declare = (declaration: string): ParameterDeclaration => {
  const [, type, brackets] = /^(\w+)(\[\])?$/.exec(declaration) ?? []
  if (
    type !== 'text' &&
    type !== 'int' &&
    type !== 'decimal' &&
    type !== 'date' &&
    type !== 'json' &&
    type !== 'secret'
  )
    throw new Error(`no type ${declaration}`)
  return { name: 'x', type, isList: brackets !== undefined, defaultText: null, line: 1 }
}

const bind = (declaration: string, given: string, dialect: Dialect = 'mysql') =>
  bindParameters({ declarations: [declare(declaration)], used: new Map(), dialect }, { x: given }).get('x')
    ?.items

describe('values', () => {
  it.each<[string, string, string[]]>([
    ['text', '', ['']],
    ['text', " it's\n", [" it's\n"]],
    ['text', '😀\ufeff', ['😀\ufeff']],
    ['secret', 'a,b', ['a,b']],
    ['int', '42', ['42']],
    ['int', ' +007\n', ['7']],
    ['int', '-0', ['-0']],
    ['int', `${'0'.repeat(80)}${'9'.repeat(38)}`, ['9'.repeat(38)]],
    ['decimal', '1', ['1']],
    ['decimal', '-012.500', ['-12.500']],
    ['decimal', '.5', ['0.5']],
    ['decimal', '5.', ['5']],
    ['date', '2026-11-23', ['2026-11-23']],
    ['date', '2024-02-29T23:59', ['2024-02-29 23:59:00']],
    ['date', '0001-01-01 00:00:00.123456', ['0001-01-01 00:00:00.123456']],
    ['json', ' {"a": 1e400, "b": 12345678901234567890} ', ['{"a": 1e400, "b": 12345678901234567890}']],
    ['text[]', 'a, b,,c', ['a', ' b', '', 'c']],
    ['text[]', ' ["a,b", "c\\"]", "", 1.50]', ['a,b', 'c"]', '', '1.50']],
    ['int[]', '1, 2 ,-3', ['1', '2', '-3']],
    ['int[]', '[12345678901234567890, "2"]', ['12345678901234567890', '2']],
    ['date[]', '2026-01-01,2026-01-02', ['2026-01-01', '2026-01-02']],
    ['json[]', '[{"a":[1,2],"b":"]}"}, "x,y", null,1.0]', ['{"a":[1,2],"b":"]}"}', '"x,y"', 'null', '1.0']],
  ])('%s %j', (declaration, given, expected) => {
    for (const dialect of DIALECTS) expect(bind(declaration, given, dialect)).toEqual(expected)
  })

  it.each([
    ['int', '1.0', 'expected a whole number such as 42, found "1.0"'],
    ['int', '1_000', 'expected a whole number such as 42, found "1_000"'],
    ['int', '', 'expected a whole number such as 42, found ""'],
    ['int', '１', 'expected a whole number such as 42, found "１"'],
    [
      'int',
      '9'.repeat(66),
      `expected a whole number such as 42, of at most 65 digits, found "${'9'.repeat(40)}..."`,
    ],
    ['decimal', '1e5', 'expected a decimal number such as 12.50, found "1e5"'],
    ['decimal', '1,5', 'expected a decimal number such as 12.50, found "1,5"'],
    ['decimal', '.', 'expected a decimal number such as 12.50, found "."'],
    ['decimal', 'NaN', 'expected a decimal number such as 12.50, found "NaN"'],
    [
      'date',
      '2026-02-29',
      'expected a date such as 2026-11-23, or 2026-11-23 10:00:00, of a day in the calendar, found "2026-02-29"',
    ],
    [
      'date',
      '0000-00-00',
      'expected a date such as 2026-11-23, or 2026-11-23 10:00:00, of a day in the calendar, found "0000-00-00"',
    ],
    [
      'date',
      '2026-01-01 24:00',
      'expected a date such as 2026-11-23, or 2026-11-23 10:00:00, of a time from 00:00:00 to 23:59:59, found "2026-01-01 24:00"',
    ],
    ['date', '23.11.2026', 'expected a date such as 2026-11-23, or 2026-11-23 10:00:00, found "23.11.2026"'],
    ['json', "{'a':1}", `expected a JSON value such as {"a":1}, "text" or 5, found "{'a':1}"`],
    ['text', 'a\ud83d', 'expected text without half a Unicode surrogate pair, found "a\\ud83d"'],
    ['text[]', '', 'expected at least one item, such as a,b, found ""'],
    ['int[]', ' ', 'expected at least one item, such as a,b, found " "'],
    ['int[]', '[]', 'expected at least one item, such as a,b, found "[]"'],
    ['int[]', '1,,2', 'expected a whole number such as 42, found "1,,2"'],
    ['text[]', '[a]', 'expected a JSON array such as ["a","b"], found "[a]"'],
    ['text[]', '["a",null]', 'expected strings or numbers in the JSON array, found "[\\"a\\",null]"'],
    ['json[]', '{"a":1}', 'expected a JSON array such as ["a","b"], found "{\\"a\\":1}"'],
  ])('refuses %s %j', (declaration, given, message) => {
    expect(() => bind(declaration, given)).toThrowError(
      expect.objectContaining({ code: 'USAGE', message: `parameter x (${declaration}): ${message}` }),
    )
  })

  it('keeps what a dialect can hold', () => {
    expect(bind('text', 'a\0b')).toEqual(['a\0b'])
    expect(() => bind('text', 'a\0b', 'postgres')).toThrowError(/without the character NUL, which postgres/)
    expect(() => bind('text', 'a\0b', 'duckdb')).toThrowError(/without the character NUL, which duckdb/)
    expect(() => bind('decimal', `1.${'1'.repeat(38)}`, 'duckdb')).toThrowError(/at most 38 digits/)
  })

  it('does not show a secret', () => {
    expect(() => bind('secret[]', '["hunter2",{}]')).toThrowError(
      /^(?!.*hunter2).*found another value \(not shown\)$/,
    )
  })
})

describe('bindParameters', () => {
  const sql = 'SELECT :day,\n :region, :"x", :: int; CREATE PROCEDURE p() SELECT :inside; SELECT :day, :size'
  const used = usedParameters(splitStatements(sql, 'mysql'), 'mysql')
  const declarations = [
    { ...declare('date'), name: 'day', line: 3 },
    { ...declare('int'), name: 'size', defaultText: '7' },
    { ...declare('text'), name: 'unused', line: 5 },
  ]
  const needs = { declarations, used, dialect: 'mysql' } as const

  it('takes what is given, then defaults; undeclared parameters are text', () => {
    const values = bindParameters(needs, { day: '2026-11-23', region: 'EU', unused: '' })
    expect([...values.values()]).toEqual([
      { name: 'day', type: 'date', items: ['2026-11-23'] },
      { name: 'size', type: 'int', items: ['7'] },
      { name: 'unused', type: 'text', items: [''] },
      { name: 'region', type: 'text', items: ['EU'] },
    ])
  })

  it('names all that is missing', () => {
    expect(() => bindParameters(needs, { unused: '' })).toThrowError(
      expect.objectContaining({
        code: 'MISSING_PARAMETER',
        message: 'the run has no value for day (declared in line 3), region (used at line 2, column 2)',
      }),
    )
  })

  it.each(['dya', 'inside', '__proto__', ''])('refuses %j, which the task does not know', name => {
    expect(() => bindParameters(needs, Object.fromEntries([[name, 'x']]))).toThrowError(
      expect.objectContaining({
        code: 'USAGE',
        message: `the task has no parameter ${JSON.stringify(name)}`,
        hint: 'Its parameters are day, size, unused, region. Write a parameter as :name in a statement, or declare it with -- @param.',
      }),
    )
  })
})
