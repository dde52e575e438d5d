import type { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askSession } from '../../../src/database/ask-session.ts'
import { POSTGRES_PARALLEL_READS as READS } from '../../../src/database/postgres/parallel/parallel-reads.ts'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { readInParallel, request } from './parallel-reads.ts'
import { openDatabase, serverUrl } from './session.ts'

/*
 * Writers change a table of accounts all the time. Each of their transactions keeps this true:
 *
 *     the sum of `money` is MONEY, and a writer's `ledger` row has how many accounts it has added less how many it has removed
 *
 * So the rows of any one moment agree, and rows of two moments do not.
 */

const ACCOUNTS = 6_000
const MONEY = 1_000_000
const WRITERS = 3
/** The accounts that no writer touches. */
const STILL = 1_000

let database: string
let admin: Client
let stopped = false
let writing: Promise<void>[] = []
let transactions = 0

beforeAll(async () => {
  database = await freshPostgresDatabase()
  admin = await adminPg(database)
  await admin.query(`
    CREATE TABLE accounts (id int PRIMARY KEY, k int, money bigint NOT NULL, ledger int, note text);
    CREATE INDEX ON accounts (k);
    CREATE SEQUENCE ids START 1000000`)
  await admin.query(
    `INSERT INTO accounts SELECT i, nullif(i % 500, 0), CASE WHEN i = 1 THEN ${MONEY} ELSE 0 END, NULL, repeat('x', i % 300)
     FROM generate_series(1, ${ACCOUNTS}) i`,
  )
  await admin.query(
    `INSERT INTO accounts SELECT -w, w, 0, 0, 'ledger' FROM generate_series(1, ${WRITERS}) w; ANALYZE`,
  )
  writing = Array.from({ length: WRITERS }, (_, at) => write(at + 1))
})

afterAll(async () => {
  stopped = true
  await Promise.all(writing)
  await admin?.end()
})

const PICK = `(SELECT id FROM accounts WHERE id > ${STILL} AND ledger IS NULL AND id >= $1 ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)`

const CHANGES: readonly (readonly [statements: readonly string[], accounts: number])[] = [
  // A new account takes its money from another one.
  [
    [
      `WITH taken AS (UPDATE accounts SET money = money - 7 WHERE id = ${PICK} RETURNING 7 AS money)
       INSERT INTO accounts SELECT nextval('ids'), random() * 500, money, NULL, repeat('n', (random() * 300)::int) FROM taken`,
    ],
    1,
  ],
  // An account goes, and leaves its money to another one.
  [
    [
      `WITH gone AS (DELETE FROM accounts WHERE id = ${PICK} RETURNING money)
       UPDATE accounts SET money = accounts.money + gone.money FROM gone WHERE accounts.id = ${STILL + 1}`,
    ],
    -1,
  ],
  // Keys move, in both directions.
  [[`UPDATE accounts SET id = nextval('ids') WHERE id = ${PICK}`], 0],
  [[`UPDATE accounts SET k = (random() * 500)::int WHERE id = ${PICK}`], 0],
  [[`UPDATE accounts SET k = NULL WHERE id = ${PICK}`], 0],
  // A longer row moves to another block.
  [[`UPDATE accounts SET note = repeat('y', (random() * 2000)::int) WHERE id = ${PICK}`], 0],
]

async function write(writer: number): Promise<void> {
  const client = await adminPg(database)
  try {
    // No writer may remove the account that the others leave their money to.
    for (let round = 0; !stopped; round++) {
      const [statements, accounts] = CHANGES[round % CHANGES.length]
      await client.query('BEGIN')
      let changed = 0
      for (const statement of statements) {
        const from = STILL + 2 + ((round * 7919 * writer) % ACCOUNTS)
        changed += (await client.query(statement, [from])).rowCount ?? 0
      }
      await client.query('UPDATE accounts SET ledger = ledger + $1 WHERE id = $2', [
        changed > 0 ? accounts : 0,
        -writer,
      ])
      await client.query('COMMIT')
      transactions++
    }
  } finally {
    await client.end()
  }
}

interface Account {
  readonly id: number
  readonly money: number
  readonly ledger: number | null
}

const accountsOf = (ranges: readonly (readonly string[])[]): readonly Account[] =>
  ranges.flat().map(row => {
    const [id, money, ledger] = row.split('|')
    return { id: Number(id), money: Number(money), ledger: ledger === '\\N' ? null : Number(ledger) }
  })

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

const COLUMNS = 'id, money, ledger'

test.each([
  ['by its blocks', `SELECT ${COLUMNS} FROM accounts`, null],
  ['by its key', `SELECT ${COLUMNS} FROM accounts`, ['id']],
  ['by a column with NULL', `SELECT ${COLUMNS} FROM accounts`, ['k']],
  ['by two columns', `SELECT ${COLUMNS} FROM accounts`, ['k', 'id']],
  [
    'by a column of a join',
    `SELECT a.id, a.money, a.ledger, a.k FROM accounts a LEFT JOIN accounts b ON b.id = a.id + 1`,
    ['k'],
  ],
])('a table that is written is read %s as of one moment', async (_, query, by) => {
  const before = transactions
  for (let round = 0; round < 6; round++) {
    const { ranges, moment } = await readInParallel(database, request(query, { by, readers: 3 }), {
      opened: async () => {
        // The writers go on between the moment and the ranges.
        const opened = transactions
        await expect.poll(() => transactions).toBeGreaterThan(opened + 20)
      },
    })
    const accounts = accountsOf(ranges)
    expect(moment.level).toBe('snapshot')
    expect(new Set(accounts.map(({ id }) => id)).size).toBe(accounts.length)
    expect(sum(accounts.map(({ money }) => money))).toBe(MONEY)
    expect(accounts.length).toBe(ACCOUNTS + WRITERS + sum(accounts.map(({ ledger }) => ledger ?? 0)))
  }
  expect(transactions).toBeGreaterThan(before + 100)
})

test('under NONE, the rows that do not change are read once', async () => {
  const { ranges, moment } = await readInParallel(
    database,
    request(`SELECT ${COLUMNS} FROM accounts`, { consistency: 'NONE', readers: 3 }),
  )
  const still = accountsOf(ranges)
    .map(({ id }) => id)
    .filter(id => id > 0 && id <= STILL)
  expect(moment).toEqual({ level: 'none', at: null })
  expect(still.sort((a, b) => a - b)).toEqual(Array.from({ length: STILL }, (_, at) => at + 1))
})

test('under NONE, a row that moves may be read twice, or not at all', async () => {
  await admin.query('CREATE TABLE moving (id int PRIMARY KEY, name text)')
  await admin.query('INSERT INTO moving SELECT i, i FROM generate_series(1, 150) i')
  const session = await openDatabase(serverUrl(database)).connect('batchquery moving')
  try {
    const { ranges } = await READS.plan(session, request('SELECT name FROM moving', { consistency: 'NONE' }))
    const read = async (index: number) =>
      (await askSession(session, ranges[index].query)).map(([name]) => name)
    const names = await read(0)
    await admin.query('UPDATE moving SET id = 0 WHERE id = 150; UPDATE moving SET id = 151 WHERE id = 1')
    for (let index = 1; index < ranges.length; index++) names.push(...(await read(index)))
    expect(names.filter(name => name === '1')).toHaveLength(2)
    expect(names).not.toContain('150')
  } finally {
    await session.close()
  }
})
