import { describe, expect, it } from 'vitest'
import {
  type ExportStatement,
  parseExport,
  type SqlDialect,
  splitStatements,
} from '../../../src/sql/index.ts'
import { DIALECTS } from './tokens.ts'

const parse = (sql: string, dialect: SqlDialect = 'mysql'): ExportStatement | null => {
  const statements = splitStatements(sql, dialect)
  const [statement] = statements
  if (statement === undefined || statements.length > 1) throw new Error(`${statements.length} statements`)
  return parseExport(statement, dialect)
}

/** The same, with byte strings as text. */
const readable = (sql: string, dialect: SqlDialect = 'mysql') =>
  JSON.parse(
    JSON.stringify(parse(sql, dialect), (_, value) =>
      value?.type === 'Buffer' ? Buffer.from(value.data).toString('latin1') : value,
    ),
  )

const PLAIN = {
  query: 'SELECT 1 ',
  at: 9,
  destination: 's3://b/p',
  characterSet: null,
  format: 'TEXT',
  header: false,
  fields: { terminatedBy: null, enclosedBy: null, optionallyEnclosed: false, escapedBy: null },
  lines: { startingBy: null, terminatedBy: null },
  manifest: false,
  overwrite: false,
  encryption: null,
  compression: 'NONE',
  maxFileSize: null,
}

const withClause = (clause: string): string => `SELECT 1 INTO OUTFILE S3 's3://b/p' ${clause}`

describe.each(DIALECTS)('clauses on %s', dialect => {
  it.each<[string, object]>([
    ['', {}],
    ['-- note\n', { query: 'SELECT 1  -- note' }],
    ['CHARACTER SET utf8mb4', { characterSet: 'utf8mb4' }],
    [`character set 'latin1'`, { characterSet: 'latin1' }],
    ['FORMAT CSV', { format: 'CSV' }],
    ['FORMAT TEXT HEADER', { header: true }],
    ['FORMAT /* c */ CSV -- d\n HEADER', { format: 'CSV', header: true }],
    [`FIELDS TERMINATED BY ','`, { fields: { ...PLAIN.fields, terminatedBy: ',' } }],
    [
      `COLUMNS ESCAPED BY '\\\\' OPTIONALLY ENCLOSED BY "\\"" TERMINATED BY '\\t'`,
      { fields: { terminatedBy: '\t', enclosedBy: '"', optionallyEnclosed: true, escapedBy: '\\' } },
    ],
    [
      `FIELDS ENCLOSED BY '''' TERMINATED BY ''`,
      { fields: { ...PLAIN.fields, terminatedBy: '', enclosedBy: "'" } },
    ],
    [`FIELDS ESCAPED BY '' ENCLOSED BY ''`, { fields: { ...PLAIN.fields, enclosedBy: '', escapedBy: '' } }],
    [`FIELDS ENCLOSED BY '§'`, { fields: { ...PLAIN.fields, enclosedBy: '\xc2\xa7' } }],
    [`FIELDS ENCLOSED BY X'A7'`, { fields: { ...PLAIN.fields, enclosedBy: '\xa7' } }],
    [`LINES STARTING BY '>' TERMINATED BY '\\';'`, { lines: { startingBy: '>', terminatedBy: "';" } }],
    [`LINES TERMINATED BY '\\r' '\\n' "!"`, { lines: { startingBy: null, terminatedBy: '\r\n!' } }],
    [`LINES TERMINATED BY 0x0D0A`, { lines: { startingBy: null, terminatedBy: '\r\n' } }],
    [`LINES TERMINATED BY _utf8mb4 X'0D0A'`, { lines: { startingBy: null, terminatedBy: '\r\n' } }],
    [
      `LINES TERMINATED BY _binary'\\n' STARTING BY n'\\t'`,
      { lines: { startingBy: '\t', terminatedBy: '\n' } },
    ],
    [`LINES TERMINATED BY b'1010'`, { lines: { startingBy: null, terminatedBy: '\n' } }],
    ['MANIFEST ON OVERWRITE OFF', { manifest: true }],
    ['OVERWRITE ON MANIFEST OFF', { overwrite: true }],
    ['ENCRYPTION ON', { encryption: { kind: 'ON' } }],
    ['ENCRYPTION OFF', { encryption: { kind: 'OFF' } }],
    ['ENCRYPTION SSE_S3', { encryption: { kind: 'SSE_S3' } }],
    ['ENCRYPTION SSE_KMS', { encryption: { kind: 'SSE_KMS', keyId: null } }],
    [
      `ENCRYPTION SSE_KMS 'alias/k' OVERWRITE ON`,
      { encryption: { kind: 'SSE_KMS', keyId: 'alias/k' }, overwrite: true },
    ],
    ['COMPRESSION GZIP', { compression: 'GZIP' }],
    ['COMPRESSION none', {}],
    ['MAXFILESIZE 256 MB', { maxFileSize: 268435456 }],
    ['MAXFILESIZE 6.2 GB', { maxFileSize: 6657199308 }],
    ['MAXFILESIZE .5gb', { maxFileSize: 536870912 }],
    ['MAXFILESIZE 1mb', { maxFileSize: 1048576 }],
    ['MAXFILESIZE 5120 GB', { maxFileSize: 5497558138880 }],
  ])('%s', (clause, expected) => {
    expect(readable(withClause(clause), dialect)).toEqual({
      ...PLAIN,
      ...(clause === '' || clause.startsWith('--') ? {} : { query: 'SELECT 1 ' }),
      ...expected,
    })
  })
})

describe('the query', () => {
  it.each<[string, string, string]>([
    [
      'at the end',
      `SELECT a FROM t ORDER BY a LIMIT 3 INTO OUTFILE S3 'x'`,
      'SELECT a FROM t ORDER BY a LIMIT 3 ',
    ],
    ['before FROM', `SELECT a INTO OUTFILE S3 'x' FORMAT CSV FROM t WHERE b`, 'SELECT a  FROM t WHERE b'],
    [
      'before FOR',
      `SELECT a FROM t INTO OUTFILE S3 'x' OVERWRITE ON FOR UPDATE`,
      'SELECT a FROM t  FOR UPDATE',
    ],
    [
      'before LOCK',
      `SELECT a FROM t INTO OUTFILE S3 'x'LOCK IN SHARE MODE`,
      'SELECT a FROM t LOCK IN SHARE MODE',
    ],
    ['behind FOR', `SELECT a FROM t FOR UPDATE INTO OUTFILE S3 'x'`, 'SELECT a FROM t FOR UPDATE '],
    ['in any case', `select 1 Into outfile s3 'x'`, 'select 1 '],
    ['touching its neighbours', `SELECT(1)INTO OUTFILE S3 'x'FROM t`, 'SELECT(1) FROM t'],
    [
      'behind a comment',
      `-- a\nSELECT /* b */ 1 -- c\nINTO /* d */ OUTFILE S3 'x' /* e */`,
      '-- a\nSELECT /* b */ 1 -- c\n /* e */',
    ],
    [
      'of WITH',
      `WITH a AS (SELECT 1) SELECT * FROM a INTO OUTFILE S3 'x'`,
      'WITH a AS (SELECT 1) SELECT * FROM a ',
    ],
    ['in parentheses', `(SELECT 1) UNION (SELECT 2) INTO OUTFILE S3 'x'`, '(SELECT 1) UNION (SELECT 2) '],
    ['of TABLE', `TABLE t INTO OUTFILE S3 'x'`, 'TABLE t '],
    ['of VALUES', `VALUES (1) INTO OUTFILE S3 'x'`, 'VALUES (1) '],
  ])('%s', (_, sql, query) => {
    for (const dialect of DIALECTS) expect(parse(sql, dialect)?.query).toBe(query)
  })

  it('of a dialect', () => {
    expect(parse(`FROM t SELECT a INTO OUTFILE S3 'x'`, 'duckdb')?.query).toBe('FROM t SELECT a ')
    expect(parse(`SELECT 1 /*!50000 INTO OUTFILE S3 'x' FORMAT CSV */`)?.query).toBe('SELECT 1 /*!50000  */')
    expect(parse(`SELECT 1 INTO OUTFILE S3 'x' /*! FORMAT CSV */ OVERWRITE ON`)?.query).toBe('SELECT 1 ')
    expect(parse(`SELECT $$ into outfile s3 $$, "t" INTO OUTFILE S3 "it's"`, 'postgres')).toMatchObject({
      query: 'SELECT $$ into outfile s3 $$, "t" ',
      destination: "it's",
    })
  })
})

describe('no export', () => {
  it.each([
    'SELECT 1',
    `SELECT 'INTO OUTFILE S3 ''x'''`,
    `SELECT 1 -- INTO OUTFILE S3 'x'`,
    `SELECT 1 INTO OUTFILE '/x'`,
    `SELECT 1 INTO OUTFILE.S3 'x'`,
    `SELECT 1 INTO "OUTFILE" S3 'x'`,
    `INSERT INTO t SELECT 1 INTO OUTFILE S3 'x'`,
    `WITH a AS (SELECT 1) INSERT INTO t SELECT 1 INTO OUTFILE S3 'x'`,
    `CREATE TABLE t AS SELECT 1 INTO OUTFILE S3 'x'`,
    `EXPLAIN SELECT 1 INTO OUTFILE S3 'x'`,
  ])('%s', sql => {
    for (const dialect of DIALECTS) expect(parse(sql, dialect)).toBeNull()
  })

  it('inside a routine', () => {
    expect(parse(`CREATE PROCEDURE p() BEGIN SELECT 1 INTO OUTFILE S3 'x'; END`)).toBeNull()
  })
})

const DUPLICATE = (name: string): string => `expected ${name} only once, found it again`

describe.each(DIALECTS)('syntax errors on %s', dialect => {
  it.each<[string, string, string]>([
    [
      'OVERWRITE MAYBE',
      'column 11: expected ON or OFF after OVERWRITE, found "MAYBE"',
      'Write OVERWRITE {ON|OFF}.',
    ],
    [
      'MANIFEST',
      'column 9: expected ON or OFF after MANIFEST, found the end of the statement',
      'Write MANIFEST {ON|OFF}.',
    ],
    ['CHARACTER utf8', 'column 11: expected SET after CHARACTER, found "utf8"', 'utf8mb4'],
    [`CHARACTER SET 'a;b'`, `column 15: expected a name after CHARACTER SET, found "'a;b'"`, 'utf8mb4'],
    [
      'FORMAT HEADER',
      'column 8: expected CSV or TEXT after FORMAT, found "HEADER"',
      'FORMAT {CSV|TEXT} [HEADER]',
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
      'column 13: expected NONE, GZIP or ZSTD after COMPRESSION, found "="',
      'COMPRESSION {NONE|GZIP|ZSTD}',
    ],
    [
      'MAXFILESIZE',
      'column 12: expected a number after MAXFILESIZE, found the end of the statement',
      '256 MB',
    ],
    ['MAXFILESIZE 64 KB', 'column 16: expected MB or GB after MAXFILESIZE 64, found "KB"', '256 MB'],
    ['MAXFILESIZE .9 MB', 'column 13: expected a MAXFILESIZE of 1 MB to 5120 GB, found ".9 MB"', '256 MB'],
    ['MAXFILESIZE 5121GB', 'column 13: expected a MAXFILESIZE of 1 MB to 5120 GB, found "5121 GB"', '256 MB'],
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

describe('refusals', () => {
  it.each([
    [
      'FORMAT PARQUET',
      'line 1, column 44: an export cannot have FORMAT PARQUET',
      'The formats are CSV and TEXT.',
    ],
    [
      `FIELDS TERMINATED BY ''`,
      "line 1, column 44: an export cannot have rows of fixed width, which FIELDS TERMINATED BY '' without ENCLOSED BY asks for",
      "FIELDS TERMINATED BY ','",
    ],
    [
      `FIELDS TERMINATED BY '' ENCLOSED BY ''`,
      'line 1, column 44: an export cannot have rows of fixed width',
      'Give a separator',
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
