import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, expect, test } from 'vitest'
import { BlockPool } from '../../../src/format/index.ts'
import { collect, fifos, newFolder, open, streamOptions } from './fixture.ts'

// A separate folder for temporary files, so everything that stays in it is ours.
const before = process.env.TMPDIR
const temporary = await mkdtemp(join(tmpdir(), 'duckdb-tmp-'))
process.env.TMPDIR = temporary

const pipes = () => process.getActiveResourcesInfo().filter(name => name === 'PipeWrap').length
const pipesBefore = pipes()

/** No pipe remains, in the file system or open, however a stream ended. */
afterEach(async () => {
  expect(await fifos()).toEqual([])
  expect(pipes()).toBe(pipesBefore)
})

afterAll(async () => {
  process.env.TMPDIR = before
  await rm(temporary, { recursive: true })
})

/** A query that would take minutes, with rows from the first moment on. */
const ENDLESS = "SELECT i, 'x' || i AS name FROM range(10000000000) t(i)"
/** A query that would take minutes before its first row. */
const SILENT = 'SELECT sum(sqrt(a.i * b.i)) FROM range(1000000) a(i), range(1000000) b(i)'

test.each([
  ['at once', "SELECT CAST('abc' || i AS INTEGER) FROM range(1000000) t(i)"],
  [
    'in the middle',
    "SELECT CAST(CASE WHEN i = 1500000 THEN 'abc1500000' ELSE i::VARCHAR END AS INTEGER) FROM range(3000000) t(i)",
  ],
])('a query that fails %s fails the stream, and the session goes on', async (_name, sql) => {
  const session = await open()
  await expect(collect(session, sql)).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: expect.stringMatching(/Conversion Error: Could not convert string 'abc\d+' to INT32$/),
  })
  await expect(session.execute(sql, 5)).rejects.toMatchObject({ code: 'QUERY_FAILED' })
  expect((await collect(session, 'SELECT 1')).text.toString()).toBe('1\n')
})

test.each([
  [
    'a missing table',
    'SELECT *\nFROM missing',
    /Table with name missing does not exist! .*\(line 2\)$/,
    /SHOW ALL TABLES/,
  ],
  ['a syntax error', 'SELECT 1 FROM', /Parser Error: syntax error/, null],
  ['more than a query', 'SELECT 1; DROP TABLE x', /multiple statements/, /Export one SELECT/],
  ['an attempt to break out', "SELECT 1) t) TO '/dev/null'; --", /Parser Error: syntax error/, null],
  ['a statement without rows', 'CREATE TABLE x (a INT)', /returns no rows/, /Export a SELECT/],
  ['EXPLAIN', 'EXPLAIN SELECT 1', /returns no rows/, /Export a SELECT/],
  ['PRAGMA', 'PRAGMA database_size', /Expected a single SELECT/, /Export a SELECT/],
  ['a PIVOT by what the data holds', 'PIVOT (SELECT 1 AS a, 2 AS b) ON a', /multiple statements/, /PIVOT/],
  ['a parameter', 'SELECT ?', /parameter without a value/, /Export a SELECT/],
])('%s is refused before anything runs', async (_name, sql, message, hint) => {
  const session = await open()
  await expect(session.stream(sql, streamOptions())).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: expect.stringMatching(message),
    hint: hint === null ? null : expect.stringMatching(hint),
  })
})

test('a COPY that DuckDB refuses before it opens the pipe fails', async () => {
  const session = await open()
  await session.execute('SET enable_external_access = false', 0)
  await expect(collect(session, 'SELECT 1')).rejects.toMatchObject({ code: 'PERMISSION' })
})

test('a character set that is not UTF-8, and separators longer than a block, are refused', async () => {
  const session = await open()
  await expect(session.stream('SELECT 1', streamOptions({ characterSet: 'latin1' }))).rejects.toMatchObject({
    code: 'UNSUPPORTED_CLAUSE',
    message: expect.stringContaining('"latin1"'),
  })
  const layout = { fieldsTerminatedBy: Buffer.alloc(100_000, 'x') }
  await expect(session.stream('SELECT 1, 2', streamOptions({ layout }))).rejects.toMatchObject({
    code: 'UNSUPPORTED_CLAUSE',
  })
})

test.each([
  ['with rows on their way', ENDLESS, { layout: {} }],
  ['with rows being recoded', ENDLESS, { layout: { enclosedBy: Buffer.from('"') } }],
  ['before its first row', SILENT, {}],
])('cancel %s stops the query, and the session goes on', async (_name, sql, options) => {
  const session = await open()
  const reading = collect(session, sql, options)
  const failure = expect(reading).rejects.toMatchObject({ code: 'CANCELLED', exitCode: 130 })
  await delay(100)
  await session.cancel()
  await failure
  expect((await collect(session, 'SELECT 1')).text.toString()).toBe('1\n')
})

test('cancel ends a stream while the taker has all blocks, and before the first one is requested', async () => {
  const session = await open()
  const pool = new BlockPool(4096, 2)
  const stream = await session.stream(ENDLESS, streamOptions({ pool }))
  const blocks = stream[Symbol.asyncIterator]()
  const first = await blocks.next()
  await delay(50)
  await session.cancel()
  await expect(blocks.next()).rejects.toMatchObject({ code: 'CANCELLED' })
  first.value?.release()
  expect([pool.take(), pool.take()]).not.toContain(null)

  const unread = await session.stream(ENDLESS, streamOptions())
  await session.cancel()
  await expect(unread[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'CANCELLED' })
})

test('the end of the loop stops the query and releases every block', async () => {
  const session = await open()
  const pool = new BlockPool(65_536, 3)
  for await (const block of await session.stream(ENDLESS, streamOptions({ pool }))) {
    block.release()
    break
  }
  expect([pool.take(), pool.take(), pool.take()]).not.toContain(null)
  expect((await session.execute('SELECT 42', 1)).results[0]?.rows).toEqual([['42']])
})

test('cancel stops other statements as well, and does nothing when none runs', async () => {
  const session = await open()
  await session.cancel()
  for (const sql of [SILENT, `CREATE TABLE x AS ${SILENT}`]) {
    const failure = expect(session.execute(sql, 1)).rejects.toMatchObject({ code: 'CANCELLED' })
    await session.cancel()
    await failure
  }
  expect((await session.execute('SHOW TABLES', 9)).results[0]?.rowCount).toBe(0)
})

test('close ends all running work', async () => {
  const session = await open()
  const failure = expect(collect(session, ENDLESS)).rejects.toMatchObject({ code: 'CANCELLED' })
  await delay(50)
  await session.close()
  await session.close()
  await failure
})

test('no rows are lost with a small pool and a slow taker', async () => {
  const session = await open()
  const sql = "SELECT i, repeat('y', (i % 100)::INT) || chr(9) FROM range(30000) t(i)"
  const whole = await collect(session, sql)
  for (const layout of [{}, { linesStartingBy: Buffer.from('>') }]) {
    const stream = await session.stream(sql, streamOptions({ layout, pool: new BlockPool(8192, 2) }))
    const taken: Buffer[] = []
    for await (const block of stream) {
      if (taken.length % 50 === 0) await delay(1)
      taken.push(Buffer.from(block.bytes))
      block.release()
    }
    const text = Buffer.concat(taken).toString()
    expect(text.replace(/^>/gm, '') === whole.text.toString()).toBe(true)
    expect(stream.rowsRead).toBe(30_000)
  }
})

test('more streams than Node has threads run at once, even if their takers need threads too', async () => {
  const folder = await newFolder()
  const sql = 'SELECT i, hash(i) FROM range(150000) t(i)'
  const sizes = Array.from({ length: 6 }, async (_, number) => {
    const session = await open()
    const stream = await session.stream(sql, streamOptions({ pool: new BlockPool(32_768, 2) }))
    let size = 0
    for await (const block of stream) {
      await writeFile(join(folder, String(number)), block.bytes)
      size += block.bytes.length
      block.release()
    }
    expect(stream.rowsRead).toBe(150_000)
    return size
  })
  expect(new Set(await Promise.all(sizes)).size).toBe(1)
})
