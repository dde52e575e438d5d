import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tokensOf } from '../../../src/console/server/highlight.ts'
import type { Dialect } from '../../../src/sql/index.ts'
import { cases } from '../../setup/chance.ts'

const DIALECTS: readonly Dialect[] = ['mysql', 'postgres', 'duckdb']

const textOf = (sql: string, dialect: Dialect): string =>
  tokensOf(sql, dialect, new Map())
    .map(({ text }) => text)
    .join('')

test.each(DIALECTS)('the tokens of any text are together the text in %s', dialect => {
  const piece = fc.constantFrom(
    "'",
    '"',
    '`',
    '--',
    '/*',
    '*/',
    '\n',
    ' ',
    ':a',
    '$$',
    'E',
    ';',
    '\\',
    '#',
    '\ufeff',
  )
  const sql = fc.array(fc.oneof(piece, fc.string({ unit: 'grapheme' })), { maxLength: 30 })
  fc.assert(
    fc.property(sql, pieces => {
      const text = pieces.join('')
      expect(textOf(text, dialect)).toBe(text)
    }),
    { numRuns: cases(300) },
  )
})

test('a parameter has its value, but not within a string or a comment', () => {
  const sql = "SELECT :day, ':day' -- :day\n, a::text, :other"
  const parameters = tokensOf(sql, 'postgres', new Map([['day', '<b>']])).filter(
    ({ kind }) => kind === 'parameter',
  )
  expect(parameters).toEqual([
    { kind: 'parameter', text: ':day', value: '<b>' },
    { kind: 'parameter', text: ':other', value: null },
  ])
})

test('the rest of a text is one token when a string is never closed, and when the text is long', () => {
  expect(tokensOf("SELECT 'a", 'mysql', new Map()).at(-1)).toEqual({ kind: 'word', text: " 'a" })
  const long = 'SELECT 1;\n'.repeat(100_000)
  expect(textOf(long, 'mysql')).toBe(long)
  expect(tokensOf(long, 'mysql', new Map()).length).toBeLessThan(200_000)
})
