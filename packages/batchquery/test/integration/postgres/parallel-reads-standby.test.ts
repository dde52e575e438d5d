import { type Client, Client as PgClient } from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { POSTGRES_PARALLEL_READS as READS } from '../../../src/database/postgres/parallel/parallel-reads.ts'
import type { RunningPostgres } from '../../setup/postgres.ts'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { startStandby } from '../../setup/postgres-standby.ts'
import { readInParallel, request } from './parallel-reads.ts'
import { openDatabase } from './session.ts'

let database: string
let admin: Client
let standby: RunningPostgres
let url: string

beforeAll(async () => {
  database = await freshPostgresDatabase()
  admin = await adminPg(database)
  await admin.query(`
    CREATE TABLE orders (id int PRIMARY KEY, shop int, note text);
    INSERT INTO orders SELECT i, i % 7, repeat('x', 100) FROM generate_series(1, 10000) i; ANALYZE orders`)
  standby = await startStandby(inject('postgres'))
  const { user, password, port, caFile } = standby.server
  url = `postgres://${user}:${password}@localhost:${port}/${database}?sslmode=verify-full&sslrootcert=${encodeURIComponent(caFile)}`
})

afterAll(async () => {
  await standby?.stop()
  await admin?.end()
})

/** Waits until the replica has everything that the primary has. */
async function caughtUp(): Promise<void> {
  const { rows } = await admin.query<{ lsn: string }>('SELECT pg_current_wal_insert_lsn() AS lsn')
  const { user, password, port, socket } = standby.server
  const client = new PgClient({ host: socket, port, user, password, database })
  await client.connect()
  try {
    await expect
      .poll(async () => {
        // The primary sends the end of its log only when more follows.
        await admin.query(`SELECT pg_logical_emit_message(false, 'standby', 'follow')`)
        const { rows: found } = await client.query<{ is: boolean }>(
          'SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS is',
          [rows[0].lsn],
        )
        return found[0].is
      })
      .toBe(true)
  } finally {
    await client.end()
  }
}

test.each([
  ['by its blocks', null],
  ['by BY', ['shop', 'id']],
])('a replica is read as of one moment, %s', async (_, by) => {
  await caughtUp()
  const before = Number((await admin.query('SELECT count(*) AS n FROM orders')).rows[0].n)
  const { ranges, moment } = await readInParallel(database, request('SELECT id FROM orders', { by }), {
    url,
    opened: async () => {
      await admin.query('UPDATE orders SET id = -id WHERE id % 3 = 0 AND id > 0')
      await admin.query(
        `INSERT INTO orders SELECT 20000 + i + ${before}, 1, 'new' FROM generate_series(1, 100) i`,
      )
      await caughtUp()
    },
  })
  const ids = ranges.flat()
  expect(ids).toHaveLength(before)
  expect(new Set(ids).size).toBe(before)
  expect(moment).toEqual({
    level: 'snapshot',
    at: expect.stringMatching(/^snapshot .+ at [0-9A-F]+\/[0-9A-F]+$/),
  })
})

test('the notes of a replica say when it ends queries', async () => {
  const session = await openDatabase(url).connect('batchquery standby')
  try {
    const wanted = request('SELECT id FROM orders')
    const { notes } = await READS.checkMoment(session, await READS.plan(session, wanted), wanted)
    expect(notes.at(-1)).toBe(
      'This is a replica, which ends a query that delays replication for more than 1 s (max_standby_streaming_delay).',
    )
  } finally {
    await session.close()
  }
})

test('a replica that cancels the readers fails the export with what to do', async () => {
  await caughtUp()
  const reading = readInParallel(database, request('SELECT id FROM orders'), {
    url,
    opened: async () => {
      await admin.query('DELETE FROM orders WHERE id < 0')
      await admin.query('VACUUM (FREEZE) orders')
      await caughtUp()
    },
  })
  await expect(reading).rejects.toMatchObject({
    message: expect.stringMatching(/conflict with recovery/),
  })
})
