import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { StagedExport } from '../../../src/journal/index.ts'
import { Log } from '../../../src/platform/index.ts'
import { type OwnedRun, RunStore } from '../../../src/run/index.ts'
import { DirectoryStore, type ObjectAddress, type StageToken } from '../../../src/store/index.ts'
import { BUCKET, newRun, PINNED, RUNNER } from './fixture.ts'

/*
 * The bytes that a run puts into the store are linear in what happens: the thousandth export, session, part or heartbeat
 * costs no more than the first one.
 */

const { id: ID } = newRun()
const KIB = 1024
const RARELY = 1_000_000

/** Counts the bytes put. */
class MeteredStore extends DirectoryStore {
  bytes = 0
  /** The bytes of run.json alone. */
  records = 0
  largestRecord = 0

  override put(address: ObjectAddress, bytes: Uint8Array): Promise<void> {
    this.#count(address, bytes)
    return super.put(address, bytes)
  }

  override create(address: ObjectAddress, bytes: Uint8Array): Promise<boolean> {
    this.#count(address, bytes)
    return super.create(address, bytes)
  }

  #count({ key }: ObjectAddress, { byteLength }: Uint8Array): void {
    this.bytes += byteLength
    if (!key.endsWith('/run.json')) return
    this.records++
    this.largestRecord = Math.max(this.largestRecord, byteLength)
  }
}

async function started(heartbeatMs = RARELY) {
  const root = await mkdtemp(join(tmpdir(), 'batchquery-cost-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  const store = new MeteredStore(root)
  const runs = new RunStore(store, BUCKET, { heartbeatMs, logFlushMs: RARELY, logPollMs: RARELY })
  const run = await runs.claim(newRun(), RUNNER, new Log('quiet', () => {}))
  await run.start(PINNED)
  return { store, runs, run }
}

/** The bytes that `work` puts, for each of its steps. */
async function costOf(
  store: MeteredStore,
  steps: number,
  work: (step: number) => Promise<void>,
): Promise<number> {
  const before = store.bytes
  for (let step = 0; step < steps; step++) await work(step)
  return (store.bytes - before) / steps
}

const token = (uri: string, part: number): StageToken => ({
  kind: 's3',
  bucket: 'results',
  key: `${uri}.part_${String(part).padStart(5, '0')}`,
  owner: ID,
  handle: `upload-${part}-${'x'.repeat(100)}`,
})

const stagedExport = (uri: string, parts: number): StagedExport => ({
  uri,
  format: 'TEXT',
  parts: Array.from({ length: parts }, (_, part) => ({
    uri: `${uri}.part_${String(part).padStart(5, '0')}`,
    token: token(uri, part),
    rows: 1,
    bytes: 10,
    headerBytes: 0,
    sha256: 'ab'.repeat(32),
  })),
  rows: parts,
  bytes: 10 * parts,
  overwrite: false,
  manifest: null,
  isLast: false,
})

async function exportTo({ journal }: OwnedRun, uri: string, parts: number): Promise<void> {
  await journal.write({ step: 'begun', uri, format: 'TEXT' })
  const staged = stagedExport(uri, parts)
  for (const { token } of staged.parts) await journal.write({ step: 'opened', uri, token })
  await journal.write({ step: 'staged', export: staged })
  await journal.write({ step: 'committing', uri })
  await journal.write({ step: 'published', uri })
  await journal.write({ step: 'unmarked', uri })
}

test('an export costs the same when many came before it', async () => {
  const { store, runs, run } = await started()
  const one = (step: number) => exportTo(run, `s3://results/${step % 7}/export`, 1)
  // Fills the record first.
  await costOf(store, 20, one)
  const early = await costOf(store, 21, one)
  await costOf(store, 100, one)
  const late = await costOf(store, 21, one)
  expect(early).toBeLessThan(32 * KIB)
  expect(late).toBeLessThan(early * 1.1)
  expect(store.largestRecord).toBeLessThan(10 * KIB)
  const { exports, exportCount } = await runs.read(ID)
  expect([exports.length, exportCount]).toEqual([10, 162])
  const { streamed } = await runs.publishedResults(await runs.read(ID))
  expect(streamed).toHaveLength(7)
  await run.leave()
})

test('a part costs the same when thousands came before it', async () => {
  const { store, run } = await started()
  const costOfParts = async (parts: number) => {
    const before = store.bytes
    await exportTo(run, `s3://results/${parts}/export`, parts)
    return (store.bytes - before) / parts
  }
  const few = await costOfParts(200)
  const many = await costOfParts(2_000)
  expect(few).toBeLessThan(6 * KIB)
  expect(many).toBeLessThan(few * 1.1)
  expect(store.largestRecord).toBeLessThan(16 * KIB)
  await run.leave()
})

test('a session costs the same when hundreds came before it', async () => {
  const { store, runs, run } = await started()
  const one = async (step: number) => {
    // Many databases, one after the other.
    const name = `db${step % 40}`
    const session = {
      dialect: 'mysql',
      server: 'mariadb 10.11',
      host: 'db01:3306',
      name,
      session: String(step),
    }
    await run.recordSession(session)
    run.sessionEnded(session)
  }
  await costOf(store, 40, one)
  const early = await costOf(store, 40, one)
  await costOf(store, 160, one)
  const late = await costOf(store, 40, one)
  expect(early).toBeLessThan(4 * KIB)
  expect(late).toBeLessThan(early * 1.1)
  await run.finish(null)
  const { databases } = await runs.read(ID)
  expect(databases).toHaveLength(10)
  expect(databases.flatMap(({ sessions }) => sessions)).toEqual([])
})

test('an open session stays in the record when many others have ended', async () => {
  const { runs, run } = await started()
  const database = { dialect: 'mysql', server: null, host: 'db01', name: 'main' }
  await run.recordSession({ ...database, session: 'open' })
  for (let step = 0; step < 50; step++) {
    const session = { ...database, name: `db${step}`, session: String(step) }
    await run.recordSession(session)
    run.sessionEnded(session)
  }
  await run.finish(null)
  expect((await runs.read(ID)).databases[0]).toEqual({ ...database, sessions: ['open'] })
})

test('a heartbeat costs the same when many came before it', async () => {
  const { store, run } = await started(1)
  for (let at = 0; at < 12; at++) await exportTo(run, `s3://results/${at}/export`, 10)
  const beats = async (count: number) => {
    const [records, bytes] = [store.records, store.bytes]
    await expect.poll(() => store.records >= records + count).toBe(true)
    return (store.bytes - bytes) / (store.records - records)
  }
  const early = await beats(20)
  await beats(100)
  const late = await beats(20)
  expect(early).toBeLessThan(16 * KIB)
  expect(late).toBeLessThan(early * 1.1)
  await run.finish(null)
})

test('a record stays small when a run makes many exports with long names', async () => {
  const { store, run } = await started()
  for (let at = 0; at < 15; at++) await exportTo(run, `s3://results/${'folder/'.repeat(100)}${at}`, 100)
  for (let at = 0; at < 200; at++) run.warn(`${at} ${'w'.repeat(5_000)}`)
  await run.finish(null)
  expect(store.largestRecord).toBeLessThan(160 * KIB)
})
