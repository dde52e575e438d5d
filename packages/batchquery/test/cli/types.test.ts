import { expect, test } from 'vitest'
import { Workspace } from './workspace.ts'

const STORE = '.batchquery/store/batchquery-s3'
const PREFIX = 's3://batchquery-s3/output/r'
const QUERY = "SELECT 5.00::DECIMAL(5,2) AS id, '2024-02-29' AS day, DATE '2024-02-29' AS d, 1 AS n, 2 AS n"

const outputs = async (workspace: Workspace): Promise<readonly string[]> =>
  (await workspace.files(STORE)).filter(name => name.startsWith('output/'))

/** The names and types of the columns of the part. */
async function schemaOf(workspace: Workspace, pattern: string): Promise<string> {
  const sql = `SELECT column_name, column_type FROM (DESCRIBE FROM read_parquet('${pattern}'))`
  return (await workspace.run(['query', sql, '--format', 'tsv', '--no-header'])).stdout
}

test('a task exports the types that TYPES asks for', async () => {
  const workspace = await Workspace.create()
  const sql = `SELECT 5.00 AS Id, '2024-02-29' AS "the day" INTO OUTFILE S3 '${PREFIX}' TYPES (id AS INT32, "the day" AS DATE NOT NULL)
    OVERWRITE ON INVALID DATES ERROR FORMAT PARQUET;\n`
  const ended = await workspace.runSql(sql)
  expect(ended.code, ended.stderr).toBe(0)
  expect(await schemaOf(workspace, `${STORE}/output/r.part_00000.parquet`)).toBe(
    'Id\tINTEGER\nthe day\tDATE\n',
  )
})

test('query --to exports the types that --types asks for', async () => {
  const workspace = await Workspace.create()
  const types = ['--types', 'ID AS UINT64 NOT NULL, "day" AS DATE', '--invalid-dates', 'error']
  const sql = QUERY.replace(', 1 AS n, 2 AS n', '')
  const ended = await workspace.run(['query', sql, '--to', './out.parquet', ...types])
  expect(ended.code, ended.stderr).toBe(0)
  expect(await schemaOf(workspace, 'out.parquet.part_00000.parquet')).toBe(
    'id\tUBIGINT\nday\tDATE\nd\tDATE\n',
  )
})

test.each<[clauses: string, message: string, hint: string]>([
  [
    'TYPES (x AS DATE) FORMAT PARQUET',
    'the column "x", which the result does not have',
    'Name one of the columns "id"',
  ],
  [
    'TYPES (n AS DATE) FORMAT PARQUET',
    'the column "n", which the result has more than once',
    'AS other_name',
  ],
  ['TYPES (id AS INT32, id AS DATE) FORMAT PARQUET', 'expected each column once in TYPES', 'Write TYPES'],
  ['TYPES (id AS INTEGER) FORMAT PARQUET', 'found "INTEGER"', 'Did you mean INT32?'],
  [
    'TYPES (id AS DECIMAL(39,0)) FORMAT PARQUET',
    'expected a precision of 1 to 38, found "39"',
    'DECIMAL(10,2)',
  ],
  ['TYPES () FORMAT PARQUET', 'expected the name of a column, found ")"', 'Write TYPES'],
  ['TYPES (d AS UUID) FORMAT PARQUET', 'TYPES cannot convert the column "d" from DATE to UUID', 'convert it'],
  ['TYPES (id AS INT32)', 'FORMAT TEXT has no TYPES', 'Remove the clause'],
  ['FORMAT CSV INVALID DATES NULL', 'FORMAT CSV has no INVALID DATES', 'Remove the clause'],
  ['TYPES (id AS UUID, id AS DATE) FORMAT CSV', 'expected each column once in TYPES', 'Write TYPES'],
])('a task with %s fails, and leaves nothing at its destination', async (clauses, message, hint) => {
  const workspace = await Workspace.create()
  const { code, stderr } = await workspace.runSql(`${QUERY} INTO OUTFILE S3 '${PREFIX}' ${clauses};\n`)
  expect(code).toBe(1)
  expect(stderr).toContain(message)
  expect(stderr).toContain(hint)
  expect(await outputs(workspace)).toEqual([])
})

test('a value that does not fit fails the task, and leaves nothing at its destination', async () => {
  const workspace = await Workspace.create()
  const sql = "SELECT CASE i WHEN 200000 THEN 'x' ELSE '2024-02-29' END AS day FROM range(300000) t(i)"
  const clauses = 'TYPES (day AS DATE) FORMAT PARQUET MAXFILESIZE 1 MB ROWGROUPSIZE 4 MB'
  const { code, stderr } = await workspace.runSql(`${sql} INTO OUTFILE S3 '${PREFIX}' ${clauses};\n`)
  expect(code).toBe(1)
  expect(stderr).toContain('column "day", row 200001: the value "x" is not a valid date')
  expect(stderr).toContain('hint: Choose another type for the column in TYPES, or convert it in the query.')
  expect(await outputs(workspace)).toEqual([])
})

test.each<[args: string[], message: string, hint: string]>([
  [['--types', 'id AS INT32'], '--types needs --to', 'Add the destination'],
  [['--invalid-dates', 'null'], '--invalid-dates needs --to', 'Add the destination'],
  [
    ['--to', './r.parquet', '--types', 'id AS BIGINT'],
    '--types: line 1, column 7: expected INT32',
    'Did you mean INT64?',
  ],
  [
    ['--to', './r.parquet', '--types', ''],
    '--types: line 1, column 1: expected the name of a column',
    'Write TYPES',
  ],
  [['--to', './r.parquet', '--types', 'id AS DATE) OVERWRITE ON ('], 'found ")"', 'Write TYPES'],
])('query %j is refused, and leaves nothing', async (args, message, hint) => {
  const workspace = await Workspace.create()
  const { code, stderr, stdout } = await workspace.run(['query', QUERY, ...args])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(message)
  expect(stderr).toContain(hint)
  expect(await workspace.files('.')).toEqual([])
})
