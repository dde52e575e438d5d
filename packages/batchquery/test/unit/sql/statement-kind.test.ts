import { describe, expect, it } from 'vitest'
import { type Dialect, isQuery, statementKeyword } from '../../../src/sql/index.ts'
import { DIALECTS } from './tokens.ts'

describe('statementKeyword', () => {
  it.each([
    ['', ''],
    ["'x'", ''],
    ['-- c\n select 1', 'SELECT'],
    ['((SELECT 1) UNION (SELECT 2))', 'SELECT'],
    ['Create Table t AS SELECT 1', 'CREATE'],
    ['WITH a AS (INSERT INTO t VALUES (1)), b (c) AS (SELECT 2) SELECT * FROM b', 'SELECT'],
    ['WITH RECURSIVE a AS (SELECT 1) DELETE FROM t', 'DELETE'],
    ['with update as (select 1), insert as (select 2) insert into t select 1', 'INSERT'],
    ['WITH a AS (SELECT 1) (SELECT * FROM a)', 'SELECT'],
    ['VALUES (1)', 'VALUES'],
  ])('%j is %s', (sql, keyword) => {
    for (const dialect of DIALECTS) expect(statementKeyword(sql, dialect)).toBe(keyword)
  })

  it('reads into an executable comment', () => {
    expect(statementKeyword('/*!50000 SELECT */ 1', 'mysql')).toBe('SELECT')
  })
})

describe('isQuery', () => {
  it.each<[string, readonly Dialect[]]>([
    ['SELECT 1', DIALECTS],
    ['TABLE t', DIALECTS],
    ['(VALUES (1))', DIALECTS],
    ['WITH a AS (SELECT 1) SELECT 1', DIALECTS],
    ['FROM t', ['duckdb']],
    ['PIVOT t ON a', ['duckdb']],
    ['WITH a AS (SELECT 1) UPDATE t SET a = 1', []],
    ['INSERT INTO t SELECT 1', []],
    ['SHOW TABLES', []],
    ['`SELECT` 1', []],
  ])('%s', (sql, dialects) => {
    expect(DIALECTS.filter(dialect => isQuery(sql, dialect))).toEqual(dialects)
  })
})
