import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DuckdbDatabase } from '../../../src/database/duckdb/duckdb-database.ts'
import { collect, holder, newFolder, open } from './fixture.ts'

test('a file is created with its folder, and keeps its rows', async () => {
  const path = join(await newFolder(), 'a', 'b', 'db01.duckdb')
  const database = new DuckdbDatabase(path)
  expect(database).toMatchObject({ dialect: 'duckdb', host: path, name: 'db01' })
  const first = await database.connect()
  expect(first.server).toEqual({
    kind: 'duckdb',
    version: expect.stringMatching(/^v\d+\.\d+\.\d+/),
  })
  expect(first.stringSetting).toBeNull()
  await first.execute('CREATE TABLE t AS SELECT 7 AS a', 0)
  await first.close()
  const second = await open(path)
  expect(second.id).not.toBe(first.id)
  expect((await collect(second, 'FROM t')).text.toString()).toBe('7\n')
})

test('two sessions of one process share a file under any of its names', async () => {
  const folder = await newFolder()
  const path = join(folder, 'shared.duckdb')
  const one = await open(path)
  await one.execute('CREATE TABLE t AS SELECT 1 AS a', 0)
  await symlink(path, join(folder, 'link.duckdb'))
  const other = await open(join(folder, 'link.duckdb'))
  await one.execute('INSERT INTO t VALUES (2)', 0)
  expect((await collect(other, 'FROM t')).text.toString()).toBe('1\n2\n')
  await one.close()
  expect((await collect(other, 'FROM t')).rowsRead).toBe(2)
})

test('two sessions in memory share nothing', async () => {
  const [one, other] = [await open(), await open()]
  await one.execute('CREATE TABLE t (a INT)', 0)
  await expect(other.execute('FROM t', 0)).rejects.toMatchObject({ code: 'QUERY_FAILED' })
})

test('open waits for a file that another process has open, then fails with a conflict that names the process', async () => {
  const path = join(await newFolder(), 'held.duckdb')
  const other = await holder(path)
  await expect(new DuckdbDatabase(path, { lockWaitMs: 150 }).connect()).rejects.toMatchObject({
    code: 'DATABASE_LOCKED',
    exitCode: 5,
    message: expect.stringMatching(`^process ${other.pid} \\(.*\\) has ${path} open$`),
  })
  const waiting = new DuckdbDatabase(path, { lockWaitMs: 20_000 }).connect()
  await other.release()
  const session = await waiting
  await session.close()
  // Our own close releases the file at once.
  await holder(path)
})

test('a file that is no database is refused', async () => {
  const folder = await newFolder()
  const [text, directory] = [join(folder, 'text'), join(folder, 'directory')]
  await writeFile(text, 'not a database\n'.repeat(1000))
  await mkdir(directory)
  for (const path of [text, directory, join(text, 'x.duckdb')])
    await expect(open(path)).rejects.toMatchObject({ code: 'CONFIG', message: expect.stringContaining(path) })
  expect(await readdir(folder)).toEqual(['directory', 'text'])
})

test('open fails in a folder that no user may write to, not even the superuser', async () => {
  await expect(open('/sys/kernel/batchquery/x.duckdb')).rejects.toMatchObject({
    code: 'PERMISSION',
    exitCode: 4,
  })
})

test('execute keeps the first rows and counts the rest', async () => {
  const session = await open()
  const { results } = await session.execute(
    "SELECT i AS a, NULL AS a, 'x\ty\\' AS c FROM range(1000000) t(i)",
    2,
  )
  expect(results).toEqual([
    {
      columns: ['a', 'a', 'c'],
      rows: [
        ['0', null, 'x\ty\\'],
        ['1', null, 'x\ty\\'],
      ],
      rowCount: 1_000_000,
    },
  ])
  expect((await session.execute('SELECT i FROM range(5) t(i)', 0)).results[0]).toMatchObject({
    rows: [],
    rowCount: 5,
  })
})

test('a preview may have a long row', async () => {
  const session = await open()
  const { results } = await session.execute(
    "SELECT repeat('a' || chr(9), 500000), NULL, 'b' FROM range(3)",
    2,
  )
  const row = ['a\t'.repeat(500_000), null, 'b']
  expect(results[0]).toMatchObject({ rows: [row, row], rowCount: 3 })
})

test.each([
  ['CREATE TABLE u (a INT)', null, []],
  ['INSERT INTO t VALUES (3), (4)', 2, []],
  ['UPDATE t SET a = a + 1', 2, []],
  ['DELETE FROM t WHERE a = 99', 0, []],
  ['INSERT INTO t VALUES (5), (6) RETURNING a', null, [{ columns: ['a'], rows: [['5']], rowCount: 2 }]],
  ['SET threads = 2', null, []],
  ['DESCRIBE t', null, [{ rows: [['a', 'INTEGER', 'YES', null, null, null]], rowCount: 1 }]],
  ['PRAGMA table_info(t)', null, [{ rows: [['0', 'a', 'INTEGER', 'false', null, 'false']], rowCount: 1 }]],
  ['EXPLAIN FROM t', null, [{ columns: ['explain_key', 'explain_value'] }]],
  ['PIVOT t ON a USING count(*)', null, [{ columns: ['1', '2'], rowCount: 1 }]],
])('execute %s', async (sql, affectedRows, results) => {
  const session = await open()
  await session.execute('CREATE TABLE t AS SELECT unnest([1, 2]) AS a', 0)
  const outcome = await session.execute(sql, 1)
  expect(outcome).toMatchObject({ affectedRows, results, warnings: [] })
  expect(outcome.results).toHaveLength(results.length)
})

test('statements of a session share their transaction and temporary tables', async () => {
  const session = await open()
  for (const sql of [
    'CREATE TABLE t (a INT)',
    'BEGIN',
    'INSERT INTO t VALUES (1)',
    'CREATE TEMP TABLE s AS FROM t',
  ])
    await session.execute(sql, 0)
  expect((await session.execute('PRAGMA table_info(t)', 1)).results[0]?.rowCount).toBe(1)
  expect((await collect(session, 'FROM s')).text.toString()).toBe('1\n')
  await session.execute('ROLLBACK', 0)
  expect((await collect(session, 'FROM t')).rowsRead).toBe(0)
})

test("an error contains DuckDB's message, in one line", async () => {
  const session = await open()
  const error = await session
    .execute('SELECT 1,\n  missing_column\nFROM range(3)', 1)
    .catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({
    code: 'QUERY_FAILED',
    message: expect.stringMatching(/^[^\n]*"missing_column"[^\n^]*\(line 2\)$/),
  })
})
