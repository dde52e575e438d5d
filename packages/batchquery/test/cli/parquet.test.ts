import { join } from 'node:path'
import * as zlib from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, test } from 'vitest'
import { newerNode } from '../setup/newer-node.ts'
import { documentOf, PROGRAM, Workspace } from './workspace.ts'

const STORE = '.batchquery/store/batchquery-s3'
const PREFIX = 's3://batchquery-s3/output/r'

/** The rows of a query in which PARTS is the Parquet files of a pattern. */
async function readParts(workspace: Workspace, sql: string, pattern = `${STORE}/output/r.part_*.parquet`) {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const parts = `read_parquet('${join(workspace.folder, pattern)}')`
  const reader = await connection.runAndReadAll(sql.replaceAll('PARTS', parts))
  connection.closeSync()
  return reader.getRowsJson()
}

const statement = (query: string, clauses: string): string =>
  `${query} INTO OUTFILE S3 '${PREFIX}' ${clauses};\n`

const outputs = async (workspace: Workspace): Promise<readonly string[]> =>
  (await workspace.files(STORE)).filter(name => name.startsWith('output/'))

const ROWS = 300_000
const TABLE = `SELECT i, 'name ' || i AS name, i * 1.5 AS price FROM range(${ROWS}) t(i)`

test('a task exports PARQUET parts with a manifest, and DuckDB reads them', async () => {
  const workspace = await Workspace.create()
  const clauses = 'FORMAT PARQUET ROWGROUPSIZE 4 MB MAXFILESIZE 2 MB MANIFEST ON'
  const ended = await workspace.runSql(statement(TABLE, clauses), ['--json'])
  expect(ended.code, ended.stderr).toBe(0)
  const { exports } = documentOf(ended)
  const names = await outputs(workspace)
  expect(names.length).toBeGreaterThan(2)
  expect(
    await readParts(workspace, 'SELECT count(*)::INT, sum(i)::BIGINT, count(DISTINCT name)::INT FROM PARTS'),
  ).toEqual([[ROWS, String((ROWS * (ROWS - 1)) / 2), ROWS]])
  const manifest = JSON.parse(await workspace.readObject('output/r.manifest'))
  const parts = names.filter(name => name.endsWith('.parquet'))
  expect(manifest.entries.map(({ url }: { url: string }) => url)).toEqual(
    parts.map(name => `s3://batchquery-s3/${name}`),
  )
  expect(exports).toMatchObject([{ rows: ROWS, state: 'PUBLISHED' }])
  expect(await workspace.run(['verify', 'r1'])).toMatchObject({ code: 0 })
})

describe('OVERWRITE', () => {
  const MANY = 'SELECT md5(i::VARCHAR) AS a FROM range(150000) t(i)'
  const FEW = 'SELECT 7 AS a'

  test.each([
    ['FORMAT TEXT MAXFILESIZE 1 MB MANIFEST ON', 'FORMAT PARQUET', ['output/r.part_00000.parquet']],
    ['FORMAT CSV COMPRESSION GZIP MAXFILESIZE 1 MB', 'FORMAT PARQUET', ['output/r.part_00000.parquet']],
    [
      'FORMAT PARQUET COMPRESSION NONE MAXFILESIZE 1 MB ROWGROUPSIZE 4 MB MANIFEST ON',
      'FORMAT CSV COMPRESSION GZIP',
      ['output/r.part_00000.gz'],
    ],
    ['FORMAT PARQUET COMPRESSION NONE MAXFILESIZE 1 MB', 'FORMAT TEXT', ['output/r.part_00000']],
  ])('ON replaces every object of %s by those of %s', async (before, after, names) => {
    const workspace = await Workspace.create()
    const first = await workspace.runSql(statement(MANY, before))
    expect(first.code, first.stderr).toBe(0)
    expect((await outputs(workspace)).length).toBeGreaterThan(2)
    await workspace.write('task.sql', statement(FEW, `${after} OVERWRITE ON`))
    const second = await workspace.run(['run', './task.sql'])
    expect(second.code, second.stderr).toBe(0)
    expect(await outputs(workspace)).toEqual(names)
  })

  test.each([
    ['FORMAT TEXT', 'FORMAT PARQUET'],
    ['FORMAT CSV COMPRESSION GZIP', 'FORMAT PARQUET'],
    ['FORMAT PARQUET', 'FORMAT TEXT'],
    ['FORMAT PARQUET', 'FORMAT CSV COMPRESSION GZIP'],
  ])('OFF finds the part of %s, and refuses %s', async (before, after) => {
    const workspace = await Workspace.create()
    expect(await workspace.runSql(statement(FEW, before))).toMatchObject({ code: 0 })
    const names = await outputs(workspace)
    await workspace.write('task.sql', statement(FEW, after))
    const ended = await workspace.run(['run', './task.sql'])
    expect(ended).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('already has a result (output/r.part_00000'),
    })
    expect(await outputs(workspace)).toEqual(names)
  })
})

describe('a run does not begin its query', () => {
  /** It would fail in another way if it ran. */
  const QUERY = "SELECT error('it ran') AS a"

  test.each<[query: string, clauses: string, message: string, hint: string]>([
    [QUERY, 'FORMAT PARQUET HEADER', 'FORMAT PARQUET has no HEADER', 'Remove the clause'],
    [
      QUERY,
      "FORMAT PARQUET FIELDS TERMINATED BY ','",
      'FORMAT PARQUET has no FIELDS TERMINATED BY',
      'Remove the clause',
    ],
    [
      QUERY,
      "LINES TERMINATED BY '\\r\\n' FORMAT PARQUET",
      'FORMAT PARQUET has no LINES TERMINATED BY',
      'Remove the clause',
    ],
    [
      QUERY,
      'CHARACTER SET latin1 FORMAT PARQUET',
      'FORMAT PARQUET cannot have CHARACTER SET latin1',
      'The text of PARQUET is in UTF-8',
    ],
    [QUERY, 'FORMAT PARQUET BOM ON', 'FORMAT PARQUET has no BOM', 'Remove the clause'],
    [QUERY, 'FORMAT PARQUET ROWGROUPSIZE 3 MB', 'a ROWGROUPSIZE of 4 MB to 512 MB, found "3 MB"', '64 MB'],
    [QUERY, 'FORMAT PARQUET ROWGROUPSIZE 1 GB', 'a ROWGROUPSIZE of 4 MB to 512 MB, found "1 GB"', '64 MB'],
    [QUERY, 'ROWGROUPSIZE 64 MB', 'FORMAT TEXT has no ROWGROUPSIZE', 'or write FORMAT PARQUET'],
    [QUERY, 'FORMAT CSV ROWGROUPSIZE 64 MB', 'FORMAT CSV has no ROWGROUPSIZE', 'or write FORMAT PARQUET'],
    [QUERY, 'COMPRESSION SNAPPY', 'FORMAT TEXT has no COMPRESSION SNAPPY', 'Write COMPRESSION GZIP'],
    [QUERY, 'FORMAT CSV COMPRESSION SNAPPY', 'FORMAT CSV has no COMPRESSION SNAPPY', 'or FORMAT PARQUET'],
    [
      "SELECT error('it ran') AS a, 1 AS b, 2 AS a",
      'FORMAT PARQUET',
      'two columns of the result are named "a"',
      'AS other_name',
    ],
  ])('when %s has %s', async (query, clauses, message, hint) => {
    const workspace = await Workspace.create()
    const ended = await workspace.runSql(statement(query, clauses))
    expect(ended.code).toBe(1)
    expect(ended.stderr).toContain(message)
    expect(ended.stderr).toContain(hint)
    expect(await outputs(workspace)).toEqual([])
  })

  test('when COMPRESSION ZSTD is asked for and this Node has no ZSTD', async () => {
    const workspace = await Workspace.create()
    const ended = await workspace.runSql(statement('SELECT 1 AS a', 'FORMAT PARQUET COMPRESSION ZSTD'))
    if ('zstdCompress' in zlib) expect(ended.code).toBe(0)
    else {
      expect(ended).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(
          `COMPRESSION ZSTD needs Node 22.15 or newer, but this is ${process.version}`,
        ),
      })
      expect(ended.stderr).toContain('or write COMPRESSION SNAPPY')
      expect(await outputs(workspace)).toEqual([])
    }
  })
})

test.each([
  ['', 'ZSTD'],
  ['COMPRESSION ZSTD', 'ZSTD'],
  ['COMPRESSION SNAPPY', 'SNAPPY'],
  ['COMPRESSION GZIP', 'GZIP'],
  ['COMPRESSION NONE', 'UNCOMPRESSED'],
])('a Node with ZSTD writes pages of the right compression when the clause is %j', async (clause, codec) => {
  const workspace = await Workspace.create()
  await workspace.write('task.sql', statement(TABLE, `FORMAT PARQUET ${clause}`))
  const ended = await workspace.startProgram(await newerNode(), [PROGRAM, 'run', './task.sql']).ended
  expect(ended.code, ended.stderr).toBe(0)
  expect(
    await readParts(
      workspace,
      'SELECT DISTINCT compression FROM PARTS'.replace(
        'PARTS',
        `parquet_metadata('${join(workspace.folder, STORE, 'output/r.part_00000.parquet')}')`,
      ),
    ),
  ).toEqual([[codec]])
  expect(await readParts(workspace, 'SELECT count(*)::INT FROM PARTS')).toEqual([[ROWS]])
})

const ONE = "SELECT 1 AS a, NULL AS b, DATE '2024-02-29' AS d"

test.each<[to: string, args: string[], message: string]>([
  ['five.parquet', [], 'parquet, as the name says, to five.parquet.part_00000.parquet'],
  ['five.parquet', ['--format', 'parquet'], 'parquet to five.parquet.part_00000.parquet'],
  ['five', ['--format', 'parquet'], 'parquet to five.part_00000.parquet'],
])('query --to %s %j writes PARQUET', async (to, args, message) => {
  const workspace = await Workspace.create()
  const { code, stderr } = await workspace.run(['query', ONE, '--to', to, ...args])
  expect(code, stderr).toBe(0)
  expect(stderr).toContain(`\nexports ${message} and so on\n`)
  expect(await readParts(workspace, 'SELECT a, b, d FROM PARTS', `${to}.part_*.parquet`)).toEqual([
    [1, null, '2024-02-29'],
  ])
})

test.each<[args: string[], message: string, hint: string]>([
  [['--format', 'parquet'], '--format parquet needs --to', '--to ./rows.parquet'],
  [['--to', 'x.parquet.gz'], '--to "x.parquet.gz": parquet is compressed inside its files', 'without .gz'],
  [['--to', 'x.parquet.ZST'], 'parquet is compressed inside its files', 'without .zst'],
  [['--to', 'x.gz', '--format', 'parquet'], 'parquet is compressed inside its files', 'without .gz'],
  [
    ['--to', 'x.csv', '--format', 'parquet'],
    '--to "x.csv" means csv, but --format is parquet',
    '--format csv',
  ],
  [
    ['--to', 'x.parquet', '--format', 'tsv'],
    '"x.parquet" means parquet, but --format is tsv',
    '--format parquet',
  ],
  [
    ['--to', 'x.parquet', '--no-header'],
    '--no-header: a PARQUET file always has the names of its columns',
    'Remove --no-header',
  ],
])('query %j is refused, and leaves nothing', async (args, message, hint) => {
  const workspace = await Workspace.create()
  const { code, stderr, stdout } = await workspace.run(['query', ONE, ...args])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(message)
  expect(stderr).toContain(hint)
  expect(await workspace.files('.')).toEqual([])
})
