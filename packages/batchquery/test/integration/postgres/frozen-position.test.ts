import type { Client } from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { SourcePosition } from '../../../src/database/parallel-reads.ts'
import { POSTGRES_PARALLEL_READS as READS } from '../../../src/database/postgres/parallel/parallel-reads.ts'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { openDatabase, serverUrl } from './session.ts'

let database: string
let admin: Client

beforeAll(async () => {
  database = await freshPostgresDatabase()
  admin = await adminPg(database)
  await admin.query('CREATE TABLE t (id int PRIMARY KEY)')
})

afterAll(async () => {
  await admin?.end()
})

async function positionAfter(...statements: string[]): Promise<SourcePosition> {
  const session = await openDatabase(serverUrl(database)).connect('batchquery frozen-test')
  try {
    for (const sql of statements) await session.execute(sql, 0)
    return await READS.frozenPosition(session)
  } finally {
    await session.close()
  }
}

test('a commit changes the position, and so does the commit of what was written before', async () => {
  const open = await adminPg(database)
  onTestFinished(() => open.end())
  await open.query('BEGIN; INSERT INTO t VALUES (1)')
  const positions = [(await positionAfter()).position]
  await open.query('COMMIT')
  positions.push((await positionAfter()).position)
  await admin.query('INSERT INTO t VALUES (2)')
  positions.push((await positionAfter()).position)
  expect(positions.every(position => /^snapshot \d+:\d+:/.test(position ?? ''))).toBe(true)
  expect(new Set(positions).size).toBe(3)
})

test('a transaction with an older snapshot has no position', async () => {
  const { why } = await positionAfter('BEGIN ISOLATION LEVEL REPEATABLE READ', 'SELECT 1')
  expect(why).toBe('the transaction of the session keeps an older snapshot')
})
