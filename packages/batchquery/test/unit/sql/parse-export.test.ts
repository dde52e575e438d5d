import { describe, expect, it } from 'vitest'
import type { Dialect } from '../../../src/sql/index.ts'
import { parse, withClause } from './export-statements.ts'
import { DIALECTS } from './tokens.ts'

/** The same, with byte strings as text. */
const readable = (sql: string, dialect: Dialect = 'mysql') =>
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
  manifest: 'OFF',
  overwrite: 'OFF',
  partitionBy: null,
  maxPartitions: null,
  single: false,
  parallel: null,
  extension: null,
  bom: false,
  encryption: null,
  compression: null,
  rowGroupSize: null,
  types: [],
  invalidDates: null,
  maxFileSize: null,
}

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
    ['MANIFEST ON OVERWRITE OFF', { manifest: 'ON' }],
    ['OVERWRITE ON MANIFEST OFF', { overwrite: 'ON' }],
    ['ENCRYPTION ON', { encryption: { kind: 'ON' } }],
    ['ENCRYPTION OFF', { encryption: { kind: 'OFF' } }],
    ['ENCRYPTION SSE_S3', { encryption: { kind: 'SSE_S3' } }],
    ['ENCRYPTION SSE_KMS', { encryption: { kind: 'SSE_KMS', keyId: null } }],
    [
      `ENCRYPTION SSE_KMS 'alias/k' OVERWRITE ON`,
      { encryption: { kind: 'SSE_KMS', keyId: 'alias/k' }, overwrite: 'ON' },
    ],
    ['COMPRESSION GZIP', { compression: 'GZIP' }],
    ['COMPRESSION none', { compression: 'NONE' }],
    ['FORMAT PARQUET', { format: 'PARQUET' }],
    ['format parquet header', { format: 'PARQUET', header: true }],
    ['COMPRESSION SNAPPY', { compression: 'SNAPPY' }],
    ['ROWGROUPSIZE 4 MB', { rowGroupSize: 4194304 }],
    ['ROWGROUPSIZE .5gb', { rowGroupSize: 536870912 }],
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
    `SELECT 1 INTO OUTFILE.S3 'x'`,
    `SELECT 1 INTO "OUTFILE" S3 'x'`,
    `CREATE TABLE t AS SELECT 'INTO OUTFILE S3 ''x''' /* INTO OUTFILE S3 'x' */`,
  ])('%s', sql => {
    for (const dialect of DIALECTS) expect(parse(sql, dialect)).toBeNull()
  })

  it('inside a routine', () => {
    expect(parse(`CREATE PROCEDURE p() BEGIN SELECT 1 INTO OUTFILE S3 'x'; END`)).toBeNull()
  })
})
