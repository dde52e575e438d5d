import { expect, test } from 'vitest'
import { type Dialect, splitStatements } from '../../../src/sql/index.ts'
import { definingStatement, surelyNeeded } from '../../../src/statements/earlier-statement.ts'
import type { Step } from '../../../src/statements/sql-task.ts'

/** The last statement is the query. */
function stepsOf(sql: string, dialect: Dialect) {
  const steps = splitStatements(sql, dialect).map(
    (statement, index): Step => ({ number: index + 1, statement, exported: null, isLast: false }),
  )
  const query = steps.at(-1)
  if (query === undefined) throw new Error('the text has no statement')
  return { query: query.statement, earlier: steps.slice(0, -1) }
}

const needed = (sql: string, dialect: Dialect) => {
  const { query, earlier } = stepsOf(sql, dialect)
  return surelyNeeded(query, earlier, dialect)
}
const defining = (sql: string, dialect: Dialect) => {
  const { query, earlier } = stepsOf(sql, dialect)
  return definingStatement(query, earlier, dialect)
}

test.each<[Dialect, string, string]>([
  ['mysql', 'SET @a = 1; SELECT @a', 'sets @a'],
  ['mysql', 'SELECT MAX(id) INTO @Last FROM t; SELECT * FROM t WHERE id > @last', 'sets @Last'],
  ['mysql', 'SELECT @n := 5; SELECT @n', 'sets @n'],
  ['mysql', 'USE sales; SELECT * FROM t', 'chooses the database (USE sales)'],
  ['postgres', 'SET search_path TO archive; SELECT * FROM t', 'sets search_path'],
  ['postgres', 'SET LOCAL ROLE reader; SELECT * FROM t', 'sets ROLE'],
  ['postgres', 'SET SESSION AUTHORIZATION bob; SELECT * FROM t', 'sets AUTHORIZATION'],
  ['duckdb', 'USE lake; FROM t', 'chooses the database (USE lake)'],
])('a query of %s needs an earlier statement: %s', (dialect, sql, does) => {
  expect(needed(sql, dialect)).toEqual({ number: 1, line: 1, does })
})

test.each<[Dialect, string]>([
  ['mysql', 'SET @a = 1; SELECT @b'],
  ['mysql', "SET @a = 1; SELECT '@a' /* @a */ -- @a"],
  ['mysql', "SET time_zone = '+00:00'; SELECT @@time_zone"],
  ['mysql', 'SET @@session.sort_buffer_size = 1; SELECT @@session.sort_buffer_size'],
  ['postgres', "SET work_mem = '1GB'; SELECT * FROM t"],
  ['postgres', "SET application_name = 'search_path'; SELECT 1"],
])('a query of %s needs no earlier statement: %s', (dialect, sql) => {
  expect(needed(sql, dialect)).toBeNull()
})

test.each<[Dialect, string, string]>([
  ['mysql', 'CREATE TEMPORARY TABLE IF NOT EXISTS recent (a INT); SELECT * FROM recent', 'recent'],
  ['mysql', 'CREATE TABLE `db`.`Re cent` (a INT); SELECT * FROM db.`re cent`', 're cent'],
  ['postgres', 'CREATE UNLOGGED TABLE app.t AS SELECT 1; SELECT * FROM app.t', 't'],
  ['postgres', 'CREATE MATERIALIZED VIEW "Sums" AS SELECT 1; SELECT * FROM "Sums"', 'sums'],
  ['postgres', 'ALTER TABLE ONLY t ADD COLUMN c int; SELECT c FROM t', 't'],
  ['duckdb', "ATTACH IF NOT EXISTS 'lake.db' AS Lake (READ_ONLY); SELECT * FROM lake.t", 'lake'],
  ['duckdb', 'CREATE OR REPLACE MACRO double(x) AS 2 * x; SELECT double(1)', 'double'],
])('a query of %s names what an earlier statement defines: %s', (dialect, sql, name) => {
  expect(defining(sql, dialect)).toEqual({ number: 1, line: 1, does: `creates ${name}` })
})

test('the latest statement that defines a name counts, and others do not', () => {
  const sql =
    'CREATE TABLE t (a int);\nINSERT INTO t VALUES (1);\nALTER TABLE t ADD b int;\nCREATE TABLE u (a int);\nSELECT b FROM t'
  expect(defining(sql, 'postgres')).toMatchObject({ number: 3, line: 3 })
  expect(defining('CREATE TABLE u (a int); SELECT * FROM t', 'postgres')).toBeNull()
})
