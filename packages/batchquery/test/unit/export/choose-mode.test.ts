import { expect, test } from 'vitest'
import { chooseMode } from '../../../src/export/native/choose-mode.ts'
import { planFormat } from '../../../src/format/index.ts'
import { parseExport, splitStatements } from '../../../src/sql/index.ts'
import { S3Store } from '../../../src/store/index.ts'

const AURORA_MYSQL = { dialect: 'mysql', server: { kind: 'aurora-mysql', version: '3.05.2' } } as const
const AURORA_POSTGRES = { dialect: 'postgres', server: { kind: 'aurora-postgres', version: '15.4' } } as const
const DUCKDB = { dialect: 'duckdb', server: { kind: 'duckdb', version: 'v1.5.6' } } as const
const CLAUSES = [
  'FORMAT PARQUET',
  'FORMAT PARQUET COMPRESSION NONE',
  'MANIFEST ON FORMAT PARQUET ROWGROUPSIZE 8 MB',
]

function exportable(clauses: string) {
  const [read] = splitStatements(`SELECT 1 INTO OUTFILE S3 's3://b/r' ${clauses}`, 'mysql')
  const statement = parseExport(read, 'mysql')
  if (statement === null) throw new Error('no export')
  const destination = { store: new S3Store(), bucket: 'b', prefix: 'r', uri: 's3://b/r' }
  return { statement, format: planFormat(statement), destination }
}

test('Aurora MySQL writes a TEXT export by itself', () => {
  expect(chooseMode('auto', exportable('FORMAT TEXT'), AURORA_MYSQL, [])).toEqual({
    mode: 'native',
    why: null,
  })
})

test.each(CLAUSES)('a PARQUET export is streamed from Aurora MySQL when the mode is auto: %s', clauses => {
  expect(chooseMode('auto', exportable(clauses), AURORA_MYSQL, [])).toEqual({
    mode: 'streamed',
    why: 'the server has no FORMAT PARQUET',
  })
})

test.each([
  ['Aurora MySQL', AURORA_MYSQL],
  ['Aurora PostgreSQL', AURORA_POSTGRES],
  ['DuckDB', DUCKDB],
])('a PARQUET export from %s is refused when the mode is native', (_name, session) => {
  for (const clauses of CLAUSES)
    expect(() => chooseMode('native', exportable(clauses), session, [])).toThrow(
      expect.objectContaining({
        code: 'UNSUPPORTED_CLAUSE',
        message: 'the server cannot export this itself: the server has no FORMAT PARQUET',
      }),
    )
})
