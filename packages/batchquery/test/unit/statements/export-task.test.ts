import { expect, test } from 'vitest'
import { type Dialect, parseExport, parseTypes, splitStatements } from '../../../src/sql/index.ts'
import { exportTask } from '../../../src/statements/export-task.ts'

const WISHES = {
  to: 's3://bucket/prefix',
  format: 'TEXT',
  header: true,
  overwrite: 'OFF',
  manifest: 'OFF',
  characterSet: 'utf8mb4',
} as const

const exported = (sql: string, dialect: Dialect) =>
  splitStatements(sql, dialect).map(statement => parseExport(statement, dialect))

test.each([
  ['duckdb', 'SELECT 1 -- the end'],
  ['postgres', 'SELECT 1 /* ; */ ; -- nothing more\n;'],
  ['mysql', 'SELECT 1 # the end'],
  ['mysql', 'DELIMITER //\nSELECT 1; //'],
  ['mysql', 'SELECT 1 FOR UPDATE'],
] as const)('the %s task of %j exports that query when it is read back', (dialect, sql) => {
  expect(exported(exportTask(sql, dialect, WISHES), dialect)).toEqual([
    expect.objectContaining({
      query: expect.stringMatching(/^SELECT 1/),
      destination: 's3://bucket/prefix',
      characterSet: 'utf8mb4',
      format: 'TEXT',
      header: true,
      overwrite: 'OFF',
      manifest: 'OFF',
    }),
  ])
})

test('a task keeps the statements before the query and has a clause for each wish', () => {
  const sql = exportTask('SET x = 1; SELECT 2;', 'mysql', {
    to: "./it's\\here",
    format: 'CSV',
    header: false,
    overwrite: 'ON',
    manifest: 'ON',
  })
  expect(exported(sql, 'mysql')).toEqual([
    null,
    expect.objectContaining({
      destination: "./it's\\here",
      format: 'CSV',
      header: false,
      overwrite: 'ON',
      manifest: 'ON',
    }),
  ])
})

test('a task of a PARQUET export has its compression and its sizes when it is read back', () => {
  const sizes = { compression: 'SNAPPY', maxFileSize: '1.5 GB', rowGroupSize: '8 MB' } as const
  const sql = exportTask('SELECT 1', 'duckdb', { ...WISHES, format: 'PARQUET', header: false, ...sizes })
  expect(exported(sql, 'duckdb')).toEqual([
    expect.objectContaining({
      format: 'PARQUET',
      compression: 'SNAPPY',
      maxFileSize: 1.5 * 1024 ** 3,
      rowGroupSize: 8 * 1024 ** 2,
    }),
  ])
})

test.each(['mysql', 'postgres', 'duckdb'] as const)(
  'a %s task of a PARQUET export has its types when it is read back',
  dialect => {
    const types = parseTypes('id AS INT64 NOT NULL, b AS DECIMAL(10,2)', dialect)
    const odd = [...types, { ...types[0], column: 'O`d"d' }]
    const wishes = { ...WISHES, format: 'PARQUET', header: false, types: odd, invalidDates: 'ERROR' } as const
    expect(exported(exportTask('SELECT 1', dialect, wishes), dialect)).toEqual([
      expect.objectContaining({ types: odd, invalidDates: 'ERROR' }),
    ])
  },
)

test.each([
  ['mysql', 'SELECT 1; DELETE FROM t', 'statement 2 (line 1) is not a query'],
  ['mysql', 'SELECT 1 INTO @x', 'statement 1 (line 1) is not a query'],
  ['postgres', 'SELECT 1\nINTO t', 'statement 1 (line 1) is not a query'],
  ['duckdb', "SELECT 1;\nSELECT 2 INTO OUTFILE S3 's3://b/k'", 'statement 2 (line 2) is an export'],
  ['duckdb', '-- nothing', 'the text has no statement'],
] as const)('the %s task of %j is refused', (dialect, sql, message) => {
  expect(() => exportTask(sql, dialect, WISHES)).toThrow(message)
})
