import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { BlockPool } from '../../../src/format/index.ts'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { collect, copyToFile, openDatabase, running, serverUrl, streamOptions } from './session.ts'

let database: string
let admin: Client
let session: Session

beforeAll(async () => {
  database = await freshPostgresDatabase()
  admin = await adminPg(database)
  session = await openDatabase(serverUrl(database)).connect('batchquery stream-test')
})

afterAll(async () => {
  await session?.close()
  await admin?.end()
})

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const series = (rows: number) => `generate_series(1, ${rows}) seq`
/** Ten rows a second, for a long time. */
const SLOW = "SELECT seq, repeat('x', 1000), pg_sleep(0.1) FROM generate_series(1, 100000) seq"

test('values of up to 64 MB pass in pieces, unchanged', async () => {
  for (const length of [65_520, 65_536, 1_000_000, 20_000_000, 64_000_000]) {
    const query = `SELECT 'before', repeat('0123456789abcde\t', ${length / 16}) x, 7 UNION ALL SELECT 'after', 'y', 8`
    const { bytes, rowsRead, rowsEnded } = await collect(session, query)
    expect({ rowsRead, rowsEnded }).toEqual({ rowsRead: 2, rowsEnded: 2 })
    expect(sha256(bytes)).toBe(sha256(await copyToFile(admin, query)))
  }
})

test('no row is kept in memory, however long it is', async () => {
  const stream = await session.stream(
    `SELECT repeat('0123456789', 6400000) FROM ${series(3)}`,
    streamOptions({ pool: new BlockPool(1024 * 1024, 4) }),
  )
  const before = process.memoryUsage()
  let most = 0
  for await (const block of stream) {
    const { rss, arrayBuffers } = process.memoryUsage()
    most = Math.max(most, rss - before.rss, arrayBuffers - before.arrayBuffers)
    block.release()
  }
  expect(stream.rowsRead).toBe(3)
  expect(most).toBeLessThan(64e6)
})

test('a result may have 1,600 columns', async () => {
  const columns = Array.from({ length: 1600 }, (_, at) =>
    at % 3 === 0 ? 'NULL' : at % 3 === 1 ? `E'a\\tb${at}'` : String(at),
  )
  const query = `SELECT ${columns.join(', ')} FROM ${series(50)}`
  const { bytes, header } = await collect(session, query, { header: true })
  expect(Buffer.concat([header, bytes]).equals(await copyToFile(admin, query, '(HEADER)'))).toBe(true)
})

test('a result may have no rows, no columns, and duplicate or unnamed ones', async () => {
  const nothing = { rowsRead: 0, rowsEnded: 0, parts: [0] }
  expect(await collect(session, 'SELECT 1 WHERE FALSE')).toMatchObject(nothing)
  const noColumns = await collect(session, 'SELECT FROM generate_series(1, 3)', { header: true })
  expect(noColumns).toMatchObject({ header: Buffer.from('\n'), bytes: Buffer.from('\n\n\n') })
  const named = await collect(session, `SELECT 1 a, 2 a, 3 "t\tb", 4, 5 "\\N", 6 "o'é"`, { header: true })
  expect(named.header.toString()).toBe("a\ta\tt\\tb\t?column?\t\\\\N\to'é\n")
})

test.each([
  ['a comment at its end', 'SELECT 1 -- one'],
  ['a semicolon', 'SELECT 1;'],
  ['a semicolon in a comment at its end', 'SELECT 1 -- one;'],
  ['parentheses around it', '((SELECT 1))'],
  ['WITH', 'WITH a AS (SELECT 1 b) SELECT b FROM a'],
  ['quotes of every kind', `SELECT 1 /* ) */ WHERE ')' <> $$;)$$ AND E'\\'' = ''''`],
])('a query may have %s', async (_name, query) => {
  expect((await collect(session, query)).bytes.toString()).toBe('1\n')
})

test.each([
  ['a second statement', 'SELECT 1; SELECT 2', /multiple commands/],
  ['one that closes our parenthesis', 'SELECT 1) TO STDOUT; DROP TABLE t; --', /syntax error/],
  ['no rows to give', 'CREATE TABLE never (a int)', /no rows/],
  ['rows that COPY cannot send', 'SHOW server_version', /syntax error/],
])('an export is refused when it is %s', async (_name, query, message) => {
  await expect(collect(session, query)).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: expect.stringMatching(message),
  })
})

test('parts end with a row and keep to their size, the header included', async () => {
  for (const width of [900, 70_000]) {
    const rows = Math.floor(18_000_000 / width)
    const query = `SELECT seq, repeat('x', seq * 7919 % ${width}) FROM ${series(rows)}`
    const maxPartBytes = 1_000_000
    const { bytes, header, parts, rowsEnded } = await collect(session, query, { maxPartBytes, header: true })
    expect(rowsEnded).toBe(rows)
    expect(bytes.equals(await copyToFile(admin, query))).toBe(true)
    let end = 0
    for (const size of parts) {
      expect(size + header.length).toBeLessThanOrEqual(maxPartBytes)
      end += size
      expect(bytes[end - 1]).toBe(0x0a)
    }
    expect(end).toBe(bytes.length)
    expect(parts.length).toBeLessThanOrEqual(Math.ceil(bytes.length / (maxPartBytes - width - header.length)))
  }
})

test('a slow taker stops the server, not the stream', async () => {
  const stream = await session.stream(
    `SELECT seq, repeat('abc', 100) FROM ${series(100_000)}`,
    streamOptions(),
  )
  let rows = 0
  let blocks = 0
  for await (const block of stream) {
    if (blocks++ % 100 === 0) await sleep(30)
    rows += block.rowsEnded
    block.release()
  }
  expect(rows).toBe(100_000)
})

test('notices between the rows become warnings, and the rows are complete', async () => {
  await session.execute(
    `CREATE FUNCTION noisy(n int) RETURNS int LANGUAGE plpgsql AS $$
     BEGIN IF n % 1000 = 0 THEN RAISE NOTICE 'at %', n; END IF; RETURN n; END $$`,
    0,
  )
  const stream = await session.stream(`SELECT noisy(seq) FROM ${series(5000)}`, streamOptions())
  for await (const block of stream) block.release()
  expect(stream.rowsRead).toBe(5000)
  expect(stream.warnings.map(warning => warning.message)).toEqual(
    [1, 2, 3, 4, 5].map(thousand => expect.stringContaining(`at ${thousand}000`)),
  )
})

test('an error before the first row and one after many rows are thrown, and the session goes on', async () => {
  await expect(collect(session, 'SELECT *\nFROM no_such_table')).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: expect.stringMatching(/"no_such_table" does not exist \(42P01\) at line 2, column 6$/),
  })
  await expect(collect(session, `SELECT 1 / (seq - 50000) FROM ${series(60_000)}`)).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: expect.stringContaining('22012'),
  })
  expect((await collect(session, 'SELECT 1')).bytes.toString()).toBe('1\n')
  expect((await session.execute('SELECT 2', 1)).results[0].rows).toEqual([['2']])
})

test('an error that quotes a value of many megabytes is cut', async () => {
  const rejected = collect(session, `SELECT repeat('x', 5000000 + seq)::int FROM ${series(2)}`)
  const error: unknown = await rejected.catch(thrown => thrown)
  expect(error).toMatchObject({ code: 'QUERY_FAILED', message: expect.stringContaining('22P02') })
  expect(String(error).length).toBeLessThan(5000)
})

test('cancel ends the statement on the server, and the call', async () => {
  const mark = 'batchquery cancel-test'
  const other = await openDatabase(serverUrl(database)).connect(mark)
  const rejected = expect(collect(other, SLOW)).rejects.toMatchObject({ code: 'CANCELLED' })
  await expect.poll(() => running(admin, mark)).toContainEqual(expect.stringMatching(/^COPY/))
  await other.cancel()
  expect(await running(admin, mark)).toEqual([])
  await rejected
  await other.close()
})

test('cancel at any moment leaves nothing behind', async () => {
  for (let milliseconds = 0; milliseconds < 12; milliseconds++) {
    const mark = `batchquery cancel-at-${milliseconds}`
    const other = await openDatabase(serverUrl(database)).connect(mark)
    const rejected = expect(collect(other, SLOW, { header: true })).rejects.toMatchObject({
      code: 'CANCELLED',
    })
    await sleep(milliseconds)
    await other.cancel()
    await rejected
    expect(await running(admin, mark)).toEqual([])
    await other.close()
  }
})

test('leaving the loop early ends the statement on the server', async () => {
  const mark = 'batchquery break-test'
  const other = await openDatabase(serverUrl(database)).connect(mark)
  const stream = await other.stream(
    `SELECT seq, repeat('x', 1000) FROM ${series(10_000_000)}`,
    streamOptions(),
  )
  for await (const block of stream) {
    block.release()
    break
  }
  expect(await running(admin, mark)).toEqual([])
  await other.close()
})

test('a session that another session terminates during a stream is reported as lost', async () => {
  const other = await openDatabase(serverUrl(database)).connect('batchquery terminate-test')
  const stream = await other.stream(SLOW, streamOptions())
  await admin.query('SELECT pg_terminate_backend($1)', [other.id])
  const read = async () => {
    for await (const block of stream) block.release()
  }
  await expect(read()).rejects.toMatchObject({
    code: 'DATABASE_LOST',
    retryable: true,
    message: expect.stringContaining('57P01'),
  })
  await other.close()
})

test('a query that another session cancels fails, and the session goes on', async () => {
  const stream = await session.stream(SLOW, streamOptions())
  await admin.query('SELECT pg_cancel_backend($1)', [session.id])
  const read = async () => {
    for await (const block of stream) block.release()
  }
  await expect(read()).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: expect.stringContaining('57014'),
  })
  expect((await collect(session, 'SELECT 1')).rowsRead).toBe(1)
})
