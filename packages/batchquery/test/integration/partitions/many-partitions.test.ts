import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { DuckdbDatabase } from '../../../src/database/duckdb/duckdb-database.ts'
import { planExport, runExport } from '../../../src/export/index.ts'
import { parseExport, splitStatements } from '../../../src/sql/index.ts'
import { DirectoryStore, type ObjectAddress } from '../../../src/store/index.ts'
import { ELSEWHERE, newRun, runsIn, SILENT } from '../publication/fixture.ts'

const PARTITIONS = 10_000
const MIB = 1024 ** 2
const BUCKET = 'home'

const COUNTED = ['stage', 'inspect', 'commit', 'abort', 'delete', 'head'] as const

/** Counts the calls that concern the parts of the result, and the bytes of the run's own objects. */
class MeteredStore extends DirectoryStore {
  readonly calls = new Map<string, number>()
  listings = 0
  bytes = 0

  override stage(...call: Parameters<DirectoryStore['stage']>) {
    this.#count('stage', call[0])
    return super.stage(...call)
  }
  override inspect(...call: Parameters<DirectoryStore['inspect']>) {
    this.#count('inspect', call[0])
    return super.inspect(...call)
  }
  override commit(...call: Parameters<DirectoryStore['commit']>) {
    this.#count('commit', call[0])
    return super.commit(...call)
  }
  override delete(address: ObjectAddress) {
    this.#count('delete', address)
    return super.delete(address)
  }
  override list(...call: Parameters<DirectoryStore['list']>) {
    if (call[1].startsWith('out/')) this.listings++
    return super.list(...call)
  }
  override put(address: ObjectAddress, bytes: Uint8Array) {
    this.bytes += bytes.length
    return super.put(address, bytes)
  }
  override create(address: ObjectAddress, bytes: Uint8Array) {
    this.bytes += bytes.length
    return super.create(address, bytes)
  }

  #count(name: (typeof COUNTED)[number], { key }: ObjectAddress): void {
    if (key.startsWith('out/')) this.calls.set(name, (this.calls.get(name) ?? 0) + 1)
  }
}

/** The most heap in use while `work` runs, beyond that before it. */
async function heapOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().heapUsed
  let most = 0
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().heapUsed - before)
  }, 50)
  await work().finally(() => clearInterval(timer))
  return most
}

test.each([
  ['ON', 2],
  ['PARTITIONS', PARTITIONS],
])(
  '10,000 partitions take few calls, little memory and few bytes of records with OVERWRITE %s',
  async (overwrite, listings) => {
    const root = await mkdtemp(join(tmpdir(), 'batchquery-partitions-'))
    onTestFinished(() => rm(root, { recursive: true }))
    const store = new MeteredStore(root)
    const session = await new DuckdbDatabase(':memory:').connect()
    onTestFinished(() => session.close())
    const uri = `s3://${BUCKET}/out/r`
    const query = `SELECT i % ${PARTITIONS} AS p, i FROM range(${2 * PARTITIONS}) t(i)`
    const clauses = `PARTITION BY (p) MANIFEST ON OVERWRITE ${overwrite}`
    const [statement] = splitStatements(`${query} INTO OUTFILE S3 '${uri}' ${clauses}`, 'duckdb')
    const exported = parseExport(statement, 'duckdb')
    if (exported === null) throw new Error('no export')
    const plan = planExport(exported, { store, bucket: BUCKET, prefix: 'out/r', uri })
    const run = await runsIn(store, BUCKET).claim(newRun('r1'), ELSEWHERE, SILENT)
    await run.start({ versionId: null, sha256: '00ff' })
    const { signal } = new AbortController()
    const context = { runId: 'r1', journal: run.journal, progress: () => {}, warn: () => {}, isLast: true }
    const heap = await heapOf(() => runExport(session, plan, { ...context, signal }))
    await run.finish(null)
    // The first part also shows, at the beginning, that the run wrote there.
    const once = { stage: PARTITIONS, commit: PARTITIONS, inspect: PARTITIONS + 1, delete: 1 }
    expect(Object.fromEntries(store.calls)).toEqual(once)
    // Before the query, twice before the publication if the destination is looked at then, and for stale parts.
    expect(store.listings).toBeLessThanOrEqual(listings + 6)
    expect(store.bytes / PARTITIONS).toBeLessThan(2_048)
    expect(heap).toBeLessThan(96 * MIB)
    console.log(
      `heap ${Math.round(heap / MIB)} MiB, ${Math.round(store.bytes / PARTITIONS)} bytes put for a part`,
    )
  },
)
