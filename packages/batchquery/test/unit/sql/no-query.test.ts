import { describe, expect, it } from 'vitest'
import type { Dialect } from '../../../src/sql/index.ts'
import { parse } from './export-statements.ts'

const INTO = `INTO OUTFILE S3 's3://b/p' FORMAT CSV`

describe('INTO OUTFILE S3 in a statement that is not a query', () => {
  it.each<[Dialect, string, string]>([
    ['mysql', `EXPLAIN SELECT 1 ${INTO}`, 'EXPLAIN'],
    ['mysql', `EXPLAIN FORMAT=JSON SELECT 1 ${INTO}`, 'EXPLAIN'],
    ['mysql', `ANALYZE FORMAT=JSON SELECT 1 ${INTO}`, 'ANALYZE'],
    ['mysql', `DESC SELECT 1 ${INTO}`, 'DESC'],
    ['mysql', `DESCRIBE t ${INTO}`, 'DESCRIBE'],
    ['mysql', `SHOW TABLES ${INTO}`, 'SHOW'],
    ['mysql', `CALL p() ${INTO}`, 'CALL'],
    ['mysql', `DO sleep(0) ${INTO}`, 'DO'],
    ['mysql', `EXECUTE s ${INTO}`, 'EXECUTE'],
    ['mysql', `HANDLER t READ FIRST ${INTO}`, 'HANDLER'],
    ['mysql', `CHECKSUM TABLE t ${INTO}`, 'CHECKSUM'],
    ['mysql', `INSERT INTO t VALUES (1) RETURNING * ${INTO}`, 'INSERT'],
    ['mysql', `REPLACE INTO t VALUES (1) RETURNING a ${INTO}`, 'REPLACE'],
    ['mysql', `DELETE FROM t RETURNING a ${INTO}`, 'DELETE'],
    ['mysql', `INSERT INTO t SELECT 1 ${INTO}`, 'INSERT'],
    ['mysql', `WITH a AS (SELECT 1) DELETE FROM t ${INTO}`, 'DELETE'],
    ['mysql', `CREATE TABLE t AS SELECT 1 ${INTO}`, 'CREATE'],
    ['mysql', `PREPARE s FROM 'SELECT 1' ${INTO}`, 'PREPARE'],
    ['mysql', `BEGIN NOT ATOMIC SELECT 1 ${INTO}; END`, 'BEGIN'],
    ['mysql', `SET STATEMENT a = 1 FOR SHOW TABLES ${INTO}`, 'SHOW'],
    ['mysql', `EXPLAIN SELECT 1 INTO OUTFILE S3 :where`, 'EXPLAIN'],
    ['postgres', `EXPLAIN (ANALYZE) SELECT 1 ${INTO}`, 'EXPLAIN'],
    ['postgres', `FETCH ALL FROM c ${INTO}`, 'FETCH'],
    ['postgres', `EXECUTE s(1) ${INTO}`, 'EXECUTE'],
    ['postgres', `SHOW search_path ${INTO}`, 'SHOW'],
    ['postgres', `DECLARE c CURSOR FOR SELECT 1 ${INTO}`, 'DECLARE'],
    ['postgres', `PREPARE s AS SELECT 1 ${INTO}`, 'PREPARE'],
    ['postgres', `COPY (SELECT 1 ${INTO}) TO STDOUT`, 'COPY'],
    ['postgres', `UPDATE t SET a = 1 RETURNING a ${INTO}`, 'UPDATE'],
    ['postgres', `MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE RETURNING * ${INTO}`, 'MERGE'],
    ['duckdb', `DESCRIBE t ${INTO}`, 'DESCRIBE'],
    ['duckdb', `SUMMARIZE t ${INTO}`, 'SUMMARIZE'],
    ['duckdb', `PRAGMA version ${INTO}`, 'PRAGMA'],
  ])('is refused: %s: %s', (dialect, sql, what) => {
    expect(() => parse(sql, dialect)).toThrowError(
      expect.objectContaining({
        code: 'SQL_SYNTAX',
        message: expect.stringMatching(
          new RegExp(
            `^line 1, column ${sql.indexOf('INTO OUTFILE') + 1}: INTO OUTFILE S3 exports only a query, but .* is ${what}$`,
          ),
        ),
        hint: expect.stringContaining('SELECT'),
      }),
    )
  })

  it('is refused in the body of a routine on PostgreSQL', () => {
    const sql = `CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 ${INTO}; END`
    expect(() => parse(sql, 'postgres')).toThrowError(/this statement is the definition of a routine$/)
  })

  it.each<[Dialect, string]>([
    ['mysql', `PREPARE s FROM 'SELECT 1 ${INTO.replaceAll("'", "''")}'`],
    ['mysql', `INSERT INTO t VALUES ("${INTO}") /* ${INTO} */ -- ${INTO}`],
    ['mysql', `CREATE TABLE t (a INT COMMENT 'INTO OUTFILE S3')`],
    ['mysql', `UPDATE t SET a = 'INTO OUTFILE S3 ''x'''`],
    ['mysql', `INSERT INTO \`OUTFILE\` SELECT 1`],
    ['mysql', `CREATE PROCEDURE p() BEGIN SELECT 1 ${INTO}; END`],
    ['mysql', `CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1 ${INTO}`],
    ['postgres', `DO $$ BEGIN RAISE NOTICE 'INTO OUTFILE S3 ''x'''; END $$`],
    ['postgres', `CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 ${INTO} $$`],
    ['postgres', `MERGE INTO outfile s3 USING u ON s3.a = 'x' WHEN MATCHED THEN DO NOTHING`],
    ['duckdb', `COPY t TO 'into outfile s3'`],
  ])('is accepted in text, in comments and in another meaning: %s: %s', (dialect, sql) => {
    expect(parse(sql, dialect)).toBeNull()
  })
})

describe("MariaDB's SET STATEMENT .. FOR", () => {
  it.each([
    ['SET STATEMENT max_statement_time = 100 FOR SELECT 1 ', '-- c'],
    ['SET STATEMENT a=1, b=(SELECT 2 FOR UPDATE) FOR WITH c AS (SELECT 1) SELECT * FROM c ', ''],
    ['set statement a=1 for set statement b=2 for (SELECT 1) ', ''],
    ["SET STATEMENT sql_mode='ANSI_QUOTES' FOR SELECT \"a;'\" ", ' FOR UPDATE'],
    ['/*M!100100 SET STATEMENT a=1 FOR */ SELECT 1 ', ''],
  ])('exports the query after it: %s', (query, rest) => {
    expect(parse(`${query}${INTO}${rest}`)).toMatchObject({
      query: `${query}${rest}`,
      destination: 's3://b/p',
      format: 'CSV',
    })
  })

  it('is none without FOR, or on another dialect', () => {
    expect(() => parse(`SET STATEMENT a=1 ${INTO}`)).toThrowError(/this statement is SET$/)
    expect(() => parse(`SET STATEMENT a=1 FOR SELECT 1 ${INTO}`, 'postgres')).toThrowError(
      /this statement is SET$/,
    )
  })
})
