import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from 'mysql2/promise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { BlockPool } from '../../../src/format/index.ts'
import { adminConnection, freshDatabase, statementsWith } from '../../setup/mariadb-client.ts'
import { numbers } from '../../setup/mysql-numbers.ts'
import { streamOptions } from '../../setup/stream-options.ts'
import { collect, openDatabase, outfile, serverUrl } from './session.ts'

let database: string
let admin: Connection
let session: Session

beforeAll(async () => {
  database = await freshDatabase()
  admin = await adminConnection({ database })
  session = await openDatabase(serverUrl(database)).connect('batchquery stream-test')
})

afterAll(async () => {
  await session.close()
  await admin.end()
})

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex')

test('values over 16 MiB pass in pieces, unchanged and with little memory', async () => {
  const lengths = [
    0xffffff - 5,
    0xffffff - 4,
    0xffffff - 3,
    0xffffff,
    2 * 0xffffff - 9,
    20_000_000,
    64 * 1024 * 1024 - 100,
  ]
  for (const length of lengths) {
    const { bytes, rowsRead } = await collect(
      session,
      `SELECT 'before', REPEAT('0123456789', ${length / 10}) x, 7 UNION ALL SELECT 'after', 'y', 8`,
    )
    const value = Buffer.alloc(Math.round(length / 10) * 10, '0123456789')
    expect(rowsRead).toBe(2)
    expect(sha256(bytes)).toBe(
      sha256(Buffer.concat([Buffer.from('before\t'), value, Buffer.from('\t7\nafter\ty\t8\n')])),
    )
  }
})

test('a long multi-byte value is never cut inside a character', async () => {
  const query =
    "SELECT CONVERT(REPEAT(_utf8mb4'表ソ\\\\十a', 300000) USING cp932), CONVERT(REPEAT(_utf8mb4'\\t表\\0𝄞', 200000) USING utf16), NULL"
  const { bytes } = await collect(session, query)
  const expected = await outfile(admin, query)
  expect(bytes.length).toBeGreaterThan(4_000_000)
  expect(sha256(bytes)).toBe(sha256(expected))
})

test('a result may have 4,000 columns', async () => {
  const columns = Array.from({ length: 4000 }, (_, at) =>
    at % 3 === 0 ? 'NULL' : at % 3 === 1 ? `'a\\tb${at}'` : String(at),
  )
  const { bytes } = await collect(session, `SELECT ${columns.join(', ')} FROM ${numbers(50)}`)
  const line = columns
    .map((column, at) => (at % 3 === 0 ? '\\N' : at % 3 === 1 ? `a\\\tb${at}` : column))
    .join('\t')
  expect(bytes.toString()).toBe(`${line}\n`.repeat(50))
})

test('a result may have no rows, a header, and duplicate or unnamed columns', async () => {
  expect(await collect(session, 'SELECT 1 FROM DUAL WHERE FALSE')).toMatchObject({
    rowsRead: 0,
    rowsEnded: 0,
    parts: [0],
  })
  const stream = await session.stream("SELECT 1 a, 2 a, 'x\ty' `t\tb`", streamOptions({ header: true }))
  expect(Buffer.from(stream.partStart).toString()).toBe('a\ta\tt\\\tb\n')
  for await (const block of stream) block.release()
  expect(stream.rowsRead).toBe(1)
})

test('parts end with a row and keep to their size', async () => {
  const { bytes, parts, rowsEnded } = await collect(
    session,
    `SELECT seq, REPEAT('x', seq % 900) FROM ${numbers(20_000)}`,
    { maxPartBytes: 1_000_000 },
  )
  expect(rowsEnded).toBe(20_000)
  expect(parts.reduce((sum, size) => sum + size)).toBe(bytes.length)
  expect(parts.length).toBe(Math.ceil(bytes.length / 1_000_000))
  let end = 0
  for (const size of parts) {
    expect(size).toBeLessThanOrEqual(1_000_000)
    end += size
    expect(bytes[end - 1]).toBe(0x0a)
  }
})

test('a slow taker stops the server, not the stream', async () => {
  const pool = new BlockPool(64 * 1024, 3)
  const stream = await session.stream(
    `SELECT seq, REPEAT('abc', 100) FROM ${numbers(100_000)}`,
    streamOptions({ pool }),
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

test("the session reads the task's literals correctly when an export has changed the character set of results", async () => {
  await session.execute('SET NAMES latin1', 10)
  expect((await collect(session, "SELECT _utf8mb4'é'")).bytes.toString()).toBe('é\n')
  const asked = 'SELECT @@character_set_client, @@character_set_connection, @@collation_connection'
  const { results } = await session.execute(asked, 10)
  expect(results[0].rows).toEqual([['latin1', 'latin1', 'latin1_swedish_ci']])
  await session.execute('SET NAMES utf8mb4', 10)
})

test('the session goes on after results in a character set that the driver does not know', async () => {
  const known = (await session.execute('SHOW CHARACTER SET', 1000)).results[0].rows.map(([name]) => name)
  for (const characterSet of ['eucjpms', 'dec8', 'keybcs2', 'geostd8'].filter(name => known.includes(name))) {
    await collect(session, "SELECT CAST('1x' AS SIGNED)", { characterSet })
    await collect(session, "SELECT 'a'", { characterSet })
    const { results } = await session.execute("SELECT 'b'", 1)
    expect(results[0].rows).toEqual([['b']])
  }
  expect(known).toContain('eucjpms')
})

test('an error before the first row and one after many rows are thrown, and the session goes on', async () => {
  await expect(collect(session, 'SELECT * FROM no_such_table')).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: expect.stringContaining('1146'),
  })
  await admin.query('CREATE TABLE two AS SELECT 1 AS n UNION ALL SELECT 2')
  const late = `SELECT seq, (SELECT n FROM two WHERE n >= IF(seq < 49999, 2, 1)) FROM ${numbers(50_000)}`
  await expect(collect(session, late)).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: expect.stringContaining('1242'),
  })
  expect((await collect(session, 'SELECT 1')).bytes.toString()).toBe('1\n')
})

test('a statement with no rows, or with several results, is not an export', async () => {
  const other = await openDatabase(serverUrl(database)).connect('batchquery unfit')
  await expect(collect(other, 'SET @a = 1')).rejects.toMatchObject({ code: 'QUERY_FAILED' })
  await other.close()
})

test('cancel ends the statement on the server, and the call', async () => {
  const mark = 'batchquery cancel-test'
  const other = await openDatabase(serverUrl(database)).connect(mark)
  const reading = collect(
    other,
    `SELECT a.seq, SLEEP(0.001) FROM ${numbers(1000, 'a')}, ${numbers(1000, 'b')}`,
  )
  const rejected = expect(reading).rejects.toMatchObject({ code: 'CANCELLED' })
  await expect.poll(() => statementsWith(mark)).not.toEqual([])
  await other.cancel()
  expect(await statementsWith(mark)).toEqual([])
  await rejected
  await other.close()
})

test('leaving the loop early ends the statement on the server', async () => {
  const mark = 'batchquery break-test'
  const other = await openDatabase(serverUrl(database)).connect(mark)
  const stream = await other.stream(
    `SELECT a.seq, REPEAT('x', 1000) FROM ${numbers(1000, 'a')}, ${numbers(1000, 'b')}`,
    streamOptions({ pool: new BlockPool(64 * 1024, 3) }),
  )
  for await (const block of stream) {
    block.release()
    break
  }
  expect(await statementsWith(mark)).toEqual([])
  await other.close()
})

test('a connection that is killed during a stream is reported as lost', async () => {
  const mark = 'batchquery kill-test'
  const other = await openDatabase(serverUrl(database)).connect(mark)
  const reading = collect(
    other,
    `SELECT a.seq, SLEEP(0.001) FROM ${numbers(1000, 'a')}, ${numbers(1000, 'b')}`,
  )
  const rejected = expect(reading).rejects.toMatchObject({ code: 'DATABASE_LOST', retryable: true })
  await expect.poll(() => statementsWith(mark)).not.toEqual([])
  await admin.query(`KILL ${Number(other.id)}`)
  await rejected
  await other.close()
})
