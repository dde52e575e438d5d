import { expect, inject, onTestFinished, test } from 'vitest'
import { DuckdbDatabase } from '../../../src/database/duckdb/duckdb-database.ts'
import { blockPool } from '../../../src/export/block-pool.ts'
import { compressionOf } from '../../../src/export/compression.ts'
import { planExport, runExport } from '../../../src/export/index.ts'
import { parseExport, splitStatements } from '../../../src/sql/index.ts'
import { S3Store } from '../../../src/store/index.ts'
import { adminClient, adminCredentials, freshBucket } from '../../setup/s3-client.ts'
import { RecordingJournal } from '../export/fixture.ts'

const MIB = 1024 ** 2
const KEY = 'out/one.txt'
const bucket = await freshBucket()
const { endpoint, region } = inject('s3')
const store = new S3Store({ client: { endpoint, region, credentials: adminCredentials() } })
const destination = { store, bucket, prefix: KEY, uri: `s3://${bucket}/${KEY}` }

/** About 150 MiB. */
const ROWS = 300_000
const QUERY = `SELECT i AS id, repeat('x', 512) AS text FROM range(${ROWS}) t(i)`

function planOf(clauses: string) {
  const [statement] = splitStatements(`${QUERY} INTO OUTFILE S3 '${destination.uri}' ${clauses}`, 'duckdb')
  const exported = parseExport(statement, 'duckdb')
  if (exported === null) throw new Error('no export')
  return planExport(exported, destination)
}

/** The most memory of buffers while `work` runs, beyond that before it. */
async function buffersOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().arrayBuffers
  let most = 0
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().arrayBuffers - before)
  }, 10)
  await work().finally(() => clearInterval(timer))
  return most
}

test('SINGLE ON takes no more memory on S3 than parts do while the result is small', async () => {
  const session = await new DuckdbDatabase(':memory:').connect()
  onTestFinished(() => session.close())
  const context = { runId: 'r1', journal: new RecordingJournal(), progress: () => {}, warn: () => {} }
  const { signal } = new AbortController()
  const memory = await buffersOf(() =>
    runExport(session, planOf('SINGLE ON'), { ...context, isLast: true, signal }),
  )
  const { ContentLength: bytes = 0 } = await adminClient().headObject({ Bucket: bucket, Key: KEY })
  expect(bytes).toBeGreaterThan(ROWS * 512)
  console.log(`${Math.round(memory / MIB)} MiB of buffers for ${Math.round(bytes / MIB)} MiB`)
  expect(memory).toBeLessThan(90 * MIB)
})

test('the blocks of SINGLE ON grow with the result, and their memory has a limit', () => {
  const { maxPartBytes } = planOf('SINGLE ON')
  const pool = blockPool({ destination, compression: compressionOf('NONE'), maxPartBytes })
  const sizes = new Set<string>()
  let stored = 0
  for (let taken = 0; taken < 9_999; ) {
    const blocks: Buffer[] = []
    for (let block = pool.take(); block !== null && taken < 9_999; block = pool.take(), taken++) {
      blocks.push(block)
      stored += 0.75 * block.length
    }
    const [first] = blocks
    if (blocks.every(({ length }) => length === first?.length))
      sizes.add(`${blocks.length} of ${(first?.length ?? 0) / MIB} MiB`)
    for (const block of blocks) pool.give(block)
  }
  expect([...sizes]).toEqual(expect.arrayContaining(['4 of 7 MiB', '3 of 32 MiB']))
  expect(stored).toBeGreaterThan(maxPartBytes)
})
