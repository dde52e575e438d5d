import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from 'mysql2/promise'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { adminConnection, freshDatabase, runAsAdmin } from '../../setup/mariadb-client.ts'
import { numbers } from '../../setup/mysql-numbers.ts'
import { keepBusy } from './busy-server.ts'
import { readInParallel, request } from './parallel-reads.ts'
import { openDatabase, serverUrl } from './session.ts'

const ACCOUNTS = 2000
const QUERY = 'SELECT id, owner, amount FROM accounts'

let database: string
let admin: Connection

beforeAll(async () => {
  database = await freshDatabase()
  admin = await adminConnection({ database })
  await admin.query(
    'CREATE TABLE accounts (id BIGINT PRIMARY KEY, owner VARCHAR(40) NULL, amount INT NOT NULL, INDEX (owner))',
  )
})

afterAll(async () => {
  await admin?.end()
})

/** Writes until it is stopped. Each transaction keeps the number of the accounts and the sum of their amounts. */
function writeTo(sessions: number): { stop(): Promise<number> } {
  let isStopped = false
  const write = async (writer: number): Promise<number> => {
    const connection = await adminConnection({ database })
    let transactions = 0
    const random = (): number => Math.floor(Math.random() * ACCOUNTS * 1000)
    for (; !isStopped; transactions++) {
      // Without a pause, a busy machine would starve the lock.
      await sleep(5)
      await connection.beginTransaction()
      const [from, to] = [random(), random()]
      // The key of a row moves, a row goes and another one comes, and an owner becomes NULL or comes back.
      const row = `(SELECT id FROM (SELECT id FROM accounts WHERE id >= ${from} ORDER BY id LIMIT 1) AS a)`
      try {
        await connection.query(`UPDATE accounts SET id = ${to} * 10 + ${writer} WHERE id = ${row}`)
        await connection.query(
          `UPDATE accounts SET owner = IF(owner IS NULL, ${to}, NULL), amount = amount + 5 WHERE id >= ${from} ORDER BY id LIMIT 1`,
        )
        await connection.query(
          `UPDATE accounts SET amount = amount - 5 WHERE id >= ${from} ORDER BY id LIMIT 1`,
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

test.each([null, ['owner'], ['owner', 'id']])(
  'every row is read once, and all are of one moment, while others write and move keys (BY %j)',
  async by => {
    await admin.query('TRUNCATE accounts')
    await admin.query(
      `INSERT INTO accounts SELECT seq * 1000, NULLIF(MD5(seq % 300), MD5(7)), 100 FROM ${numbers(ACCOUNTS)}`,
    )
    await admin.query('ANALYZE TABLE accounts')
    const writing = writeTo(3)
    try {
      for (let round = 0; round < 5; round++) {
        const { ranges, moment } = await readInParallel(database, request(QUERY, { by, readers: 3 }))
        const rows = ranges.flat().map(row => row.split('|'))
        expect(moment.level).toBe('snapshot')
        expect(new Set(rows.map(([id]) => id)).size).toBe(ACCOUNTS)
        expect(rows.length).toBe(ACCOUNTS)
        expect(rows.reduce((sum, [, , amount]) => sum + Number(amount), 0)).toBe(ACCOUNTS * 100)
      }
    } finally {
      expect(await writing.stop()).toBeGreaterThan(10)
    }
  },
)

test('the lock waits for an open transaction that has written, and is tried again', async () => {
  const writer = await adminConnection({ database })
  onTestFinished(() => writer.end())
  await writer.beginTransaction()
  await writer.query("INSERT INTO accounts VALUES (-1, 'late', 0)")
  const reading = readInParallel(database, request(QUERY))
  await sleep(6_500)
  await writer.rollback()
  const { ranges } = await reading
  expect(ranges.flat().some(row => row.startsWith('-1|'))).toBe(false)
})

test('readers see the server after the lock, and writers go on meanwhile', async () => {
  const { ranges } = await readInParallel(database, request(QUERY), {
    opened: async ({ burden }) => {
      await admin.query("INSERT INTO accounts VALUES (-2, 'later', 0)")
      expect(burden).toBeDefined()
    },
  })
  expect(ranges.flat().some(row => row.startsWith('-2|'))).toBe(false)
  await expect(admin.query('SELECT 1 FROM accounts WHERE id = -2')).resolves.toBeDefined()
})

test('the burden of the moment is the history list', async () => {
  await readInParallel(database, request(QUERY), {
    opened: async moment => expect(await moment.burden()).toMatchObject({ kind: 'history' }),
  })
})

test('a user without LOCK TABLES gets the grant that is missing', async () => {
  const name = `\`${database.replaceAll('_', '\\_')}\``
  await runAsAdmin(
    "CREATE USER IF NOT EXISTS no_lock IDENTIFIED BY 'no-lock'",
    `GRANT SELECT ON ${name}.* TO no_lock`,
  )
  onTestFinished(() => runAsAdmin('DROP USER no_lock'))
  const url = serverUrl(database).replace(/\/\/[^@]*@/, '//no_lock:no-lock@')
  const { stop } = await keepBusy(() => adminConnection({ database }))
  await expect(readInParallel(database, request(QUERY), { url }).finally(stop)).rejects.toMatchObject({
    code: 'PERMISSION',
    hint: expect.stringContaining('GRANT LOCK TABLES'),
  })
  await readInParallel(database, request(QUERY, { consistency: 'NONE' }), { url })
  await runAsAdmin(`GRANT LOCK TABLES ON ${name}.* TO no_lock`)
  await readInParallel(database, request(QUERY), { url })
})

test('the state of the session goes to the readers', async () => {
  const session = await openDatabase(serverUrl(database)).connect('batchquery state-test')
  onTestFinished(() => session.close())
  for (const sql of [
    "SET sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES'",
    "SET time_zone = '+05:30'",
    'SET div_precision_increment = 9',
    "SET lc_time_names = 'de_DE'",
    'SET group_concat_max_len = 12345',
    "SET SESSION sort_buffer_size = 4194304, collation_connection = 'utf8mb4_bin'",
    'SET timestamp = 1700000000',
  ])
    await session.execute(sql, 0)
  const query = `SELECT 'a' || "id" || @@sql_mode || 1/7 || @@time_zone || DATE_FORMAT('2026-03-01', '%M') || '\\' || NOW() FROM accounts`
  const { ranges } = await readInParallel(database, request(query), { session })
  const { results } = await session.execute(query, Number.POSITIVE_INFINITY)
  expect(ranges.flat().sort()).toEqual(results[0]?.rows.map(([value]) => value ?? '').sort())
})
