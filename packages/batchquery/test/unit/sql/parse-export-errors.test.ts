import { describe, expect, it } from 'vitest'
import { parse, withClause } from './export-statements.ts'
import { DIALECTS } from './tokens.ts'

const DUPLICATE = (name: string): string => `expected ${name} only once, found it again`

describe.each(DIALECTS)('syntax errors on %s', dialect => {
  it.each<[string, string, string]>([
    [
      'OVERWRITE MAYBE',
      'column 11: expected ON, PARTITIONS or OFF after OVERWRITE, found "MAYBE"',
      'Write OVERWRITE {ON|PARTITIONS|OFF}.',
    ],
    [
      'MANIFEST',
      'column 9: expected ON, VERBOSE or OFF after MANIFEST, found the end of the statement',
      'Write MANIFEST {ON|VERBOSE|OFF}.',
    ],
    ['CHARACTER utf8', 'column 11: expected SET after CHARACTER, found "utf8"', 'utf8mb4'],
    [`CHARACTER SET 'a;b'`, `column 15: expected a name after CHARACTER SET, found "'a;b'"`, 'utf8mb4'],
    [`CHARACTER SET '54'`, `column 15: expected a name after CHARACTER SET, found "'54'"`, 'utf8mb4'],
    [
      'FORMAT HEADER',
      'column 8: expected TEXT, CSV, JSON or PARQUET after FORMAT, found "HEADER"',
      'FORMAT {TEXT|CSV|JSON|PARQUET} [HEADER]',
    ],
    [
      'FIELDS',
      'column 7: expected TERMINATED BY, ENCLOSED BY, ESCAPED BY after FIELDS, found the end of the statement',
      'COLUMNS',
    ],
    [
      'LINES ENCLOSED BY 1',
      'column 7: expected STARTING BY, TERMINATED BY after LINES, found "ENCLOSED"',
      'LINES [STARTING',
    ],
    [
      `FIELDS OPTIONALLY TERMINATED BY ','`,
      'column 19: expected ENCLOSED after OPTIONALLY, found "TERMINATED"',
      'OPTIONALLY',
    ],
    [`FIELDS TERMINATED ','`, `column 19: expected BY after TERMINATED, found "','"`, 'TERMINATED BY'],
    ["LINES TERMINATED BY E'\\n'", 'column 21: expected a string after TERMINATED BY, found "E"', "'string'"],
    ['LINES TERMINATED BY 5', 'column 21: expected a string after TERMINATED BY, found "5"', "'string'"],
    [
      `LINES TERMINATED BY X'5'`,
      `column 21: expected a string, X'..', 0x.. or b'..' after TERMINATED BY, found "X'5'"`,
      "'string'",
    ],
    [
      `FIELDS ENCLOSED BY '<>'`,
      'column 20: expected at most one character after ENCLOSED BY, found "<>"',
      "'character'",
    ],
    [
      `FIELDS ESCAPED BY X'C3A9A9'`,
      'column 19: expected at most one character after ESCAPED BY, found "é\ufffd"',
      "'character'",
    ],
    [
      'ENCRYPTION KMS',
      'column 12: expected ON, OFF, SSE_S3 or SSE_KMS after ENCRYPTION, found "KMS"',
      'SSE_KMS',
    ],
    [
      `ENCRYPTION SSE_KMS ''`,
      'column 20: expected a string with text after SSE_KMS, found an empty one',
      "['key id']",
    ],
    [
      'COMPRESSION = GZIP',
      'column 13: expected NONE, GZIP, ZSTD or SNAPPY after COMPRESSION, found "="',
      'COMPRESSION {NONE|GZIP|ZSTD|SNAPPY}',
    ],
    [
      'MAXFILESIZE',
      'column 12: expected a number after MAXFILESIZE, found the end of the statement',
      '256 MB',
    ],
    ['MAXFILESIZE 64 KB', 'column 16: expected MB or GB after MAXFILESIZE 64, found "KB"', '256 MB'],
    ['MAXFILESIZE .9 MB', 'column 13: expected a MAXFILESIZE of 1 MB to 5120 GB, found ".9 MB"', '256 MB'],
    ['MAXFILESIZE 5121GB', 'column 13: expected a MAXFILESIZE of 1 MB to 5120 GB, found "5121 GB"', '256 MB'],
    [
      'ROWGROUPSIZE',
      'column 13: expected a number after ROWGROUPSIZE, found the end of the statement',
      '64 MB',
    ],
    ['ROWGROUPSIZE 3.9 MB', 'column 14: expected a ROWGROUPSIZE of 4 MB to 512 MB, found "3.9 MB"', '64 MB'],
    ['ROWGROUPSIZE 1 GB', 'column 14: expected a ROWGROUPSIZE of 4 MB to 512 MB, found "1 GB"', '64 MB'],
    ['ROWGROUPSIZE 64 KB', 'column 17: expected MB or GB after ROWGROUPSIZE 64, found "KB"', '64 MB'],
    ['ROWGROUPSIZE 8 MB ROWGROUPSIZE 8 MB', `column 19: ${DUPLICATE('ROWGROUPSIZE')}`, 'ROWGROUPSIZE'],
    [
      'FORMAT PARQUET DICTIONARY',
      'column 16: expected a clause of INTO OUTFILE S3 or the end of the statement, found "DICTIONARY"',
      'after the destination CHARACTER SET, FORMAT',
    ],
    ['FORMAT CSV FORMAT CSV', `column 12: ${DUPLICATE('FORMAT')}`, 'FORMAT'],
    [`FIELDS ESCAPED BY '' COLUMNS ESCAPED BY ''`, `column 22: ${DUPLICATE('FIELDS')}`, 'FIELDS'],
    [`FIELDS ENCLOSED BY '' OPTIONALLY ENCLOSED BY ''`, `column 23: ${DUPLICATE('ENCLOSED BY')}`, 'FIELDS'],
    [
      'ORDER BY a',
      'column 1: expected a clause of INTO OUTFILE S3 or the end of the statement, found "ORDER"',
      'before INTO',
    ],
    [`FROM t INTO OUTFILE S3 'y'`, `column 21: ${DUPLICATE('INTO OUTFILE S3')}`, 'one statement per export'],
  ])('%s', (clause, message, hint) => {
    expect(() => parse(`-- c\nSELECT 1 INTO OUTFILE S3 's3://b/p'\n${clause}`, dialect)).toThrowError(
      expect.objectContaining({
        code: 'SQL_SYNTAX',
        message: `line 3, ${message}`,
        hint: expect.stringContaining(hint),
      }),
    )
  })

  it.each([
    [
      'SELECT 1 INTO OUTFILE S3',
      'line 1, column 25: expected a string after INTO OUTFILE S3, found the end of the statement',
    ],
    ['SELECT 1 INTO OUTFILE S3 x', 'line 1, column 26: expected a string after INTO OUTFILE S3, found "x"'],
    [
      `SELECT 1 INTO OUTFILE S3 ''`,
      'line 1, column 26: expected a string with text after INTO OUTFILE S3, found an empty one',
    ],
    [
      `SELECT 1 INTO OUTFILE S3 X'FF'`,
      'line 1, column 26: expected a string with text after INTO OUTFILE S3, found bytes that are not UTF-8',
    ],
    [
      `(SELECT 1 INTO OUTFILE S3 'x')`,
      'line 1, column 24: expected INTO OUTFILE S3 outside parentheses, found it inside',
    ],
  ])('%s', (sql, message) => {
    expect(() => parse(sql, dialect)).toThrowError(expect.objectContaining({ code: 'SQL_SYNTAX', message }))
  })
})

describe('slips', () => {
  it.each([
    ["FEILDS TERMINATED BY ','", 'FIELDS'],
    ["FIELD TERMINATED BY ','", 'FIELDS'],
    ["COLUMN TERMINATED BY ','", 'COLUMNS'],
    ["LINE TERMINATED BY ','", 'LINES'],
    ["FIELDS TERMINTED BY ','", 'TERMINATED'],
    ["FIELDS ENCLOSD BY ','", 'ENCLOSED'],
    ["FIELDS TERMINATED BY ',' ENCLOSD BY 'x'", 'FIELDS ENCLOSED BY'],
    ["LINES STARTNG BY ','", 'STARTING'],
    ["TERMINATED BY ','", 'FIELDS TERMINATED BY or LINES TERMINATED BY'],
    ["DELIMITER ','", 'FIELDS TERMINATED BY'],
    ['COMPRESION GZIP', 'COMPRESSION'],
    ['COMPRESSION GZ', 'GZIP'],
    ['COMPRESSION ZSDT', 'ZSTD'],
    ['GZIP', 'COMPRESSION GZIP'],
    ['OVERWRITE YES', 'ON'],
    ['OVERWRITE TRUE', 'ON'],
    ['OVERWRITE 0', 'OFF'],
    ["OVERWRITE 'on'", 'ON'],
    ['MANIFEST NO', 'OFF'],
    ['OVERWIRTE ON', 'OVERWRITE'],
    ['MAINFEST ON', 'MANIFEST'],
    ['FORMAT TSV', 'TEXT'],
    ['FORMAT CVS', 'CSV'],
    ["FORMAT 'csv'", 'CSV'],
    ['FROMAT CSV', 'FORMAT'],
    ['CSV HEADER', 'FORMAT CSV'],
    ['HEADER', 'FORMAT TEXT HEADER'],
    ['CHARACTERSET latin1', 'CHARACTER SET'],
    ['CHARSTE latin1', 'CHARSET'],
    ['CHARACTER STE latin1', null],
    ['ENCODING utf8', 'CHARACTER SET'],
    ['MAX_FILE_SIZE 10 MB', 'MAXFILESIZE'],
    ['MAXFILSIZE 10 MB', 'MAXFILESIZE'],
    ['ENCRYPTION KMS', 'SSE_KMS'],
    ['ENCRYPTION SSE_KSM', 'SSE_KMS'],
    ['ENCRYPTON ON', 'ENCRYPTION'],
    ['FORMAT PARQUETTE', 'PARQUET'],
    ['FORMAT PQ', 'PARQUET'],
    ['PARQUET', 'FORMAT PARQUET'],
    ['SNAPPY', 'COMPRESSION SNAPPY'],
    ['COMPRESSION SNAPY', 'SNAPPY'],
    ['ROW_GROUP_SIZE 64 MB', 'ROWGROUPSIZE'],
    ['CLEANPATH', 'OVERWRITE PARTITIONS'],
    ['OVERWRITE CLEANPATH', 'PARTITIONS'],
    ['PARTITIONED BY (a)', 'PARTITION BY'],
    ["FILE_EXTENSION '.csv'", 'EXTENSION'],
    ['LIMIT 10', null],
  ])('get a question in the hint when something like it exists: %s', (clause, meant) => {
    const hint =
      meant === null
        ? expect.not.stringContaining('Did you mean')
        : expect.stringContaining(`Did you mean ${meant}? `)
    for (const dialect of DIALECTS)
      expect(() => parse(withClause(clause), dialect)).toThrowError(
        expect.objectContaining({ code: 'SQL_SYNTAX', hint }),
      )
  })
})

describe('refusals', () => {
  it.each([
    [
      'FORMAT ORC',
      'line 1, column 44: an export cannot have FORMAT ORC',
      'Write one of the formats TEXT, CSV, JSON, PARQUET.',
    ],
    [
      `FIELDS TERMINATED BY ''`,
      "line 1, column 44: an export cannot have rows of fixed width, which FIELDS TERMINATED BY '' without ENCLOSED BY asks for",
      "FIELDS TERMINATED BY ','",
    ],
    [
      `FIELDS TERMINATED BY '' ENCLOSED BY ''`,
      'line 1, column 44: an export cannot have rows of fixed width',
      'Write a separator',
    ],
    [
      `LINES TERMINATED BY _latin1 'x'`,
      'line 1, column 57: an export cannot have the introducer _latin1',
      "X'..'",
    ],
  ])('%s', (clause, message, hint) => {
    expect(() => parse(withClause(clause))).toThrowError(
      expect.objectContaining({
        code: 'UNSUPPORTED_CLAUSE',
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
      }),
    )
  })

  it('a clause that reaches out of an executable comment', () => {
    expect(() => parse(`SELECT 1 /*! INTO */ OUTFILE S3 'x'`)).toThrowError(
      'line 1, column 36: expected INTO OUTFILE S3 and its clauses all inside or all outside of /*! */, found both',
    )
  })
})
