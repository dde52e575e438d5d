import type { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import type { ReadsRequest } from '../../../src/database/parallel-reads.ts'
import { POSTGRES_PARALLEL_READS as READS } from '../../../src/database/postgres/parallel/parallel-reads.ts'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { request } from './parallel-reads.ts'
import { openDatabase, serverUrl } from './session.ts'

let database: string
let admin: Client
let session: Session

beforeAll(async () => {
  database = await freshPostgresDatabase()
  admin = await adminPg(database)
  await admin.query(`
    CREATE TABLE orders (id bigint PRIMARY KEY, shop int, day date, note text);
    INSERT INTO orders SELECT i, i % 7, date '2026-01-01' + i % 100, repeat('x', 100) FROM generate_series(1, 1000) i;
    CREATE TABLE big (id bigint PRIMARY KEY, shop int, note text);
    INSERT INTO big SELECT i, i % 97, repeat('x', 1000) FROM generate_series(1, 12000) i;
    CREATE TABLE keyless (a int, b int);
    CREATE TABLE parted (id int, part int) PARTITION BY LIST (part);
    CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
    CREATE TABLE parted_2 PARTITION OF parted FOR VALUES IN (2);
    INSERT INTO parted SELECT i, 1 + i % 2 FROM generate_series(1, 1000) i;
    CREATE VIEW few AS SELECT id, shop FROM orders WHERE shop < 3;
    CREATE VIEW timed AS SELECT id, now() AS at FROM orders;
    CREATE FUNCTION touch(int) RETURNS int LANGUAGE sql VOLATILE AS 'SELECT $1';
    CREATE FUNCTION age_of(date) RETURNS int LANGUAGE plpgsql STABLE AS 'BEGIN RETURN current_date - $1; END';
    ANALYZE`)
  session = await openDatabase(serverUrl(database)).connect('batchquery refusals')
})

afterAll(async () => {
  await session?.close()
  await admin?.end()
})

const plan = (query: string, more: Partial<ReadsRequest> = {}) => READS.plan(session, request(query, more))

test.each<[string, RegExp, Partial<ReadsRequest>?]>([
  ['SELECT id FROM orders ORDER BY id', /ORDER BY puts the whole result in order/],
  ['SELECT id FROM orders LIMIT 5', /LIMIT chooses rows of the whole result/],
  ['SELECT id FROM orders OFFSET 5', /OFFSET chooses rows/],
  ['SELECT id FROM orders FETCH FIRST 5 ROWS ONLY', /FETCH chooses rows/],
  ['SELECT id FROM orders FOR UPDATE', /FOR UPDATE and FOR SHARE lock rows/],
  ['SELECT id FROM orders ORDER BY id', /ORDER BY/, { by: ['id'] }],
  ['(SELECT id FROM orders ORDER BY note)', /ORDER BY/, { by: ['id'] }],
  ['SELECT * FROM (SELECT id FROM orders LIMIT 5) s', /LIMIT chooses/, { by: ['id'] }],
  ['SELECT * FROM (SELECT id FROM orders FOR SHARE) s', /FOR SHARE lock rows/, { by: ['id'] }],
  ['SELECT count(*) FROM orders', /an aggregate is over the whole result/],
  ['SELECT max(id) FROM orders', /an aggregate is over the whole result/],
  [
    'SELECT id, row_number() OVER () FROM orders',
    /not a SELECT of rows of one table, but has a window function/,
  ],
  [
    'SELECT id, row_number() OVER (ORDER BY shop) FROM orders',
    /window function reads rows of more than one range/,
    { by: ['id'] },
  ],
  [
    'SELECT DISTINCT ON (shop) id, shop FROM orders',
    /DISTINCT ON reads rows of more than one range/,
    { by: ['id'] },
  ],
  [
    'WITH w AS MATERIALIZED (SELECT * FROM orders) SELECT id, row_number() OVER (ORDER BY shop) FROM w',
    /window function reads rows of more than one range/,
    { by: ['id'] },
  ],
  [
    'SELECT id, row_number() OVER (ORDER BY part) FROM parted',
    /window function reads rows of more than one range/,
    { by: ['id'] },
  ],
  [
    'SELECT o.id FROM orders o JOIN (SELECT shop FROM orders LIMIT 5) s USING (shop)',
    /LIMIT chooses/,
    { by: ['id'] },
  ],
  ['SELECT id FROM orders WHERE shop = (SELECT shop FROM big LIMIT 1)', /LIMIT chooses/],
  ['SELECT count(*) AS n FROM orders', /an aggregate is over the whole result/, { by: ['n'] }],
  ['SELECT shop, count(*) AS n FROM orders GROUP BY shop', /BY \(n\) is an expression/, { by: ['n'] }],
  ['SELECT id + 1 AS id FROM orders o JOIN keyless ON a = id', /BY \(id\) is an expression/, { by: ['id'] }],
])('%s is refused', async (query, message, more = {}) => {
  await expect(plan(query, more)).rejects.toMatchObject({
    code: 'UNSUPPORTED_CLAUSE',
    message: expect.stringMatching(message),
  })
})

test.each([
  ['SELECT DISTINCT shop FROM orders', 'not a SELECT of rows of one table'],
  ['SELECT shop, count(*) FROM orders GROUP BY shop', 'not a SELECT of rows of one table'],
  ['SELECT id FROM orders UNION ALL SELECT id FROM big', 'not a SELECT of rows of one table'],
  ['SELECT o.id FROM orders o, big b', 'not a SELECT of rows of one table'],
  ['SELECT o.id FROM orders o JOIN big b USING (id)', 'not a SELECT of rows of one table'],
  ['WITH w AS (SELECT 1) SELECT id FROM orders', 'not a SELECT of rows of one table'],
  ['SELECT i FROM generate_series(1, 5) i', 'not a SELECT of rows of one table'],
  ['SELECT 1', 'not a SELECT of rows of one table'],
])('%s needs BY', async (query, message) => {
  await expect(plan(query)).rejects.toMatchObject({
    code: 'UNSUPPORTED_CLAUSE',
    message: expect.stringContaining(message),
    hint: expect.stringContaining('BY (column)'),
  })
})

test.each([
  'SELECT id FROM orders WHERE day = (SELECT max(day) FROM orders)',
  'SELECT id FROM orders WHERE day = (SELECT day FROM orders ORDER BY day DESC LIMIT 1)',
  'SELECT id, (SELECT b.note FROM big b WHERE b.id = o.id LIMIT 1) FROM orders o',
])('%s may limit the rows of a value', async query => {
  await expect(plan(query)).resolves.toMatchObject({ key: 'ctid' })
})

test('a LIMIT that depends on the row of another table is no LIMIT of the result', async () => {
  const query = `SELECT o.id, l.note FROM orders o
    CROSS JOIN LATERAL (SELECT b.note FROM big b WHERE b.id = o.id ORDER BY b.note LIMIT 1) l`
  await expect(plan(query, { by: ['id'] })).resolves.toMatchObject({ key: 'BY (id)' })
})

test('a view and a table without a key need BY', async () => {
  await expect(plan('SELECT id FROM few')).rejects.toThrow(/public.few is a view/)
  await expect(plan('SELECT a FROM keyless', { consistency: 'NONE' })).rejects.toThrow(
    /keyless has no primary key/,
  )
})

test.each([
  ['SELECT id, random() FROM orders', 'random() is volatile'],
  ['SELECT id FROM orders WHERE random() < 0.5', 'random() is volatile'],
  ['SELECT id, "random"() FROM orders', 'random() is volatile'],
  ['SELECT id, gen_random_uuid() FROM orders', 'gen_random_uuid() is volatile'],
  [`SELECT id, nextval('s') FROM orders, (SELECT 1) one`, 'nextval() is volatile'],
  ['SELECT id, clock_timestamp() FROM orders', 'clock_timestamp() is volatile'],
  ['SELECT id, touch(shop) FROM orders', 'touch() is volatile'],
  ['SELECT id, age_of(day) FROM orders', 'age_of() differs between sessions and transactions'],
  ['SELECT id, now() FROM orders', 'now() differs'],
  ['SELECT id, current_date FROM orders', 'CURRENT_DATE differs between transactions'],
  ['SELECT id, localtimestamp(0) FROM orders', 'LOCALTIMESTAMP differs'],
  ['SELECT id, age(day) FROM orders', 'CURRENT_DATE differs'],
  [`SELECT id FROM orders WHERE day < 'today'`, `the time 'today' differs`],
  [`SELECT id FROM orders WHERE day < date ' NOW '`, `the time ' NOW ' differs`],
  ['SELECT id, pg_backend_pid() FROM orders', 'pg_backend_pid() differs'],
  ['SELECT pid FROM pg_stat_activity', 'pg_stat_get_activity() differs'],
  ['SELECT id, at FROM timed', 'now() differs'],
  ['SELECT v FROM (VALUES (random()), (2)) AS x (v)', 'random() is volatile'],
])('%s is refused as unstable', async (query, message) => {
  await admin.query('CREATE SEQUENCE IF NOT EXISTS s')
  await expect(plan(query, { by: ['id'] })).rejects.toMatchObject({
    code: 'UNSUPPORTED_CLAUSE',
    message: expect.stringContaining(message),
  })
})

test.each([
  `SELECT id FROM orders WHERE note = 'now'`,
  `SELECT id, 'current_date' AS "now()" FROM orders`,
  "SELECT id, lower(note), day + interval '1 day' FROM orders",
])('%s is stable', async query => {
  await expect(plan(query)).resolves.toMatchObject({ key: 'ctid' })
})

test('queries that change rows, temporary tables and samples are refused', async () => {
  await expect(
    plan('WITH d AS (DELETE FROM orders WHERE id = 0 RETURNING id) SELECT id FROM d', { by: ['id'] }),
  ).rejects.toThrow(/the query changes rows of orders/)
  await session.execute('CREATE TEMPORARY TABLE own (id int PRIMARY KEY)', 0)
  await expect(plan('SELECT id FROM own')).rejects.toThrow(/own is a temporary table/)
  await expect(plan('SELECT id FROM orders TABLESAMPLE SYSTEM (10)', { by: ['id'] })).rejects.toThrow(
    /TABLESAMPLE chooses other rows of orders/,
  )
  await expect(
    plan('SELECT id FROM orders TABLESAMPLE SYSTEM (50) REPEATABLE (1)', { by: ['id'] }),
  ).resolves.toMatchObject({ key: 'BY (id)' })
})

test('a plan in which each range reads a whole table is refused in the words of EXPLAIN', async () => {
  await expect(plan('SELECT id, shop FROM big', { by: ['shop'] })).rejects.toThrow(
    /each range of BY \(shop\) would read the whole table \(Seq Scan on big, Filter: \(\(?big\.shop/,
  )
  await expect(
    plan('SELECT o.id, b.note FROM orders o JOIN big b ON b.shop = o.shop', { by: ['id'] }),
  ).rejects.toThrow(/would read the whole table \(Seq Scan on big\)/)
  await expect(plan('SELECT id, shop FROM orders', { by: ['shop'] })).resolves.toMatchObject({
    key: 'BY (shop)',
  })
  await session.execute('SET enable_tidscan = off', 0)
  await expect(plan('SELECT id FROM big')).rejects.toThrow(/each range of ctid would read the whole table/)
  await session.execute('RESET enable_tidscan', 0)
})

test('rows that an index finds are one range', async () => {
  const { ranges } = await plan('SELECT note FROM big WHERE id = 17')
  expect(ranges.map(({ where }) => where)).toEqual(['true'])
})

test('a column that does not exist, or has no order, is refused by the server', async () => {
  await expect(plan('SELECT id FROM orders', { by: ['nothing'] })).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: expect.stringContaining('column "nothing" does not exist'),
  })
  await admin.query('CREATE TABLE IF NOT EXISTS points (id int, p point)')
  await expect(plan('SELECT p FROM points', { by: ['p'] })).rejects.toThrow(
    /could not identify an ordering operator/,
  )
})

test('a table that no statistics describe is refused, if it is not small', async () => {
  await admin.query(
    'CREATE TABLE fresh (id int PRIMARY KEY); INSERT INTO fresh SELECT generate_series(1, 201)',
  )
  await expect(plan('SELECT id FROM fresh', { consistency: 'NONE' })).rejects.toMatchObject({
    message: expect.stringContaining(
      'the server has no statistics of public.fresh (id) that divide its rows',
    ),
    hint: expect.stringContaining('ANALYZE "public"."fresh"'),
  })
  await admin.query('DELETE FROM fresh WHERE id > 200')
  await expect(plan('SELECT id FROM fresh', { consistency: 'NONE' })).resolves.toMatchObject({
    ranges: expect.objectContaining({ length: 8 }),
  })
})

test('a foreign table is refused under SNAPSHOT', async () => {
  await admin.query(`
    CREATE EXTENSION IF NOT EXISTS file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
    CREATE FOREIGN TABLE lines (id text) SERVER files OPTIONS (filename '/etc/hostname')`)
  await expect(plan('SELECT id FROM lines', { by: ['id'] })).rejects.toThrow(
    /lines is on another server, which does not share the snapshot/,
  )
})
