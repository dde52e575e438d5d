import type { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { readInParallel, request } from './parallel-reads.ts'

let database: string
let admin: Client

beforeAll(async () => {
  database = await freshPostgresDatabase()
  admin = await adminPg(database)
  await admin.query('CREATE TABLE orders (id bigint PRIMARY KEY, shop int, note text)')
  await admin.query(`INSERT INTO orders SELECT i, i % 7, repeat('x', 100) FROM generate_series(1, 20000) i`)
  await admin.query('ANALYZE orders')
})

afterAll(async () => {
  await admin?.end()
})

const ids = (ranges: readonly (readonly string[])[]) =>
  ranges
    .flat()
    .map(Number)
    .sort((a, b) => a - b)
const all = Array.from({ length: 20_000 }, (_, at) => at + 1)

test('a table is read by ctid under SNAPSHOT', async () => {
  const { plan, ranges, moment } = await readInParallel(database, request('SELECT id FROM orders'))
  expect(plan.key).toBe('ctid')
  expect(ids(ranges)).toEqual(all)
  expect(ranges.length).toBeGreaterThan(7)
  expect(moment.level).toBe('snapshot')
})

test('a table is read by its primary key under NONE', async () => {
  const { plan, ranges, moment } = await readInParallel(
    database,
    request('SELECT id FROM orders', { consistency: 'NONE' }),
  )
  expect(plan.key).toBe('orders_pkey (id)')
  expect(ids(ranges)).toEqual(all)
  expect(ranges.length).toBeGreaterThan(7)
  expect(moment).toEqual({ level: 'none', at: null })
})

test('any query is read by the columns of BY', async () => {
  const query =
    'SELECT o.id, s.n FROM orders o JOIN (VALUES (1, 2), (2, 3)) AS s (shop, n) USING (shop) -- end'
  const { plan, ranges } = await readInParallel(database, request(query, { by: ['id'] }))
  expect(plan.key).toBe('BY (id)')
  expect(ranges.flat()).toHaveLength(all.filter(id => [1, 2].includes(id % 7)).length)
})
