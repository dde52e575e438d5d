import { describe, expect, it } from 'vitest'
import { BatchQueryError } from '../../../src/errors/index.ts'
import {
  type Dialect,
  findReading,
  parseExport,
  possibleStringRules,
  startOf,
  stringRulesOf,
} from '../../../src/sql/index.ts'

/** The texts of the statements of a reading, under the default rules at the start. */
const read = (sql: string, dialect: Dialect, setting = ''): string[] | null =>
  findReading(sql, dialect, startOf(sql, stringRulesOf(dialect, setting)), statement => {
    parseExport(statement, dialect)
    return statement.text
  })

describe('findReading', () => {
  it.each<[what: string, dialect: Dialect, sql: string, second: string]>([
    ['a variable', 'mysql', `SET SQL_MODE=@OLD; SELECT 'C:\\'`, `SELECT 'C:\\'`],
    ['a subquery', 'mysql', `SET sql_mode=(SELECT m FROM t); SELECT 'C:\\'`, `SELECT 'C:\\'`],
    ['REPLACE()', 'mysql', `SET sql_mode=REPLACE(@@sql_mode,'a','b'); SELECT 'C:\\'`, `SELECT 'C:\\'`],
    ['hexadecimal digits', 'mysql', `SET sql_mode=0x41; SELECT 'C:\\'`, `SELECT 'C:\\'`],
    ['an introducer', 'mysql', `SET sql_mode=_utf8'ANSI'; SELECT 'C:\\'`, `SELECT 'C:\\'`],
    ['DEFAULT', 'mysql', `SET sql_mode=DEFAULT; SELECT 'C:\\'`, `SELECT 'C:\\'`],
    ['a comment for some versions', 'mysql', `/*!99999 SET sql_mode='' */; SELECT 'C:\\'`, `SELECT 'C:\\'`],
    ['EXECUTE', 'mysql', `EXECUTE s; SELECT 'C:\\'`, `SELECT 'C:\\'`],
    ['EXECUTE IMMEDIATE', 'mysql', `EXECUTE IMMEDIATE 'SET x'; SELECT 'C:\\'`, `SELECT 'C:\\'`],
    [
      'SET STATEMENT .. FOR',
      'mysql',
      `SET STATEMENT a=1 FOR SET sql_mode=@x; SELECT 'C:\\'`,
      `SELECT 'C:\\'`,
    ],
    [
      'a restored mode',
      'mysql',
      `SET sql_mode=@old; SELECT 1 INTO OUTFILE S3 'x' LINES TERMINATED BY '\\'`,
      `SELECT 1 INTO OUTFILE S3 'x' LINES TERMINATED BY '\\'`,
    ],
    ['set_config()', 'postgres', `SELECT set_config('a', 'b', false); SELECT 'it\\'s'`, `SELECT 'it\\'s'`],
    ['SET LOCAL', 'postgres', `SET LOCAL standard_conforming_strings = off; SELECT 'C:\\'`, `SELECT 'C:\\'`],
    ['CALL', 'postgres', `CALL p(); SELECT 'it\\'s'`, `SELECT 'it\\'s'`],
    ['DO', 'postgres', `DO 'SET standard_conforming_strings = off'; SELECT 'it\\'s'`, `SELECT 'it\\'s'`],
  ])('reads on under the rules of each server when %s has set the rules', (_, dialect, sql, second) => {
    expect(read(sql, dialect, 'on')).toEqual([expect.any(String), second])
  })

  it('goes back over any number of statements', () => {
    const statements = ['SET sql_mode=@a', 'SELECT 1', `SELECT 'it\\'s'`, 'SET sql_mode=@b', `SELECT 'x\\'`]
    expect(read(statements.join(';\n'), 'mysql')).toEqual(statements)
  })

  it('finds none when the text is wrong under all rules', () => {
    const wrong = `SELECT 1 INTO OUTFILE S3 'x' OVERWRIT ON`
    expect(read(`SET sql_mode=@a; EXECUTE s; SELECT 'x\\'; ${wrong}`, 'mysql')).toBeNull()
    expect(read(`SELECT set_config(:a, :b, false); ROLLBACK; ${wrong}`, 'postgres', 'on')).toBeNull()
  })

  it.each<[dialect: Dialect, sql: string]>([
    ['mysql', `SET sql_mode=''; SELECT 'C:\\'`],
    ['mysql', `SET GLOBAL sql_mode=@x; SELECT 'C:\\'`],
    ['mysql', `CALL p(); SELECT 'C:\\'`],
    ['mysql', `SET @sql_mode=@x; SELECT 'C:\\'`],
    ['mysql', `SET STATEMENT sql_mode=@x FOR SELECT 1; SELECT 'C:\\'`],
    ['mysql', `SET STATEMENT a=1, sql_mode=@x FOR SELECT 1; SELECT 'C:\\'`],
    ['postgres', `BEGIN; SELECT 'it\\'s'`],
    ['postgres', `SET search_path = a; SELECT 'it\\'s'`],
    ['duckdb', `SET standard_conforming_strings = off; SELECT 'it\\'s'`],
  ])('keeps to the rules that are known: %s: %s', (dialect, sql) => {
    expect(read(sql, dialect, 'on')).toBeNull()
  })

  it('reads on from each point only once', () => {
    const sql = `${'SET sql_mode=@x;'.repeat(500)} SELECT 'a`
    let read = 0
    const reading = findReading(sql, 'mysql', startOf(sql, stringRulesOf('mysql', '')), () => read++)
    expect(reading).toBeNull()
    expect(read).toBeLessThanOrEqual(4 * 500)
  })

  it('throws errors that are not BatchQueryError', () => {
    const work = () => {
      throw new TypeError('a defect')
    }
    expect(() =>
      findReading('SELECT 1', 'mysql', startOf('SELECT 1', stringRulesOf('mysql', '')), work),
    ).toThrow(TypeError)
    expect(
      findReading('SELECT 1', 'duckdb', startOf('', possibleStringRules('duckdb')[0]), () => {
        throw new BatchQueryError('USAGE', 'no')
      }),
    ).toBeNull()
  })
})
