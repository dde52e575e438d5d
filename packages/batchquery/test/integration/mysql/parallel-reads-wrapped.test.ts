import type { Connection } from 'mysql2/promise'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { MYSQL_PARALLEL_READS } from '../../../src/database/mysql/parallel/parallel-reads.ts'
import { adminConnection, freshDatabase } from '../../setup/mariadb-client.ts'
import { numbers } from '../../setup/mysql-numbers.ts'
import { readInParallel, request } from './parallel-reads.ts'
import { openDatabase, serverUrl } from './session.ts'

const ORDERS = 40_000

let database: string
let admin: Connection

beforeAll(async () => {
  database = await freshDatabase()
  admin = await adminConnection({ database })
  for (const sql of [
    `CREATE TABLE orders (id BIGINT PRIMARY KEY, shop INT NULL, customer INT NOT NULL, amount DECIMAL(10, 2), at TIMESTAMP,
       code VARCHAR(40) COLLATE utf8mb4_general_ci, INDEX (shop), INDEX (customer), INDEX (code, id, customer))`,
    'CREATE TABLE customers (id INT PRIMARY KEY, name VARCHAR(40), INDEX (name))',
    `INSERT INTO orders SELECT seq, NULLIF(seq % 60, 7), 1 + seq % 500, seq / 7, NOW(), MD5(seq % 3000) FROM ${numbers(ORDERS)}`,
    `INSERT INTO customers SELECT seq, CONCAT('c', seq % 70) FROM ${numbers(490)}`,
    'ANALYZE TABLE orders, customers',
    `CREATE VIEW sales AS SELECT o.id AS number, o.amount AS value, c.name FROM orders AS o LEFT JOIN customers AS c ON c.id = o.customer`,
    'CREATE VIEW shops AS SELECT shop, COUNT(*) AS sold FROM orders GROUP BY shop',
  ])
    await admin.query(sql)
})

afterAll(async () => {
  await admin?.end()
})

async function open(...statements: string[]): Promise<Session> {
  const session = await openDatabase(serverUrl(database)).connect('batchquery wrapped-test')
  onTestFinished(() => session.close())
  for (const sql of statements) await session.execute(sql, 0)
  return session
}

async function wholeRows(query: string): Promise<readonly string[]> {
  const { results } = await (await open()).execute(query, Number.POSITIVE_INFINITY)
  return (results[0]?.rows ?? []).map(row => row.map(value => value ?? '\\N').join('|')).sort()
}

const JOIN = 'orders AS o LEFT JOIN customers AS c ON c.id = o.customer'

test.each([
  ['a join', `SELECT o.id AS k, o.amount, c.name FROM ${JOIN} WHERE o.amount > 10`, ['k']],
  ['an outer join by the side that may be missing', `SELECT o.amount, c.id AS k FROM ${JOIN}`, ['K']],
  [
    'a join by a text and a number',
    `SELECT o.code, o.id AS number, c.name FROM ${JOIN} -- at the end`,
    ['code', 'number'],
  ],
  ['groups', 'SELECT shop, COUNT(*) AS n, SUM(amount) AS sum FROM orders GROUP BY shop;', ['shop']],
  ['groups with a condition', 'SELECT shop AS s FROM orders GROUP BY shop HAVING COUNT(*) > 5', ['s']],
  ['different rows', 'SELECT DISTINCT shop, customer FROM orders', ['shop']],
  ['a view of a join', 'SELECT name, number, value FROM sales WHERE value > 1000', ['number']],
  ['a view of groups', 'SELECT * FROM shops', ['shop']],
  [
    'a common table expression',
    `WITH large AS (SELECT * FROM orders WHERE amount > 100) SELECT x.id, x.amount, c.name FROM large AS x JOIN customers AS c ON c.id = x.customer`,
    ['id'],
  ],
  [
    'subqueries',
    `SELECT o.id, o.amount, (SELECT name FROM customers AS c WHERE c.id = o.customer) AS name FROM orders AS o
     WHERE EXISTS (SELECT 1 FROM customers AS c WHERE c.id = o.customer)`,
    ['id'],
  ],
  ['a column with another name', 'SELECT id AS k, amount FROM orders', ['k']],
  [
    'a first column that divides, and one of another table',
    `SELECT o.id, o.amount, c.name FROM ${JOIN}`,
    ['id', 'name'],
  ],
])('%s is read as a whole with BY', async (_, query, by) => {
  const { ranges, plan } = await readInParallel(database, request(query, { by, readers: 3 }))
  expect(ranges.flat().sort()).toEqual(await wholeRows(query))
  expect(plan.key.toLowerCase()).toContain(`by (${by[0]?.toLowerCase()}`)
  expect(ranges.filter(range => range.length > 0).length).toBeGreaterThan(6)
})

test('the rows of a join are divided into parts of about the same size', async () => {
  const query = `SELECT o.id, o.amount, c.name FROM ${JOIN}`
  const { ranges, plan } = await readInParallel(database, request(query, { by: ['id'], readers: 2 }))
  const sizes = ranges.map(range => range.length).filter(size => size > 0)
  expect(Math.max(...sizes)).toBeLessThan((ORDERS / sizes.length) * 3)
  expect(plan.tables).toEqual([`\`${database}\`.\`orders\``, `\`${database}\`.\`customers\``])
})

test.each([
  [
    'SELECT o.amount + 1 AS k FROM orders AS o JOIN customers AS c ON c.id = o.customer',
    'BY (k) is no column of a table',
  ],
  [`SELECT o.amount AS k, c.name FROM ${JOIN}`, 'no index of'],
  [`SELECT o.id AS k, c.id AS k FROM ${JOIN}`, 'two columns of the query have the same name'],
  ['SELECT MAX(o.id) AS k FROM orders AS o JOIN customers AS c ON c.id = o.customer', 'BY (k) is no column'],
  ['SELECT id AS k, ROW_NUMBER() OVER (ORDER BY amount) AS r FROM orders', 'a window function'],
  [
    `SELECT o.id AS k FROM orders AS o JOIN (SELECT id FROM customers LIMIT 5) AS c ON c.id = o.customer`,
    'LIMIT chooses',
  ],
  ['SELECT id AS k FROM orders UNION SELECT id FROM customers ORDER BY k', 'ORDER BY puts'],
])('%s is refused', async (query, reason) => {
  await expect(readInParallel(database, request(query, { by: ['k'] }))).rejects.toMatchObject({
    code: 'UNSUPPORTED_CLAUSE',
    message: expect.stringContaining(reason),
    hint: expect.stringMatching(/\w/),
  })
})

test('a value of any row of a group is refused, also in a session that allows it', async () => {
  const session = await open("SET sql_mode = 'ANSI_QUOTES'")
  const query = 'SELECT shop, "code", COUNT(*) AS n FROM orders GROUP BY shop'
  const reading = readInParallel(database, request(query, { by: ['shop'] }), { session })
  await expect(reading).rejects.toMatchObject({
    code: 'UNSUPPORTED_CLAUSE',
    message: expect.stringContaining('a value of a group is that of any of its rows'),
  })
  const whole = 'SELECT shop, MAX("code") AS most FROM orders GROUP BY shop'
  const { ranges } = await readInParallel(database, request(whole, { by: ['shop'] }), { session })
  expect(ranges.flat()).toHaveLength(60)
})

test('ranges that would each read the whole table are refused in the words of EXPLAIN', async () => {
  // An index of customer has all columns of this query, so the server begins with the other table.
  const query = 'SELECT o.id, c.name FROM customers AS c STRAIGHT_JOIN orders AS o ON c.id = o.customer'
  await expect(readInParallel(database, request(query, { by: ['id'] }))).rejects.toMatchObject({
    code: 'UNSUPPORTED_CLAUSE',
    message: expect.stringMatching(
      /^PARALLEL: each range of BY \(id\) would read .*\(EXPLAIN: table [co], type/,
    ),
  })
})

test('the plan of a join reads statistics and at most 200 rows of an index for each bound', async () => {
  const session = await open('FLUSH STATUS')
  const query = `SELECT o.code, c.name FROM ${JOIN}`
  const { ranges } = await MYSQL_PARALLEL_READS.plan(session, request(query, { by: ['code'], readers: 4 }))
  const { results } = await session.execute("SHOW SESSION STATUS LIKE 'Handler_read%'", 100)
  const reads = new Map((results[0]?.rows ?? []).map(([name, value]) => [name, Number(value)]))
  const ofIndex = ['first', 'key', 'last', 'next', 'prev'].reduce(
    (sum, of) => sum + (reads.get(`Handler_read_${of}`) ?? 0),
    0,
  )
  expect(ofIndex).toBeLessThan(200 * (ranges.length * 16))
  expect(ofIndex).toBeLessThan(ORDERS)
})
