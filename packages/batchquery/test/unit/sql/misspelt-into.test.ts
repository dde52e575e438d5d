import { describe, expect, it } from 'vitest'
import { parse } from './export-statements.ts'
import { DIALECTS } from './tokens.ts'

describe('words that were meant to be INTO OUTFILE S3', () => {
  it.each([
    `INTO OUTFIL S3 's3://b/p'`,
    `INTO OUTFLIE S3 's3://b/p'`,
    `INTO OUTPUT S3 's3://b/p'`,
    `INTO OUT FILE S3 's3://b/p'`,
    `INTO OUTFILES3 's3://b/p'`,
    `INTO OUTFILE TO S3 's3://b/p'`,
    `INTO FILE S3 's3://b/p'`,
    `INTO S3 's3://b/p'`,
    `INTO S3 OUTFILE 's3://b/p'`,
    `INTO OUTFILE S 's3://b/p'`,
    `INTO OUTFILE 's3://b/p'`,
    `INTO OUTFILE 's3-eu-west-1://b/p' FORMAT CSV`,
    `INTO OUTFILE 'file:///b/p'`,
    `INTO DUMPFILE 's3://b/p'`,
    `into outfil 's3://b/p' from t`,
    `INTO OUTFILE _utf8mb4 X'73333A2F2F622F70'`,
    `INTO OUTFIL S3 :where`,
  ])('are refused with what was meant: %s', into => {
    for (const dialect of DIALECTS) {
      expect(() => parse(`SELECT 1\n${into}`, dialect)).toThrowError(
        expect.objectContaining({
          code: 'SQL_SYNTAX',
          message: expect.stringMatching(
            /^line 2, column 1: expected INTO OUTFILE S3 before a destination, found "INTO/,
          ),
          hint: expect.stringContaining('Did you mean INTO OUTFILE S3?'),
        }),
      )
    }
  })

  it.each([
    `OUTFILE S3 's3://b/p'`,
    `INOT OUTFILE S3 's3://b/p'`,
    `TO OUTFILE S3 's3://b/p'`,
    `OUTFIL S3 'x'`,
  ])('are refused without a right INTO, too: %s', into => {
    for (const dialect of DIALECTS) {
      expect(() => parse(`SELECT 1 ${into}`, dialect)).toThrowError(/found "OUTFILE? S3"$/)
    }
  })

  it('are refused when the destination has no quotes', () => {
    expect(() => parse('SELECT 1 INTO OUTFILE S3 s3://b/p')).toThrowError(
      expect.objectContaining({
        message: 'line 1, column 26: expected a string after INTO OUTFILE S3, found "s3"',
        hint: "Write INTO OUTFILE S3 's3://bucket/prefix', the destination in quotes.",
      }),
    )
    expect(() => parse('SELECT 1 INTO OUTFILE s3://b/p')).toThrowError(/found ":"$/)
  })

  it.each([`INTO OUTFILE '/x'`, `INTO OUTFILE './x'`, `INTO 'x'`])(
    'are refused if no server has them: %s',
    into => {
      for (const dialect of ['postgres', 'duckdb'] as const)
        expect(() => parse(`SELECT 1 ${into}`, dialect)).toThrowError(/expected INTO OUTFILE S3/)
    },
  )
})

describe('what a server may take', () => {
  it.each([
    `SELECT 1 INTO OUTFILE '/x' FIELDS TERMINATED BY ','`,
    `SELECT 1 INTO DUMPFILE '/x'`,
    `SELECT 1 INTO OUTFILE X'2F78'`,
    `SELECT a INTO @a FROM t WHERE s3 = 'x' AND outfile LIKE 'y'`,
    `SELECT 'a' outfile, 'b' s3, DATE '2026-01-01' FROM profile s3 WHERE s3.outfile IN ('x')`,
    `SELECT a AS 's3' FROM outfile AS s3`,
    `WITH outfile AS (SELECT 's3') SELECT * FROM outfile`,
    `SELECT 1 -- INTO OUTFIL S3 'x'`,
    `SELECT "INTO OUTFIL S3 'x'"`,
  ])('is not a misspelled export: %s', sql => {
    expect(parse(sql)).toBeNull()
  })

  it('is not a misspelled export on PostgreSQL', () => {
    expect(parse(`SELECT a INTO outfile FROM s3 WHERE a = 'x'`, 'postgres')).toBeNull()
    expect(parse(`SELECT timestamp 'x', interval 's3'`, 'postgres')).toBeNull()
  })
})
