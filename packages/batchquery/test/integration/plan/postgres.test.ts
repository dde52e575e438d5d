import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askSession } from '../../../src/database/ask-session.ts'
import type { Session } from '../../../src/database/database.ts'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { openDatabase, serverUrl } from '../postgres/session.ts'
import { forecastOf, forecasts, into } from './forecasts.ts'

const ROWS = 50_000

let session: Session

beforeAll(async () => {
  const database = await freshPostgresDatabase()
  const admin = await adminPg(database)
  await admin.query('CREATE TABLE orders (id bigint PRIMARY KEY, shop int, total numeric(10,2), note text)')
  await admin.query(
    `INSERT INTO orders SELECT i, i % 7, i, repeat('x', 80) FROM generate_series(1, ${ROWS}) i`,
  )
  await admin.query('CREATE TABLE lines (order_id bigint, n int, sku uuid, PRIMARY KEY (order_id, n))')
  await admin.query(
    `INSERT INTO lines SELECT 1 + i % 1000, i, gen_random_uuid() FROM generate_series(1, ${ROWS}) i`,
  )
  await admin.query('ANALYZE')
  await admin.query('CREATE VIEW sums AS SELECT shop, sum(total) AS total FROM orders GROUP BY shop')
  await admin.end()
  session = await openDatabase(serverUrl(database)).connect('batchquery plan-test')
})

afterAll(() => session?.close())

test.each(['orders', 'lines'])('the rows of %s are estimated within 1.2x', async table => {
  const { estimate } = await forecastOf(session, `SELECT * FROM ${table} ${into()}`)
  expect(estimate.rows).toBeGreaterThan(ROWS / 1.2)
  expect(estimate.rows).toBeLessThan(ROWS * 1.2)
  expect(estimate.bytes).toBeGreaterThan(1_000_000)
})

/** The rows that the open transaction has read from the test's tables, from their heaps or by their indexes. */
async function rowsRead(): Promise<number> {
  const [[count] = []] = await askSession(
    session,
    `SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0) FROM pg_stat_xact_user_tables`,
  )
  return Number(count)
}

describe('plan reads only statistics and index rows', () => {
  test.each([
    ['a table', `SELECT * FROM orders ${into()}`],
    ['a table with PARALLEL', `SELECT * FROM orders ${into('PARALLEL 4')}`],
    ['a table by its key', `SELECT * FROM lines ${into('PARALLEL 8 CONSISTENCY NONE')}`],
    ['a table with BY', `SELECT * FROM orders ${into('PARALLEL 4 BY (id)')}`],
    ['a join', `SELECT o.id, l.sku FROM orders o JOIN lines l ON l.order_id = o.id ${into()}`],
    ['groups', `SELECT shop, count(*) FROM orders GROUP BY shop ${into()}`],
    ['a view', `SELECT * FROM sums ${into()}`],
    ['a subquery', `SELECT * FROM orders WHERE total > (SELECT avg(n) FROM lines) ${into()}`],
  ])('of %s', async (_, sql) => {
    // The counts are those of one transaction.
    await session.execute('BEGIN', 0)
    try {
      await forecastOf(session, sql)
      expect(await rowsRead()).toBeLessThan(500)
    } finally {
      await session.execute('ROLLBACK', 0)
    }
  })
})

test('plan names the columns with their types', async () => {
  const { columns } = await forecastOf(
    session,
    `SELECT id, total, note, shop FROM orders ${into('FORMAT PARQUET PARTITION BY (shop) INCLUDE')}`,
  )
  expect(columns).toEqual([
    { name: 'id', sourceType: 'bigint', writtenType: 'INT64', isPartition: false },
    { name: 'total', sourceType: 'numeric(10,2)', writtenType: 'DECIMAL(10,2)', isPartition: false },
    { name: 'note', sourceType: 'text', writtenType: 'STRING', isPartition: false },
    { name: 'shop', sourceType: 'integer', writtenType: 'INT32', isPartition: true },
  ])
})

test('an export that needs an earlier statement names it, and the others are planned', async () => {
  const steps = await forecasts(
    session,
    [
      `SELECT * FROM orders ${into()}`,
      'CREATE TEMP TABLE recent AS SELECT 1 AS id',
      `SELECT * FROM recent ${into()}`,
      'SET search_path = archive',
      `SELECT * FROM orders ${into()}`,
    ].join(';\n'),
  )
  expect(steps.map(({ number, refusal }) => [number, refusal?.needs ?? null])).toEqual([
    [1, null],
    [3, 2],
    [5, 4],
  ])
  expect(steps[2].refusal?.error.message).toContain('which sets search_path')
})

test('the session of a plan can write nothing', async () => {
  await forecasts(session, `SELECT * FROM orders ${into()}`)
  await expect(session.execute('CREATE TABLE written (n int)', 0)).rejects.toThrow(/read-only transaction/)
})
