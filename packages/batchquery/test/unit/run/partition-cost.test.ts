import { expect, onTestFinished, test } from 'vitest'
import type { RowStream, Session } from '../../../src/database/database.ts'
import { type ExportPlan, planExport, recordedDestination, runExport } from '../../../src/export/index.ts'
import { collectGarbage, Log } from '../../../src/platform/index.ts'
import { RunStore } from '../../../src/run/index.ts'
import { parseExport, splitStatements } from '../../../src/sql/index.ts'
import type { ObjectAddress, ObjectOrBucket, StagedObject, StageToken } from '../../../src/store/index.ts'
import { MemoryObjects } from '../../memory-store/memory-objects.ts'
import { MemoryStore } from '../../memory-store/memory-store.ts'
import { BUCKET, newRun, PINNED, RUNNER } from './fixture.ts'

/*
 * A result of many partitions costs as much for each part as one of few: calls of the store, bytes that the journal puts, and memory.
 */

const KIB = 1024
const MIB = 1024 * KIB
const RARELY = 1_000_000
const FEW = 500
const MANY = 10_000

/** Counts the calls, the bytes put, and the memory that remains in use while parts are staged and committed. */
class MeteredStore extends MemoryStore {
  readonly calls = new Map<string, number>()
  bytes = 0
  peakHeap = 0

  countOf(...names: readonly string[]): number {
    return names.reduce((sum, name) => sum + (this.calls.get(name) ?? 0), 0)
  }

  override uriOf({ bucket, key = '' }: ObjectOrBucket): string {
    return `s3://${bucket}/${key}`
  }

  override stage(...call: Parameters<MemoryStore['stage']>): Promise<StagedObject> {
    this.#count('stage')
    return super.stage(...call)
  }
  override commit(token: StageToken, bytes: number, mustNotExist: boolean): Promise<void> {
    this.#count('commit')
    return super.commit(token, bytes, mustNotExist)
  }
  override inspect(token: StageToken, bytes: number) {
    this.#count('inspect')
    return super.inspect(token, bytes)
  }
  override abort(token: StageToken): Promise<void> {
    this.#count('abort')
    return super.abort(token)
  }
  override list(bucket: string, prefix: string, startAfter?: string) {
    this.#count('list')
    return super.list(bucket, prefix, startAfter)
  }
  override head(address: ObjectAddress) {
    this.#count('head')
    return super.head(address)
  }
  override read(address: ObjectAddress) {
    this.#count('read')
    return super.read(address)
  }
  override delete(address: ObjectAddress): Promise<void> {
    this.#count('delete')
    return super.delete(address)
  }
  override create(address: ObjectAddress, bytes: Uint8Array): Promise<boolean> {
    this.#count('create', bytes.length)
    return super.create(address, bytes)
  }
  override put(address: ObjectAddress, bytes: Uint8Array): Promise<void> {
    this.#count('put', bytes.length)
    return super.put(address, bytes)
  }
  override putOver(address: ObjectAddress, bytes: Uint8Array, seen: string | null) {
    this.#count('put', bytes.length)
    return super.putOver(address, bytes, seen)
  }

  #count(name: string, bytes = 0): void {
    const calls = this.countOf(name) + 1
    this.calls.set(name, calls)
    this.bytes += bytes
    if (calls % 2_000 !== 0) return
    collectGarbage('everywhere')
    this.peakHeap = Math.max(this.peakHeap, process.memoryUsage().heapUsed)
  }
}

/** A row for each partition. */
function streamOf(partitions: number): RowStream {
  const bytes = Buffer.from('row\n')
  return {
    columns: [],
    partStart: new Uint8Array(),
    warnings: [],
    rowsRead: partitions,
    invalidDates: [],
    async *[Symbol.asyncIterator]() {
      for (let at = 0; at < partitions; at++) {
        const partition = `day=2026-01-31/customer=${String(at).padStart(6, '0')}`
        yield { bytes, rowsEnded: 1, endsRow: true, endsPart: true, partition, release: () => {} }
      }
    },
  }
}

const sessionOf = (stream: RowStream): Session => ({
  dialect: 'duckdb',
  server: { kind: 'duckdb', version: '1' },
  id: '1',
  stringSetting: null,
  doing: null,
  execute: () => Promise.reject(new Error('no statement was expected')),
  announce: async () => {},
  deliverLateWarnings: async () => {},
  stream: async () => stream,
  describe: () => Promise.reject(new Error('no description was expected')),
  cancel: async () => {},
  close: async () => {},
})

function planOf(store: MemoryStore, overwrite: string): ExportPlan {
  const uri = 's3://home/out/r'
  const clauses = `PARTITION BY (day, customer) MAXPARTITIONS 100000 MANIFEST ON OVERWRITE ${overwrite}`
  const [statement] = splitStatements(`SELECT 1 INTO OUTFILE S3 '${uri}' ${clauses}`, 'duckdb')
  const exported = parseExport(statement, 'duckdb')
  if (exported === null) throw new Error('no export')
  return planExport(exported, { store, bucket: BUCKET, prefix: 'out/r', uri })
}

/** Runs an export over an earlier result of the same partitions, and returns the store that counted. */
async function costOf(partitions: number, overwrite: string) {
  const objects = new MemoryObjects()
  const live = async (id: string, words: string): Promise<MeteredStore> => {
    const store = new MeteredStore('memory:', objects)
    collectGarbage('everywhere')
    const heap = process.memoryUsage().heapUsed
    const runs = new RunStore(store, BUCKET, { heartbeatMs: RARELY, logFlushMs: RARELY, logPollMs: RARELY })
    const run = await runs.claim(newRun({ id }), RUNNER, new Log('quiet', () => {}))
    onTestFinished(() => run.leave())
    await run.start(PINNED)
    const { staged } = await runExport(sessionOf(streamOf(partitions)), planOf(store, words), {
      ...{ runId: id, journal: run.journal, progress: () => {}, warn: () => {}, isLast: true },
      signal: new AbortController().signal,
    })
    expect(staged.parts).toHaveLength(partitions)
    expect(recordedDestination(staged, store).prefix).toBe('out/r')
    store.peakHeap -= heap
    return store
  }
  await live('20261123-021545-7k3f9q', 'OFF')
  return live('20261123-021545-7k3f9r', overwrite)
}

test('a part costs the same with many partitions as with few', async () => {
  const few = await costOf(FEW, 'ON')
  const many = await costOf(MANY, 'ON')
  for (const [store, parts] of [
    [few, FEW],
    [many, MANY],
  ] as const) {
    // The first one is also inspected before the publication begins.
    expect(store.countOf('stage', 'commit')).toBe(2 * parts)
    expect(store.countOf('inspect')).toBe(parts + 1)
    expect(store.countOf('abort')).toBe(0)
    expect(store.countOf('list', 'head', 'read', 'delete')).toBeLessThan(40)
    expect(store.countOf('create', 'put')).toBeLessThan(40)
  }
  expect(many.bytes / MANY).toBeLessThan(3 * KIB)
  expect(many.bytes / MANY).toBeLessThan((few.bytes / FEW) * 1.1)
  // The store itself keeps the parts in this memory.
  expect(many.peakHeap).toBeLessThan(96 * MIB)
})

test('OVERWRITE PARTITIONS lists each partition once', async () => {
  const store = await costOf(FEW, 'PARTITIONS')
  expect(store.countOf('stage', 'commit')).toBe(2 * FEW)
  expect(store.countOf('inspect')).toBe(FEW + 1)
  expect(store.countOf('list')).toBeLessThan(FEW + 20)
  expect(store.countOf('head', 'read', 'delete', 'create', 'put')).toBeLessThan(60)
})
