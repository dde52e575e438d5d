import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askSession } from '../../../src/database/ask-session.ts'
import type { Session } from '../../../src/database/database.ts'
import { adminConnection, freshDatabase } from '../../setup/mariadb-client.ts'
import { numbers } from '../../setup/mysql-numbers.ts'
import { openDatabase, serverUrl } from '../mysql/session.ts'
import { forecastOf, forecasts, into } from './forecasts.ts'

const ROWS = 50_000

let session: Session

beforeAll(async () => {
  const database = await freshDatabase()
  const admin = await adminConnection({ database })
  await admin.query(
    'CREATE TABLE orders (id BIGINT PRIMARY KEY, shop INT, total DECIMAL(10,2), note TEXT, KEY (shop))',
  )
  await admin.query(`INSERT INTO orders SELECT seq, seq % 7, seq, REPEAT('x', 80) FROM ${numbers(ROWS)}`)
  await admin.query(`CREATE TABLE items (order_id BIGINT, n INT, sku VARCHAR(36), PRIMARY KEY (order_id, n))`)
  await admin.query(`INSERT INTO items SELECT 1 + seq % 1000, seq, UUID() FROM ${numbers(ROWS)}`)
  await admin.query('CREATE TABLE noted (n INT) ENGINE = InnoDB')
  await admin.query('ANALYZE TABLE orders, items')
  await admin.query('CREATE VIEW sums AS SELECT shop, SUM(total) AS total FROM orders GROUP BY shop')
  await admin.query(
    'CREATE FUNCTION notes() RETURNS INT DETERMINISTIC MODIFIES SQL DATA BEGIN INSERT INTO noted VALUES (1); RETURN 1; END',
  )
  session = await openDatabase(serverUrl(database)).connect('batchquery plan-test')
  if (session.server.kind === 'mariadb') await admin.query('SET GLOBAL userstat = ON')
  await admin.end()
})

afterAll(() => session?.close())

const OWN_COUNTS = {
  mariadb:
    'SELECT COALESCE(SUM(ROWS_READ), 0) FROM information_schema.TABLE_STATISTICS WHERE TABLE_SCHEMA = DATABASE()',
  mysql:
    'SELECT SUM(COUNT_READ) FROM performance_schema.table_io_waits_summary_by_table WHERE OBJECT_SCHEMA = DATABASE()',
}

/** How many rows the server has read of this test's tables: its own count for each table, not those of SHOW. */
async function rowsRead(): Promise<number> {
  const [[rows] = []] = await askSession(
    session,
    OWN_COUNTS[session.server.kind === 'mariadb' ? 'mariadb' : 'mysql'],
  )
  return Number(rows)
}

test('the count of rows read sees a scan', async () => {
  const before = await rowsRead()
  await askSession(session, 'SELECT COUNT(note) FROM orders')
  expect((await rowsRead()) - before).toBeGreaterThanOrEqual(ROWS)
})

test.each(['orders', 'items'])('the rows of %s are estimated within 2x', async table => {
  const { estimate } = await forecastOf(session, `SELECT * FROM ${table} ${into()}`)
  expect(estimate.rows).toBeGreaterThan(ROWS / 2)
  expect(estimate.rows).toBeLessThan(ROWS * 2)
  expect(estimate.bytes).toBeGreaterThan(1_000_000)
})

describe('plan reads only statistics and index rows', () => {
  test.each([
    ['a table', `SELECT * FROM orders ${into()}`],
    ['a table with PARALLEL', `SELECT * FROM orders ${into('PARALLEL 4')}`],
    ['a table with a composite key', `SELECT * FROM items ${into('PARALLEL 8')}`],
    ['a table with BY', `SELECT * FROM orders ${into('PARALLEL 4 BY (id) CONSISTENCY NONE')}`],
    ['a join', `SELECT o.id, i.sku FROM orders o JOIN items i ON i.order_id = o.id ${into()}`],
    [
      'a join with BY',
      `SELECT i.order_id, i.sku, o.note FROM items i JOIN orders o ON o.id = i.order_id ${into('PARALLEL 4 BY (order_id)')}`,
    ],
    [
      'groups with BY',
      `SELECT shop, SUM(total) AS t FROM orders GROUP BY shop ${into('PARALLEL 2 BY (shop)')}`,
    ],
    ['groups', `SELECT shop, COUNT(*) FROM orders GROUP BY shop ${into()}`],
    ['an aggregate', `SELECT MAX(note) FROM orders ${into()}`],
    ['a view', `SELECT * FROM sums ${into()}`],
    ['a subquery of rows', `SELECT * FROM orders WHERE total > (SELECT AVG(n) FROM items) ${into()}`],
    ['a derived table', `SELECT * FROM (SELECT shop, SUM(total) AS t FROM orders GROUP BY shop) q ${into()}`],
  ])('of %s', async (_, sql) => {
    const before = await rowsRead()
    await forecastOf(session, sql)
    const read = (await rowsRead()) - before
    expect(read).toBeLessThan(ROWS / 100)
  })
})

test('plan lets no function of a query write', async () => {
  await forecasts(session, `SELECT * FROM orders WHERE id = (SELECT notes()) ${into()}`)
  expect(await askSession(session, 'SELECT COUNT(*) FROM noted')).toEqual([['0']])
})

test('plan names the columns with their types', async () => {
  const { columns } = await forecastOf(
    session,
    `SELECT id, total, note, shop FROM orders ${into('FORMAT PARQUET PARTITION BY (shop)')}`,
  )
  expect(columns).toEqual([
    { name: 'id', sourceType: 'bigint', writtenType: 'INT64', isPartition: false },
    { name: 'total', sourceType: 'decimal(10,2)', writtenType: 'DECIMAL(10,2)', isPartition: false },
    { name: 'note', sourceType: 'text', writtenType: 'STRING', isPartition: false },
    { name: 'shop', sourceType: 'int', writtenType: null, isPartition: true },
  ])
})

test('plan shows ranges, sessions, files and locks of PARALLEL', async () => {
  const forecast = await forecastOf(session, `SELECT * FROM orders ${into('PARALLEL 4')}`)
  const { ranges, sessions, mostFiles, locks, longest } = forecast
  expect(ranges).toMatchObject({ key: 'PRIMARY (id)', readers: 4, consistency: 'SNAPSHOT' })
  const count = ranges?.ranges.length ?? 0
  expect(count).toBeGreaterThanOrEqual(16)
  expect(ranges?.ranges[0]).toEqual({
    number: 0,
    where: expect.stringContaining('`id` <'),
    rows: expect.any(Number),
  })
  expect({ sessions, mostFiles }).toEqual({ sessions: 6, mostFiles: count })
  expect(locks.join(' ')).toMatch(/metadata locks/)
  expect(longest.rows).toBe(Math.max(...(ranges?.ranges ?? []).map(({ rows }) => rows ?? 0)))
})

test('an export that needs an earlier statement names it, and the others are planned', async () => {
  const steps = await forecasts(
    session,
    [
      'CREATE TEMPORARY TABLE recent (id BIGINT)',
      'SET @since = 5',
      `SELECT * FROM recent ${into()}`,
      `SELECT * FROM orders WHERE id > @since ${into()}`,
      `SELECT * FROM orders ${into()}`,
      `SELECT * FROM nowhere ${into()}`,
    ].join(';\n'),
  )
  expect(steps.map(({ number, refusal }) => [number, refusal?.needs ?? null])).toEqual([
    [3, 1],
    [4, 2],
    [5, null],
    [6, null],
  ])
  expect(steps[0].refusal?.error.message).toContain('statement 1 (line 1), which creates recent')
  expect(steps[1].refusal?.error.message).toContain('statement 2 (line 2), which sets @since')
  expect(steps[2].forecast?.estimate.rows).toBeGreaterThan(1)
  expect(steps[3].refusal?.error.message).toContain('nowhere')
})

test('an export that a run refuses is refused with the same error', async () => {
  const [step] = await forecasts(session, `SELECT * FROM orders ORDER BY id ${into('PARALLEL 4')}`)
  expect(step.refusal).toMatchObject({ needs: null, error: { code: 'UNSUPPORTED_CLAUSE' } })
})

test('an export that the session would read wrongly needs the statement that changes how it reads', async () => {
  const steps = await forecasts(
    session,
    `SELECT 1; SET sql_mode = 'ANSI_QUOTES'; SELECT "id" FROM "orders" ${into()}`,
  )
  expect(steps[0].refusal).toMatchObject({ needs: 2 })
  expect(steps[0].refusal?.error.message).toContain('changes how the server reads strings')
})
