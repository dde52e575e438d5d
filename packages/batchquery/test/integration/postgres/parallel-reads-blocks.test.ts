import type { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { POSTGRES_PARALLEL_READS as READS } from '../../../src/database/postgres/parallel/parallel-reads.ts'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { readInParallel, request } from './parallel-reads.ts'
import { openDatabase, serverUrl } from './session.ts'

let database: string
let admin: Client

beforeAll(async () => {
  database = await freshPostgresDatabase()
  admin = await adminPg(database)
  await admin.query(`
    CREATE TABLE orders (id bigint PRIMARY KEY, shop int, note text);
    INSERT INTO orders SELECT i, i % 7, repeat('x', 100) FROM generate_series(1, 20000) i;
    CREATE TABLE events (id bigint, day date, note text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
    CREATE TABLE events_a PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-07-01');
    CREATE TABLE events_b PARTITION OF events FOR VALUES FROM ('2026-07-01') TO ('2027-01-01') PARTITION BY HASH (id);
    CREATE TABLE events_b0 PARTITION OF events_b FOR VALUES WITH (MODULUS 2, REMAINDER 0);
    CREATE TABLE events_b1 PARTITION OF events_b FOR VALUES WITH (MODULUS 2, REMAINDER 1);
    INSERT INTO events SELECT i, date '2026-01-01' + (i % 365)::int, repeat('x', (i % 200)::int) FROM generate_series(1, 20000) i;
    CREATE TABLE parents (id int PRIMARY KEY, note text);
    CREATE TABLE children (more int) INHERITS (parents);
    INSERT INTO parents SELECT i, repeat('p', 300) FROM generate_series(1, 3000) i;
    INSERT INTO children SELECT i, repeat('c', 20), i FROM generate_series(3001, 9000) i;
    -- From version 18 on, a child keeps the NOT NULL of its parent.
    DO $$ BEGIN
      IF current_setting('server_version_num')::int < 180000 THEN
        ALTER TABLE children ALTER id DROP NOT NULL;
        INSERT INTO children VALUES (NULL, 'none', 0);
      END IF;
    END $$;
    CREATE MATERIALIZED VIEW seen AS SELECT id, shop FROM orders;
    CREATE TABLE holes (id int, note text);
    INSERT INTO holes SELECT i, repeat('x', 500) FROM generate_series(1, 5000) i;
    DELETE FROM holes WHERE id BETWEEN 1000 AND 4500;
    CREATE TABLE nothing (id int);
    ANALYZE`)
})

afterAll(async () => {
  await admin?.end()
})

const QUERIES: [name: string, query: string, ranges?: number][] = [
  ['a table', 'SELECT id, note FROM orders'],
  ['a table with a condition', 'SELECT id FROM orders WHERE shop = 3 OR shop = 4'],
  ['a table with a condition and a comment', 'SELECT id FROM orders WHERE shop = 3 -- or 4'],
  [
    'a table with a subquery in its condition',
    'SELECT id FROM orders WHERE id IN (SELECT id FROM parents WHERE id % 2 = 0)',
  ],
  [
    'a table with a subquery among its values',
    'SELECT id, (SELECT count(*) FROM ONLY parents p WHERE p.id = o.id) FROM orders AS o',
  ],
  ['a table with a function of several rows', 'SELECT id, unnest(ARRAY[shop, 1]) FROM orders'],
  ['a table with an alias', 'SELECT o.id FROM public.orders o WHERE o.shop IS DISTINCT FROM 3'],
  ['a table with a star', 'SELECT * FROM orders * AS "from" WHERE "from".shop = 2;'],
  [
    'a table with words of clauses',
    `SELECT id AS limit, 'order by' AS "from" FROM orders WHERE extract(year FROM date '2026-01-01') > 5`,
  ],
  ['a table without a key', 'SELECT * FROM holes'],
  ['an empty table', 'SELECT * FROM nothing', 1],
  ['a partitioned table', 'SELECT id, day FROM events'],
  ['some partitions of a table', `SELECT id, day FROM events WHERE day >= '2026-08-01'`],
  ['no partition of a table', `SELECT id, day FROM events WHERE day >= '2030-08-01'`, 1],
  ['a partition', 'SELECT id FROM events_b0'],
  ['a table and those that inherit from it', 'SELECT id, note FROM parents'],
  ['a table without those that inherit from it', 'SELECT id, note FROM ONLY parents'],
  ['a materialized view', 'SELECT id FROM seen'],
  ['a table of the system', 'SELECT attrelid, attname FROM pg_attribute'],
  ['a condition that no row meets', 'SELECT id FROM orders WHERE false', 1],
]

test.each(QUERIES)('%s is read once by its blocks', async (_, query, least = 8) => {
  const { plan, ranges } = await readInParallel(database, request(query))
  expect(plan.key).toBe('ctid')
  expect(ranges.length).toBeGreaterThanOrEqual(least)
  const { rows } = await admin.query<unknown[]>({ text: query, rowMode: 'array' })
  const expected = rows.map(row =>
    row.map(value => (value instanceof Date ? dateText(value) : (value ?? '\\N'))).join('|'),
  )
  expect(ranges.flat().sort()).toEqual(expected.sort())
})

const SESSIONS = 'SELECT FROM pg_stat_activity WHERE application_name = $1'

/** The driver makes a local time of a date. */
const dateText = (date: Date): string =>
  new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 10)

test('the ranges of blocks have about as many rows', async () => {
  for (const query of ['SELECT id FROM orders', 'SELECT id FROM events']) {
    const { ranges } = await readInParallel(database, request(query, { readers: 4 }))
    expect(ranges.length).toBe(16)
    expect(Math.max(...ranges.map(rows => rows.length))).toBeLessThan(2 * (20_000 / 16))
  }
})

test('the ranges are numbered in steps, and are open at both ends', async () => {
  const { plan } = await readInParallel(database, request('SELECT id FROM orders'))
  expect(plan.ranges.map(({ number }) => number)).toEqual(plan.ranges.map((_, index) => index * 100))
  expect(plan.ranges[0].where).toMatch(/^ctid < '\(\d+,0\)'$/)
  expect(plan.ranges[1].where).toMatch(/^ctid >= '\(\d+,0\)' AND ctid < '\(\d+,0\)'$/)
  expect(plan.ranges.at(-1)?.where).toMatch(/^ctid >= '\(\d+,0\)'$/)
})

test('rows that moved behind the last block of the plan are read', async () => {
  await admin.query('CREATE TABLE growing (id int); INSERT INTO growing SELECT generate_series(1, 5000)')
  const session = await openDatabase(serverUrl(database)).connect('batchquery growing')
  try {
    const plan = await READS.plan(session, request('SELECT id FROM growing'))
    await admin.query('UPDATE growing SET id = -id; INSERT INTO growing SELECT generate_series(5001, 9000)')
    const counts: number[] = []
    for (const { query } of plan.ranges) counts.push((await session.execute(query, 0)).results[0].rowCount)
    expect(counts.reduce((sum, of) => sum + of, 0)).toBe(9000)
  } finally {
    await session.close()
  }
})

test('a table under NONE is never read by its blocks', async () => {
  const none = { consistency: 'NONE' } as const
  const { plan, ranges } = await readInParallel(database, request('SELECT id FROM parents', none))
  expect(plan.key).toBe('parents_pkey (id)')
  const { rows } = await admin.query('SELECT id FROM parents')
  expect(ranges.flat()).toHaveLength(rows.length)
  expect(ranges.at(-1)).toEqual(rows.filter(({ id }) => id === null).map(() => '\\N'))
  const events = await readInParallel(database, request('SELECT id FROM events', none))
  expect(events.plan.key).toBe('events_pkey (id, day)')
  expect(events.ranges.flat()).toHaveLength(20_000)
  await expect(readInParallel(database, request('SELECT id FROM holes', none))).rejects.toThrow(
    /holes has no primary key/,
  )
})

test('a user whose policies hide rows reads the others once', async () => {
  await admin.query(`
    CREATE ROLE ${database}_some; GRANT SELECT ON orders TO ${database}_some;
    ALTER TABLE orders ENABLE ROW LEVEL SECURITY; CREATE POLICY few_shops ON orders USING (shop < 3)`)
  const session = await openDatabase(serverUrl(database)).connect('batchquery policies')
  try {
    await session.execute(`SET ROLE ${database}_some`, 0)
    const { plan, ranges } = await readInParallel(database, request('SELECT id FROM orders'), { session })
    expect(plan.key).toBe('ctid')
    expect(ranges.flat()).toHaveLength(8572)
    expect(new Set(ranges.flat()).size).toBe(8572)
  } finally {
    await session.close()
    await admin.query(`
      DROP POLICY few_shops ON orders; ALTER TABLE orders DISABLE ROW LEVEL SECURITY;
      DROP OWNED BY ${database}_some; DROP ROLE ${database}_some`)
  }
})

test('estimates of whole tables with fresh statistics are within 1.2x', async () => {
  const session = await openDatabase(serverUrl(database)).connect('batchquery estimates')
  try {
    for (const [table, rows] of [
      ['orders', 20_000],
      ['events', 20_000],
      ['parents', 9_001],
      ['holes', 1_499],
    ] as const) {
      const estimate = await READS.estimate(session, `SELECT * FROM ${table}`)
      expect(estimate.rows).toBeGreaterThan(rows / 1.2)
      expect(estimate.rows).toBeLessThan(rows * 1.2)
    }
    expect((await READS.estimate(session, 'SELECT * FROM events')).access).toEqual([
      'events_a: Seq Scan',
      'events_b0: Seq Scan',
      'events_b1: Seq Scan',
    ])
    expect((await READS.estimate(session, 'SELECT note FROM orders WHERE id = 5')).access).toEqual([
      'orders: Index Scan using orders_pkey',
    ])
    await expect(READS.estimate(session, 'SELECT nothing FROM orders')).rejects.toMatchObject({
      code: 'QUERY_FAILED',
    })
  } finally {
    await session.close()
  }
})

test('a plan reads no rows of the table but those at the ends of an index', async () => {
  await admin.query(`
    CREATE TABLE wide (a int, b int, note text, PRIMARY KEY (a, b));
    INSERT INTO wide SELECT i % 2, i, repeat('x', 50) FROM generate_series(1, 50000) i; ANALYZE wide`)
  const rowsRead = async (): Promise<number> => {
    await admin.query('SELECT pg_stat_force_next_flush()')
    const { rows } = await admin.query<{ n: string }>(
      `SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) AS n FROM pg_stat_user_tables WHERE relname = 'wide'`,
    )
    return Number(rows[0].n)
  }
  const before = await rowsRead()
  const session = await openDatabase(serverUrl(database)).connect('batchquery counts')
  try {
    for (const consistency of ['SNAPSHOT', 'NONE'] as const) {
      const wanted = request('SELECT * FROM wide', { consistency })
      const plan = await READS.plan(session, wanted)
      expect(plan.ranges.length).toBeGreaterThanOrEqual(8)
      await READS.checkMoment(session, plan, wanted)
    }
  } finally {
    await session.close()
  }
  // A session that has ended has reported its reads.
  await expect.poll(async () => (await admin.query(SESSIONS, ['batchquery counts'])).rowCount).toBe(0)
  expect((await rowsRead()) - before).toBeLessThan(200)
})
