import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { freshDatabase, statementsWith } from '../../setup/mariadb-client.ts'
import { numbers } from '../../setup/mysql-numbers.ts'
import { DuckdbWitness } from '../../unit/format/parquet/witnesses.ts'
import { exportParquet, readBack } from './parquet-result.ts'
import { FileReading } from './raw-rows.ts'
import { packetNumbers, recordAnswer } from './recorded-answer.ts'
import { openDatabase, serverUrl } from './session.ts'

/* The way of typed rows from the socket into a Parquet file. */

let session: Session

beforeAll(async () => {
  session = await openDatabase(serverUrl(await freshDatabase())).connect('batchquery parquet-stream')
  await session.execute('CREATE TABLE one_float (f FLOAT)', 0)
  await session.execute('INSERT INTO one_float VALUES (1.5)', 0)
})

afterAll(async () => {
  await session.close()
})

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex').toUpperCase()

test.each([
  ['text', [500_000, 1_048_575, 1_048_576, 1_048_577, 3_000_000, 0xffffff - 10, 20_000_000]],
  ['binary', [500_000, 1_048_575, 1_048_576, 1_048_577, 0xffffff - 40, 0xffffff, 20_000_000, 64 << 20]],
] as const)('long values in %s pass in pieces, between short rows', async (protocol, sizes) => {
  // With a FLOAT, the session prepares the query.
  const price = protocol === 'text' ? "'1.5'" : '(SELECT f FROM one_float)'
  const long = (size: number): string => `SELECT ${size} AS n, REPEAT('0123456789abcde', ${size}/15+1) AS t`
  const values = sizes.map(
    size =>
      `SELECT n, LEFT(t, n) AS t, CAST(LEFT(t, n) AS BINARY) AS b, NULL AS z, ${price} AS f, -n AS m FROM (${long(size)}) x`,
  )
  const short = `SELECT 1 AS n, 'x' AS t, CAST('y' AS BINARY) AS b, NULL AS z, ${price} AS f, 2 AS m`
  const { file, rowsRead } = await exportParquet(session, [short, ...values, short].join(' UNION ALL '))
  using duckdb = await DuckdbWitness.open(file)
  const rows = await duckdb.query(
    'SELECT n::INT, upper(sha256(t)), upper(sha256(b)), z, f::DOUBLE, m::INT FROM FILE',
  )
  const hash = (size: number) => sha256('0123456789abcde'.repeat(size / 15 + 1).slice(0, size))
  expect(rows).toEqual([
    [1, sha256('x'), sha256('y'), null, 1.5, 2],
    ...sizes.map(size => [size, hash(size), hash(size), null, 1.5, -size]),
    [1, sha256('x'), sha256('y'), null, 1.5, 2],
  ])
  expect(rowsRead).toBe(sizes.length + 2)
})

test.each(['text', 'binary'] as const)(
  'the reader writes the same file wherever the answer in %s is cut',
  async protocol => {
    const sql = `SELECT 'a' AS a, -7 AS b, 1.25 AS c, DATE '2024-02-29' AS d, NULL AS e, REPEAT('x', 300) AS f, 0.5e0 AS g,
        TIMESTAMP'2024-02-29 01:02:03.5' AS h, TIME'-12:00:00.25' AS i, NULL AS j
      UNION ALL SELECT '', NULL, -0.01, NULL, NULL, 'y', NULL, '2024-03-01', '00:00:00', NULL
      UNION ALL SELECT NULL, 8, NULL, '2024-03-01', NULL, '', -1e300, NULL, NULL, NULL`
    const { answer, extendedMetadata } = await recordAnswer(sql, of => new FileReading(of, protocol), {
      protocol,
    })
    const read = async (...chunks: Buffer[]): Promise<Buffer> => {
      const reading = new FileReading(extendedMetadata, protocol)
      reading.take(...chunks)
      return reading.file()
    }
    const whole = await read(answer)
    const wrong: number[] = []
    for (let cut = 1; cut < answer.length; cut++) {
      const file = await read(answer.subarray(0, cut), answer.subarray(cut))
      if (!file.equals(whole)) wrong.push(cut)
    }
    expect(wrong).toEqual([])
    expect((await read(...Array.from(answer, byte => Buffer.of(byte)))).equals(whole)).toBe(true)
  },
)

test('the reader refuses a binary answer when a byte outside a value changes', async () => {
  const sql =
    "SELECT 'a' AS a, 7 AS b, NULL AS c, DATE '2024-02-29' AS d, TIME '01:02:03' AS e, REPEAT('x', 300) AS f"
  const { answer, extendedMetadata } = await recordAnswer(sql, of => new FileReading(of, 'binary'), {
    protocol: 'binary',
  })
  const refused: number[] = []
  for (let at = 0; at < answer.length; at++) {
    const changed = Buffer.from(answer)
    changed[at] ^= 0xff
    const reading = new FileReading(extendedMetadata, 'binary')
    try {
      reading.take(changed)
      await reading.file()
      if (reading.ending?.kind !== 'whole') refused.push(at)
    } catch (error) {
      expect(error).toMatchObject({
        code: expect.stringMatching(/DATABASE_LOST|UNSUPPORTED_CLAUSE|QUERY_FAILED/),
      })
      refused.push(at)
    }
  }
  const places = packetNumbers(answer)
  // The mark of the row comes after its packet's number, and its NULLs after the mark.
  const row = places[places.length - 2]
  expect(refused).toEqual(expect.arrayContaining([...places, row + 1, row + 2]))
  expect(refused.length).toBeGreaterThan(2 * places.length)
})

test('a slow store stops the server, not the stream', async () => {
  const rows = 300_000
  const result = await exportParquet(session, `SELECT seq, SHA2(seq, 256) AS h FROM ${numbers(rows)}`, {
    taken: () => sleep(5),
  })
  expect(result.rowsRead).toBe(rows)
  using duckdb = await DuckdbWitness.open(result.file)
  const read = await duckdb.query(
    'SELECT count(*)::INT, count(DISTINCT seq)::INT, bool_and(h = sha256(seq::VARCHAR)) FROM FILE',
  )
  expect(read).toEqual([[rows, rows, true]])
})

test('a value that does not fit ends the stream with its row, and the statement on the server', async () => {
  const mark = 'batchquery bad-value'
  const other = await openDatabase(serverUrl('')).connect(mark)
  await other.execute("SET sql_mode = 'ALLOW_INVALID_DATES'", 0)
  const sql = `SELECT IF(seq = 7000, CAST('2024-02-31' AS DATE), CURDATE()) AS c FROM ${numbers(1_000_000)}`
  await expect(exportParquet(other, sql)).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: expect.stringMatching(/column "c", row \d+: the value "2024-02-31" is not a .*date/i),
  })
  await expect.poll(() => statementsWith(mark)).toEqual([])
  await other.close()
})

test('cancel ends the statement on the server, and the call', async () => {
  const mark = 'batchquery parquet-cancel'
  const other = await openDatabase(serverUrl('')).connect(mark)
  const reading = exportParquet(
    other,
    `SELECT a.seq, SLEEP(0.001) AS s FROM ${numbers(1000, 'a')}, ${numbers(1000, 'b')}`,
  )
  const rejected = expect(reading).rejects.toMatchObject({ code: 'CANCELLED' })
  await expect.poll(() => statementsWith(mark)).not.toEqual([])
  await other.cancel()
  expect(await statementsWith(mark)).toEqual([])
  await rejected
  await other.close()
})

test('a query whose value is refused does not go on in the server', async () => {
  const mark = 'batchquery parquet-refused'
  const other = await openDatabase(serverUrl('')).connect(mark)
  const sql = `SELECT _tis620 X'FC' AS t, REPEAT('x', 2000000) AS x, IF(seq = 1, 0, SLEEP(1000)) AS s FROM ${numbers(2)}`
  await expect(exportParquet(other, sql)).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: expect.stringContaining('column "t", row 1'),
  })
  expect(await statementsWith(mark)).toEqual([])
  await other.close()
})

test('a result without rows is a file with its columns', async () => {
  const result = await exportParquet(session, 'SELECT 1 AS a, NOW() AS b FROM DUAL WHERE FALSE')
  expect(result.rowsRead).toBe(0)
  expect(await readBack(result)).toEqual({ duckdb: [], hyparquet: [] })
})
