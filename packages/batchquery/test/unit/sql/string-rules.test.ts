import { describe, expect, it } from 'vitest'
import {
  type Dialect,
  parseExport,
  splitStatements,
  stringRulesOf,
  usedParameters,
} from '../../../src/sql/index.ts'

const shown = (rules: { doubleQuotedStrings: boolean; backslashEscapes: boolean }): string =>
  [rules.doubleQuotedStrings ? 'strings' : 'identifiers', rules.backslashEscapes ? 'escapes' : 'plain'].join()

describe('stringRulesOf', () => {
  it.each<[Dialect, string, string]>([
    ['mysql', '', 'strings,escapes'],
    ['mysql', 'STRICT_TRANS_TABLES,ANSI_QUOTES', 'identifiers,escapes'],
    ['mysql', 'ansi', 'identifiers,escapes'],
    ['mysql', 'no_backslash_escapes, oracle', 'identifiers,plain'],
    ['mysql', '4', 'identifiers,escapes'],
    ['mysql', '1048580', 'identifiers,plain'],
    ['postgres', 'on', 'identifiers,plain'],
    ['postgres', 'off', 'identifiers,escapes'],
    ['duckdb', 'off', 'identifiers,plain'],
  ])('%s %j', (dialect, setting, expected) => {
    expect(shown(stringRulesOf(dialect, setting))).toBe(expected)
  })
})

describe('a statement that sets how strings are read', () => {
  it.each<[Dialect, string, string]>([
    ['mysql', "SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'", 'identifiers,plain'],
    ['mysql', "set @x = ',', SESSION autocommit = (1, 2), SQL_MODE := ANSI", 'identifiers,escapes'],
    ['mysql', '/*!40101 SET @OLD=@@SQL_MODE, SQL_MODE="ORACLE" */', 'identifiers,escapes'],
    ['mysql', "SET @@session.sql_mode='NO_BACKSLASH_ESCAPES'", 'strings,plain'],
    ['mysql', "SET @@sql_mode='ANSI_QUOTES'", 'identifiers,escapes'],
    ['mysql', "SET LOCAL `sql_mode`='ANSI_QUOTES'", 'identifiers,escapes'],
    ['mysql', "SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')", 'identifiers,escapes'],
    ['mysql', 'SET sql_mode = 4', 'identifiers,escapes'],
    ['mysql', "SET sql_mode = 'ANSI'; SET sql_mode = DEFAULT", 'strings,escapes'],
    ['mysql', "SET sql_mode = 'ANSI'; SET sql_mode = @old", 'identifiers,escapes'],
    ['mysql', "SET sql_mode = 'ANSI'; SET SQL_MODE = ''", 'strings,escapes'],
    ['mysql', "SET GLOBAL sql_mode = 'ANSI'; SET @@global.sql_mode='ANSI'", 'strings,escapes'],
    ['mysql', "SET GLOBAL x = 1, sql_mode = 'ANSI'", 'strings,escapes'],
    ['mysql', "SET @sql_mode = 'ANSI'; SELECT @sql_mode = 'ANSI'", 'strings,escapes'],
    ['mysql', 'SET standard_conforming_strings = off', 'strings,escapes'],
    ['postgres', 'SET standard_conforming_strings TO off', 'identifiers,escapes'],
    ['postgres', "set local Standard_Conforming_Strings = 'false'", 'identifiers,escapes'],
    [
      'postgres',
      'SET standard_conforming_strings=0; SET SESSION standard_conforming_strings=DEFAULT',
      'identifiers,plain',
    ],
    ['postgres', "SET sql_mode = 'ANSI'", 'identifiers,plain'],
  ])('%s: %s', (dialect, sql, expected) => {
    expect(splitStatements(`${sql}; SELECT 1`, dialect).at(-1)?.stringRules).toMatchObject({
      doubleQuotedStrings: expected.startsWith('strings'),
      backslashEscapes: expected.endsWith('escapes'),
    })
  })

  it('changes how the rest of the file is split and read', () => {
    const sql = [
      `SELECT 'a\\';', :one, "b";`,
      "SET sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES';",
      `SELECT 'a\\', "it's", @'x\\', :two, @"y'" ;`,
      `SELECT '\\' AS "'" INTO OUTFILE S3 's3://b/\\it''s' FROM t;`,
      "SET sql_mode = '';",
      `SELECT "\\";", :three`,
    ].join('\n')
    const statements = splitStatements(sql, 'mysql')
    expect(statements).toHaveLength(6)
    expect([...usedParameters(statements, 'mysql').keys()]).toEqual(['one', 'two', 'three'])
    const [, , , exported] = statements
    expect(exported && parseExport(exported, 'mysql')?.destination).toBe("s3://b/\\it's")
  })

  it('starts from what the session says', () => {
    const rules = stringRulesOf('mysql', 'NO_BACKSLASH_ESCAPES')
    const texts = splitStatements(
      "SELECT '\\'; SELECT '\\'; SET sql_mode=DEFAULT; SELECT '\\'",
      'mysql',
      rules,
    )
    expect(texts.map(({ text }) => text)).toEqual([
      "SELECT '\\'",
      "SELECT '\\'",
      'SET sql_mode=DEFAULT',
      "SELECT '\\'",
    ])
  })
})
