import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, onTestFinished, test } from 'vitest'
import { DuckdbDatabase } from '../../../src/database/duckdb/duckdb-database.ts'
import type { BatchQueryError } from '../../../src/errors/index.ts'
import { planExport, runExport } from '../../../src/export/index.ts'
import { parseExport, splitStatements } from '../../../src/sql/index.ts'
import { DirectoryStore } from '../../../src/store/index.ts'
import { RecordingJournal } from '../export/fixture.ts'

/** Nested values next to flat ones. The rows of a partition are in no order. */
const ROWS = `SELECT i AS id, CASE WHEN i % 5 = 0 THEN NULL WHEN i % 5 = 1 THEN '' ELSE 'Ö/' || i % 5 END AS shop,
  DATE '2026-01-01' + (i % 3)::INTEGER AS day, CASE WHEN i % 7 > 0 THEN [i, NULL, -i] END AS list,
  {'a': i, 'b': ['x' || i]} AS pair, MAP {'k': i * 1.5} AS map FROM range(5000) t(i)`

async function open() {
  const root = await mkdtemp(join(tmpdir(), 'batchquery-nested-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  const session = await new DuckdbDatabase(':memory:').connect()
  onTestFinished(() => session.close())
  const store = new DirectoryStore(root)
  const { signal } = new AbortController()
  return {
    folder: join(root, 'home/out'),
    session,
    async run(query: string, clauses: string) {
      const uri = 's3://home/out/r'
      const [statement] = splitStatements(`${query} INTO OUTFILE S3 '${uri}' ${clauses}`, 'duckdb')
      const exported = parseExport(statement, 'duckdb')
      if (exported === null) throw new Error('no export')
      const plan = planExport(exported, { store, bucket: 'home', prefix: 'out/r', uri })
      const context = { runId: 'r1', journal: new RecordingJournal(), progress: () => {}, warn: () => {} }
      const { staged } = await runExport(session, plan, { ...context, isLast: true, signal })
      return staged
    },
    async tables(): Promise<unknown> {
      const sql = "SELECT count(*) AS n FROM duckdb_tables() WHERE table_name LIKE 'batchquery%'"
      return (await session.execute(sql, 1)).results[0]?.rows
    },
  }
}

/** The rows of a query that an independent DuckDB does not find in the files, and those that it finds beyond it. */
async function difference(folder: string, query: string): Promise<unknown[]> {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  try {
    const files = `FROM read_parquet('${folder}/r/**/*.parquet', hive_partitioning = true, hive_types = {shop: VARCHAR, day: DATE})`
    const columns = 'id, shop, day, list, pair, map'
    const [wanted, found] = [`SELECT ${columns} FROM (${query})`, `SELECT ${columns} ${files}`]
    const both = `(${wanted} EXCEPT ALL ${found}) UNION ALL (${found} EXCEPT ALL ${wanted})`
    return (await connection.runAndReadAll(both)).getRowsJson()
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

test('PARTITION BY divides rows with nested columns as other rows', async () => {
  const { folder, run, tables } = await open()
  const { rows, parts } = await run(ROWS, 'FORMAT PARQUET PARTITION BY (day, shop)')
  expect({ rows, parts: parts.length }).toEqual({ rows: 5000, parts: 15 })
  expect(await readdir(join(folder, 'r/day=2026-01-02'))).toEqual(
    expect.arrayContaining(['shop=', 'shop=__HIVE_DEFAULT_PARTITION__', 'shop=Ö%2F4']),
  )
  expect(await difference(folder, ROWS)).toEqual([])
  expect(await tables()).toEqual([['0']])
})

test('the parts of a partition with nested columns have at most MAXFILESIZE, and its rows keep their order', async () => {
  const { folder, run } = await open()
  const query = `SELECT i % 2 AS p, i AS id, md5(i::VARCHAR) AS text, [hash(i), i] AS list FROM range(600000) t(i)`
  const { rows, parts } = await run(query, 'FORMAT PARQUET PARTITION BY (p) MAXFILESIZE 2 MB')
  expect(rows).toBe(600_000)
  expect(parts.length).toBeGreaterThan(4)
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  const read = `SELECT count(*), count(*) FILTER (id <> wanted) FROM
    (SELECT id, p + 2 * (row_number() OVER (PARTITION BY p ORDER BY filename, file_row_number) - 1) AS wanted
     FROM read_parquet('${folder}/r/*/*.parquet', hive_partitioning = true, filename = true, file_row_number = true))`
  expect((await connection.runAndReadAll(read)).getRowsJson()).toEqual([['600000', '0']])
  connection.closeSync()
  instance.closeSync()
})

test('the files have the partition columns with INCLUDE, and a transaction of the task goes on', async () => {
  const { folder, run, session, tables } = await open()
  await session.execute('BEGIN', 0)
  await session.execute('CREATE TABLE own AS SELECT 1 AS a', 0)
  await run(ROWS, 'FORMAT PARQUET PARTITION BY (shop, day) INCLUDE')
  expect((await session.execute('SELECT count(*) FROM own', 1)).results[0]?.rows).toEqual([['1']])
  await session.execute('COMMIT', 0)
  expect(await tables()).toEqual([['0']])
  expect(await difference(folder, ROWS)).toEqual([])
})

test('a timestamp in nanoseconds can be the partition', async () => {
  const { folder, run } = await open()
  const query =
    'SELECT make_timestamp_ns(1767261600000000001 + i % 2 * 86400000000000) AS at, i FROM range(10) t(i)'
  await run(query, 'FORMAT PARQUET PARTITION BY (at)')
  expect((await readdir(join(folder, 'r'))).toSorted()).toEqual([
    'at=2026-01-01 10%3A00%3A00.000000001',
    'at=2026-01-02 10%3A00%3A00.000000001',
  ])
})

test.each([
  [ROWS, 'PARTITION BY (pair)', 'UNSUPPORTED_CLAUSE', /"pair", which is nested/],
  [ROWS, 'PARTITION BY (list)', 'UNSUPPORTED_CLAUSE', /"list", which is nested \(BIGINT\[\]\)/],
  [ROWS, 'FORMAT CSV PARTITION BY (list)', 'UNSUPPORTED_CLAUSE', /"list", which is nested \(BIGINT\[\]\)/],
  [ROWS, 'FORMAT PARQUET ROWGROUPSIZE 4 MB PARTITION BY (day)', 'UNSUPPORTED_CLAUSE', /has no ROWGROUPSIZE/],
  [
    ROWS,
    'PARTITION BY (id) MAXPARTITIONS 9',
    'QUERY_FAILED',
    /"id=9" would be partition 10, and MAXPARTITIONS is 9/,
  ],
  [
    `SELECT CASE WHEN i = 7 THEN '__HIVE_DEFAULT_PARTITION__' ELSE 'x' END AS p, [i] AS list FROM range(9) t(i)`,
    'PARTITION BY (p)',
    'QUERY_FAILED',
    /column "p", row 8: the value "__HIVE_DEFAULT_PARTITION__"/,
  ],
  [
    `SELECT i % 2 AS p, [i] AS list, CASE WHEN i = 7 THEN DATE 'infinity' ELSE DATE '2026-01-01' END AS day FROM range(9) t(i)`,
    'PARTITION BY (p)',
    null,
    /"day", row 8/,
  ],
])(
  'a partitioned export with nested columns fails and leaves nothing: %s %s',
  async (query, clauses, code, message) => {
    const { folder, run, tables } = await open()
    const error: BatchQueryError = await run(
      query,
      clauses.startsWith('FORMAT') ? clauses : `FORMAT PARQUET ${clauses}`,
    ).then(
      () => Promise.reject(new Error('nothing failed')),
      (thrown: BatchQueryError) => thrown,
    )
    expect(error.message).toMatch(message)
    if (code !== null) expect(error.code).toBe(code)
    expect(await readdir(folder).catch(() => [])).toEqual([])
    expect(await tables()).toEqual([['0']])
  },
)
