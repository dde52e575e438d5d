import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Dialect,
  Lexer,
  type ParameterValue,
  parseExport,
  type StringRules,
  secretSpellings,
  splitStatements,
  substitute,
  usedParameters,
} from '../../../../src/sql/index.ts'
import { FILE_START } from '../../../../src/sql/position.ts'
import { cases } from '../../../setup/chance.ts'
import { DIALECTS } from '../tokens.ts'
import { hostileText } from './hostile.ts'
import { statementsOf, substituteIn } from './task.ts'

const TEXT = "O'\\\né😀"
const GIVEN: Readonly<Record<string, string>> = {
  't text': TEXT,
  'n int': '-5',
  'd decimal': '1.50',
  'day date': '2026-11-23',
  'at date': '2026-11-23 10:00:00.5',
  'j json': '{"a":"\\n"}',
  'ids int[]': '1,-2,3',
  'names text[]': "a,it's",
}
const DECLARED = Object.keys(GIVEN)
const VALUES = Object.fromEntries(Object.entries(GIVEN).map(([key, value]) => [key.split(' ')[0], value]))

describe('literals', () => {
  it.each<[string, string, Record<Dialect, string>]>([
    [
      'text',
      ':t',
      {
        mysql: "_utf8mb4 X'4F275C0AC3A9F09F9880'",
        postgres: "E'O''\\\\\\u000a\\u00e9\\U0001f600'",
        duckdb: "E'O''\\\\\\né😀'",
      },
    ],
    [
      'list',
      'x IN (:names)',
      {
        mysql: "x IN (_utf8mb4 X'61', _utf8mb4 X'69742773')",
        postgres: "x IN ('a', 'it''s')",
        duckdb: "x IN ('a', 'it''s')",
      },
    ],
    [
      'json',
      ':j',
      {
        mysql: "_utf8mb4 X'7B2261223A225C6E227D'",
        postgres: `E'{"a":"\\\\n"}'::jsonb`,
        duckdb: `'{"a":"\\n"}'::JSON`,
      },
    ],
  ])('%s', (_, expression, expected) => {
    for (const dialect of DIALECTS)
      expect(substituteIn(`SELECT ${expression}`, dialect, DECLARED, VALUES)).toBe(
        `SELECT ${expected[dialect]}`,
      )
  })

  it.each([
    ['1-:n, 1 - :d', '1- (-5), 1 - 1.50'],
    [':n::int, :d/2,2*:n', '(-5) ::int, 1.50 /2,2* (-5)'],
    ['x IN (:ids)', 'x IN (1, (-2), 3)'],
    [':day<=:at', "DATE '2026-11-23' <= TIMESTAMP '2026-11-23 10:00:00.5'"],
    ['\':n\', /* :n */ "x:n", x::n -- :n', '\':n\', /* :n */ "x:n", x::n -- :n'],
  ])('%s in every dialect', (expression, expected) => {
    for (const dialect of DIALECTS)
      expect(substituteIn(`SELECT ${expression}`, dialect, DECLARED, VALUES)).toBe(`SELECT ${expected}`)
  })

  it('do not touch a string after them', () => {
    expect(substituteIn("SELECT :t\n'b\\'", 'postgres', DECLARED, { ...VALUES, t: '\\' })).toBe(
      "SELECT E'\\\\' /**/\n'b\\'",
    )
  })
})

it('secretSpellings returns the spellings of the secrets among the values', () => {
  const values: ParameterValue[] = [
    { name: 'password', type: 'secret', items: ["pa'ss"] },
    { name: 'none', type: 'secret', items: [''] },
    { name: 'day', type: 'text', items: ['today'] },
  ]
  const byName = new Map(values.map(value => [value.name, value]))
  const spellings = (dialect: Dialect) => Object.fromEntries(secretSpellings(byName, dialect))
  expect(spellings('mysql')).toEqual({ "pa'ss": ['7061277373'], '': [] })
  expect(spellings('postgres')).toEqual({ "pa'ss": ["pa''ss", '7061277373'], '': [] })
})

describe('statements', () => {
  it.each<[Dialect, string]>([
    ['mysql', 'CREATE DEFINER=`a`@`b` PROCEDURE p() BEGIN l1: LOOP SELECT :n; LEAVE l1; END LOOP; END'],
    ['mysql', 'CREATE OR REPLACE TRIGGER t BEFORE INSERT ON x FOR EACH ROW SET NEW.a = :n'],
    ['mysql', 'ALTER EVENT e DO SELECT :n'],
    ['postgres', 'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT :n; END'],
    ['postgres', 'DO $$ BEGIN PERFORM :n; END $$'],
    ['duckdb', 'CREATE MACRO f(a) AS a + :n'],
  ])('%s: the body of a routine stays unchanged: %s', (dialect, sql) => {
    expect(usedParameters(splitStatements(sql, dialect), dialect)).toEqual(new Map())
    expect(substituteIn(sql, dialect, DECLARED, VALUES)).toBe(sql)
  })

  it.each([
    'CREATE TABLE f AS SELECT :n AS function',
    'CREATE VIEW procedure AS SELECT :n',
    'BEGIN NOT ATOMIC SELECT :n; END',
  ])('%s is no routine', sql => {
    expect(substituteIn(sql, 'mysql', DECLARED, VALUES)).toBe(sql.replace(':n', '(-5)'))
  })

  it('keep their place in the file', () => {
    const sql = 'SELECT 1;\n  -- note\n SELECT :t,\n FROM FROM :t INTO OUTFILE S3 5'
    const [, statement] = splitStatements(sql, 'mysql')
    if (statement === undefined) throw new Error('no statement')
    const values = new Map([['t', { name: 't', type: 'text', items: ['\n\n\n'] } as const]])
    const substituted = substitute(statement, values, 'mysql')
    expect(substituted).toEqual({ ...statement, text: substituted.text })
    expect(substituted).toMatchObject({ line: 3, column: 2 })
    expect(() => parseExport(substituted, 'mysql')).toThrowError(
      /^line 4, column \d+: expected a string after INTO/,
    )
    expect(() => substitute(statement, new Map(), 'mysql')).toThrowError(
      expect.objectContaining({
        code: 'MISSING_PARAMETER',
        message: 'line 3, column 9: parameter t has no value',
      }),
    )
  })
})

describe('exports', () => {
  it('join a value with the strings next to it', () => {
    const query =
      "SELECT :t AS t INTO OUTFILE S3 's3://b/day=' :day '/' MAXFILESIZE :size MB FIELDS TERMINATED BY :t2 FROM x WHERE d=:day"
    for (const dialect of DIALECTS) {
      const sql = `-- @param day date = 2026-11-23\n-- @param size int = 64\n;${query}`
      const [text = ''] = statementsOf(sql, { t: 'a', t2: "'\\" }, dialect)
      const [statement] = splitStatements(text, dialect)
      expect(statement && parseExport(statement, dialect)).toMatchObject({
        destination: 's3://b/day=2026-11-23/',
        maxFileSize: 64 * 2 ** 20,
        fields: { terminatedBy: Buffer.from("'\\") },
        query: `SELECT ${dialect === 'mysql' ? "_utf8mb4 X'61'" : "'a'"} AS t  FROM x WHERE d= DATE '2026-11-23'`,
      })
    }
  })

  it('take any text as destination', () => {
    fc.assert(
      fc.property(hostileText, fc.constantFrom(...DIALECTS), (tail, dialect) => {
        const destination = `s3://b/${tail}`
        const [text = ''] = statementsOf(
          'SELECT 1 INTO OUTFILE S3 :to FORMAT CSV',
          { to: destination },
          dialect,
        )
        const [statement, ...others] = splitStatements(text, dialect)
        expect(others).toEqual([])
        expect(statement && parseExport(statement, dialect)).toMatchObject({ destination, format: 'CSV' })
      }),
      { numRuns: cases(2000) },
    )
  })
})

const BOOLEANS = [true, false]
const ALL_RULES: readonly StringRules[] = BOOLEANS.flatMap(backslashEscapes =>
  BOOLEANS.map(doubleQuotedStrings => ({ backslashEscapes, doubleQuotedStrings })),
)
const kinds = (sql: string, dialect: Dialect, rules: StringRules): string[] => {
  const lexer = new Lexer(sql, dialect, FILE_START, rules)
  const found: string[] = []
  while (lexer.next()) found.push(lexer.kind === 'word' ? lexer.text : lexer.kind)
  return found
}

it('substitute writes one literal for any text, on one line, under all settings of the session', () => {
  fc.assert(
    fc.property(hostileText, fc.constantFrom(...DIALECTS), (text, dialect) => {
      const substituted = substituteIn('SELECT:v/**/FROM x', dialect, [], { v: text })
      expect(substituted).not.toMatch(/[\n\r]/)
      const literal = dialect === 'mysql' ? ['_utf8mb4', 'string'] : ['string']
      for (const rules of dialect === 'duckdb'
        ? [{ backslashEscapes: false, doubleQuotedStrings: false }]
        : ALL_RULES)
        expect(kinds(substituted, dialect, rules)).toEqual(['SELECT', ...literal, 'comment', 'FROM', 'x'])
    }),
    { numRuns: cases(5000) },
  )
})
