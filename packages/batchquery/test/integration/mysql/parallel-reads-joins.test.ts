import type { Connection } from 'mysql2/promise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adminConnection, freshDatabase } from '../../setup/mariadb-client.ts'
import { numbers } from '../../setup/mysql-numbers.ts'
import { readInParallel, request } from './parallel-reads.ts'

const CUSTOMERS = 50
const ORDERS = 3_000

let database: string
let admin: Connection

beforeAll(async () => {
  database = await freshDatabase()
  admin = await adminConnection({ database })
  for (const sql of [
    'CREATE TABLE orders (id BIGINT PRIMARY KEY, customer INT NOT NULL, amount INT NOT NULL, INDEX (customer))',
    'CREATE TABLE customers (id INT PRIMARY KEY, total INT NOT NULL, orders INT NOT NULL)',
    'CREATE VIEW sales AS SELECT o.id, o.amount, c.id AS customer, c.total, c.orders FROM orders AS o JOIN customers AS c ON c.id = o.customer',
    `INSERT INTO orders SELECT seq * 1000, seq % ${CUSTOMERS}, 10 FROM ${numbers(ORDERS)}`,
    'INSERT INTO customers SELECT customer, SUM(amount), COUNT(*) FROM orders GROUP BY customer',
    'ANALYZE TABLE orders, customers',
  ])
    await admin.query(sql)
})

afterAll(async () => {
  await admin?.end()
})

/** Writes until it is stopped. Each transaction changes both tables, so that the totals of customers are those of their orders. */
function writeTo(sessions: number): { stop(): Promise<number> } {
  let isStopped = false
  const write = async (writer: number): Promise<number> => {
    const connection = await adminConnection({ database })
    let transactions = 0
    const random = (below: number): number => Math.floor(Math.random() * below)
    for (; !isStopped; transactions++) {
      const [customer, other, amount] = [random(CUSTOMERS), random(CUSTOMERS), random(100)]
      const id = random(ORDERS * 1000) * 10 + writer
      const one = `SELECT MIN(id) FROM (SELECT id FROM orders WHERE customer = ${other}) AS o`
      try {
        await connection.beginTransaction()
        await connection.query(`INSERT INTO orders VALUES (${id}, ${customer}, ${amount})`)
        await connection.query(
          `UPDATE customers SET total = total + ${amount}, orders = orders + 1 WHERE id = ${customer}`,
        )
        // An order moves to another place of its key, and to another customer.
        await connection.query(
          `UPDATE customers SET total = total - (SELECT amount FROM orders WHERE id = (${one})), orders = orders - 1 WHERE id = ${other}`,
        )
        await connection.query(
          `UPDATE customers SET total = total + (SELECT amount FROM orders WHERE id = (${one})), orders = orders + 1 WHERE id = ${customer}`,
        )
        await connection.query(
          `UPDATE orders SET customer = ${customer}, id = id + 1000000000 + ${writer} WHERE id = (${one})`,
        )
        await connection.commit()
      } catch {
        await connection.rollback()
      }
    }
    await connection.end()
    return transactions
  }
  const writers = Promise.all(Array.from({ length: sessions }, (_, at) => write(at)))
  return {
    stop: async () => {
      isStopped = true
      return (await writers).reduce((sum, count) => sum + count, 0)
    },
  }
}

/** Rows of id, amount, customer, the total of the customer and the number of its orders. */
function expectOneMoment(rows: readonly string[]): void {
  const orders = new Set<string>()
  const customers = new Map<string, { sum: number; count: number; readonly said: Set<string> }>()
  for (const row of rows) {
    const [id = '', amount, customer = '', total, count] = row.split('|')
    orders.add(id)
    const known = customers.get(customer) ?? { sum: 0, count: 0, said: new Set<string>() }
    known.sum += Number(amount)
    known.count++
    known.said.add(`${total} of ${count}`)
    customers.set(customer, known)
  }
  expect(orders.size).toBe(rows.length)
  for (const { sum, count, said } of customers.values()) expect([...said]).toEqual([`${sum} of ${count}`])
}

test.each([
  [
    'a join',
    'SELECT o.id, o.amount, c.id AS customer, c.total, c.orders FROM orders AS o JOIN customers AS c ON c.id = o.customer',
    ['id'],
  ],
  ['a view of a join', 'SELECT id, amount, customer, total, orders FROM sales', ['id']],
  [
    'subqueries',
    `SELECT id, amount, customer, (SELECT total FROM customers AS c WHERE c.id = o.customer) AS total,
       (SELECT orders FROM customers AS c WHERE c.id = o.customer) AS orders FROM orders AS o`,
    null,
  ],
])(
  'each row of %s is read once, and all are of one moment, while transactions write both tables',
  async (_, query, by) => {
    const writing = writeTo(3)
    try {
      for (let round = 0; round < 4; round++) {
        const { ranges, moment } = await readInParallel(database, request(query, { by, readers: 3 }))
        expect(moment.level).toBe('snapshot')
        const rows = ranges.flat()
        expect(rows.length).toBeGreaterThanOrEqual(ORDERS)
        expectOneMoment(rows)
      }
    } finally {
      expect(await writing.stop()).toBeGreaterThan(10)
    }
  },
)
