import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from 'mysql2/promise'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { MYSQL_PARALLEL_READS as READS } from '../../../src/database/mysql/parallel/parallel-reads.ts'
import type { SourcePosition } from '../../../src/database/parallel-reads.ts'
import { adminConnection, freshDatabase } from '../../setup/mariadb-client.ts'
import { openDatabase, serverUrl } from './session.ts'

let database: string
let admin: Connection

beforeAll(async () => {
  database = await freshDatabase()
  admin = await adminConnection({ database })
  await admin.query('CREATE TABLE t (id INT PRIMARY KEY, n INT)')
  await admin.query('INSERT INTO t VALUES (1, 1)')
})

afterAll(async () => {
  await admin?.end()
})

const position = async (): Promise<SourcePosition> => {
  const session = await openDatabase(serverUrl(database)).connect('batchquery frozen-test')
  try {
    return await READS.frozenPosition(session)
  } finally {
    await session.close()
  }
}

test('a commit changes the position, and so does the commit of what was written before', async () => {
  const open = await adminConnection({ database })
  onTestFinished(() => open.end())
  await open.beginTransaction()
  await open.query('INSERT INTO t VALUES (2, 2)')
  const positions: (string | null)[] = []
  for (const change of [() => open.commit(), () => admin.query('UPDATE t SET n = n + 1')]) {
    const before = await readAgain()
    await change()
    const after = await readAgain()
    expect(before).not.toBe(after)
    positions.push(before, after)
  }
  expect(positions.every(found => /^LSN \d+$/.test(found ?? ''))).toBe(true)
})

/** Other tests write to the same server, so it may take a while until the position stays. */
async function readAgain(): Promise<string | null> {
  for (;;) {
    const { position: found } = await position()
    if (found !== null) return found
    await sleep(100)
  }
}

test('a server to which transactions are written has no position, and the reason names two', async () => {
  let isStopped = false
  const writing = (async () => {
    while (!isStopped) await admin.query('UPDATE t SET n = n + 1')
  })()
  try {
    const { why } = await position()
    expect(why).toMatch(/^transactions are written to it: LSN \d+, then LSN \d+$/)
  } finally {
    isStopped = true
    await writing
  }
})
