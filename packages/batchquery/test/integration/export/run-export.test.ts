import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { BatchQueryError } from '../../../src/errors/index.ts'
import { type ExportPlan, planExport, runExport } from '../../../src/export/index.ts'
import { parseExport, splitStatements } from '../../../src/sql/index.ts'
import type { DirectoryStore } from '../../../src/store/index.ts'
import { freshSession, freshStore, losingRows, RecordingJournal } from './fixture.ts'

const BUCKET = 'b'

function plan(store: DirectoryStore, query: string, clauses: string): ExportPlan {
  const [statement] = splitStatements(`${query} INTO OUTFILE S3 's3://b/out/r' ${clauses}`, 'duckdb')
  const exported = parseExport(statement, 'duckdb')
  if (exported === null) throw new Error('no export')
  return planExport(exported, { store, bucket: BUCKET, prefix: 'out/r', uri: 's3://b/out/r' })
}

async function keys(store: DirectoryStore): Promise<string[]> {
  const found: string[] = []
  for await (const { key } of store.list(BUCKET, '')) found.push(key)
  return found
}

async function text(store: DirectoryStore, key: string): Promise<string> {
  return Buffer.from((await store.read({ bucket: BUCKET, key }))?.bytes ?? []).toString()
}

const fail = (warning: string) => expect.fail(warning)

interface Circumstances {
  readonly journal: RecordingJournal
  readonly signal: AbortSignal
  readonly session: Session
}

async function run(
  store: DirectoryStore,
  query: string,
  clauses: string,
  given: Partial<Circumstances> = {},
) {
  const { journal = new RecordingJournal(), signal = new AbortController().signal, session } = given
  const context = { runId: 'run-1', journal, progress: () => {}, warn: fail, signal, isLast: true }
  return runExport(session ?? (await freshSession()), plan(store, query, clauses), context)
}

const ROWS = 60_000
const MANY = `SELECT 'line ' || i || ' ' || repeat('x', (i % 90)::INT) AS h FROM range(${ROWS}) t(i)`
const NONE = 'SELECT 1 AS h WHERE false'
const BROKEN = `${MANY} WHERE CASE WHEN i = 50000 THEN error('broken off') ELSE true END`
const manyLines = Array.from({ length: ROWS }, (_, at) => `line ${at} ${'x'.repeat(at % 90)}\n`).join('')

test('an export changes its state in order, publishes whole parts, and writes the manifest', async () => {
  const store = await freshStore()
  const journal = new RecordingJournal()
  const { staged } = await run(store, MANY, 'MANIFEST ON MAXFILESIZE 1 MB', { journal })
  expect(journal.events).toEqual(['staged', 'lock', 'committing', 'published', 'unlock'])
  const parts = (await keys(store)).filter(key => key.includes('.part_'))
  expect(parts).toEqual(staged.parts.map((_, at) => `out/r.part_0000${at}`))
  expect(parts.length).toBe(4)
  const texts = await Promise.all(parts.map(key => text(store, key)))
  expect(texts.join('')).toBe(manyLines)
  for (const [at, { bytes, rows, sha256 }] of staged.parts.entries()) {
    expect(bytes).toBeLessThanOrEqual(1024 * 1024)
    expect({ bytes, rows }).toEqual({ bytes: texts[at].length, rows: texts[at].split('\n').length - 1 })
    expect(sha256).toBe(createHash('sha256').update(texts[at]).digest('hex'))
  }
  const manifest = JSON.parse(await text(store, 'out/r.manifest'))
  expect(manifest.entries.map((entry: { url: string }) => entry.url)).toEqual(
    staged.parts.map(part => part.uri),
  )
  expect(manifest.meta).toEqual({ content_length: staged.bytes, record_count: ROWS })
})

test('an export without rows has one part: empty, only the header, or an empty frame', async () => {
  const store = await freshStore()
  await run(store, NONE, '')
  expect(await keys(store)).toEqual(['out/r.part_00000'])
  expect(await text(store, 'out/r.part_00000')).toBe('')
  await run(store, NONE, 'FORMAT TEXT HEADER OVERWRITE ON')
  expect(await text(store, 'out/r.part_00000')).toBe('h\n')
  await run(store, NONE, 'COMPRESSION GZIP OVERWRITE ON')
  const object = await store.read({ bucket: BUCKET, key: 'out/r.part_00000.gz' })
  expect(gunzipSync(object?.bytes ?? Buffer.alloc(0)).length).toBe(0)
})

test('every part has the header, which counts for its size', async () => {
  const store = await freshStore()
  const { staged } = await run(store, MANY, 'FORMAT TEXT HEADER MAXFILESIZE 1 MB')
  for (const { token } of staged.parts)
    expect((await text(store, token.key)).startsWith('h\nline')).toBe(true)
})

test('GZIP parts are split by their uncompressed size and read by gunzip', async () => {
  const store = await freshStore()
  const { staged } = await run(store, MANY, 'COMPRESSION GZIP MAXFILESIZE 1 MB')
  expect(staged.parts.length).toBe(4)
  const joined: Buffer[] = []
  for (const { token, bytes } of staged.parts) {
    expect(token.key.endsWith('.gz')).toBe(true)
    const object = await store.read({ bucket: BUCKET, key: token.key })
    expect(object?.bytes.length).toBe(bytes)
    joined.push(gunzipSync(object?.bytes ?? Buffer.alloc(0)))
  }
  expect(Buffer.concat(joined).toString()).toBe(manyLines)
})

test('a smaller result removes all parts of a larger one, and no other objects', async () => {
  const store = await freshStore()
  await run(store, MANY, 'MANIFEST ON MAXFILESIZE 1 MB')
  for (const key of ['out/r.part_x', 'out/r.part_00001.bak', 'out/r2.part_00000', 'out/r.part_00007.zst'])
    await store.put({ bucket: BUCKET, key }, Buffer.from('mine'))
  await run(store, "SELECT 'a'", 'OVERWRITE ON')
  expect(await keys(store)).toEqual([
    'out/r.part_00000',
    'out/r.part_00001.bak',
    'out/r.part_x',
    'out/r2.part_00000',
  ])
})

test.each([
  ['a query that breaks off', BROKEN, freshSession, 'QUERY_FAILED'],
  ['a count that disagrees', MANY, async () => losingRows(await freshSession()), 'VERIFICATION'],
])('%s leaves the earlier result unchanged, and no other objects', async (_name, query, open, code) => {
  const store = await freshStore()
  await run(store, "SELECT 'earlier'", 'MANIFEST ON')
  const before = await keys(store)
  const journal = new RecordingJournal()
  const session = await open()
  await expect(run(store, query, 'OVERWRITE ON', { journal, session })).rejects.toMatchObject({ code })
  expect(journal.events).toEqual(['aborted'])
  expect(await keys(store)).toEqual(before)
  expect(await text(store, 'out/r.part_00000')).toBe('earlier\n')
})

test('an export with OVERWRITE OFF fails before the query when there is a result, but replaces the result of its own run', async () => {
  const store = await freshStore()
  await run(store, "SELECT 'earlier'", '')
  await expect(run(store, "SELECT 'later'", '')).rejects.toMatchObject({
    code: 'OUTPUT_EXISTS',
    exitCode: 5,
    hint: expect.stringContaining('OVERWRITE ON'),
  })
  const journal = new RecordingJournal()
  journal.ours = true
  await run(store, "SELECT 'again'", '', { journal })
  expect(await text(store, 'out/r.part_00000')).toBe('again\n')
})

test('an export with OVERWRITE OFF fails, and keeps the foreign object, when one appears during the query', async () => {
  const store = await freshStore()
  const journal = new RecordingJournal()
  const write = journal.write.bind(journal)
  journal.write = async step => {
    await write(step)
    if (step.step !== 'lock') return
    await store.put({ bucket: BUCKET, key: 'out/r.part_00000' }, Buffer.from('theirs'))
  }
  await expect(run(store, "SELECT 'ours'", '', { journal })).rejects.toMatchObject({
    code: 'OUTPUT_EXISTS',
  })
  expect(await text(store, 'out/r.part_00000')).toBe('theirs')
  expect(journal.events).toEqual(['staged', 'lock', 'unlock', 'aborted'])
})

test('an export with OVERWRITE OFF removes its own parts when a foreign object appears after the last check', async () => {
  const store = await freshStore()
  const journal = new RecordingJournal()
  const write = journal.write.bind(journal)
  journal.write = async step => {
    await write(step)
    if (step.step !== 'committing') return
    await store.put({ bucket: BUCKET, key: 'out/r.part_00002' }, Buffer.from('theirs'))
  }
  const exported = run(store, MANY, 'MAXFILESIZE 1 MB', { journal })
  await expect(exported).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' })
  expect(await keys(store)).toEqual(['out/r.part_00002'])
  expect(journal.events).toEqual(['staged', 'lock', 'committing', 'aborted', 'unlock'])
})

test('an export ends without a trace when the signal aborts before the commit', async () => {
  const store = await freshStore()
  const stop = new AbortController()
  stop.abort(new BatchQueryError('TERMINATED', 'stop requested'))
  const given = { signal: stop.signal }
  await expect(run(store, "SELECT 'a'", '', given)).rejects.toMatchObject({ code: 'TERMINATED' })
  expect(await keys(store)).toEqual([])
})
