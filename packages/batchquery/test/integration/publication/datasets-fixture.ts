import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { DuckdbDatabase } from '../../../src/database/duckdb/duckdb-database.ts'
import { BatchQueryError } from '../../../src/errors/index.ts'
import { planExport, recordedDestination, runExport, verifyExport } from '../../../src/export/index.ts'
import type { StagedExport } from '../../../src/journal/index.ts'
import { parseExport, splitStatements } from '../../../src/sql/index.ts'
import type { Store } from '../../../src/store/index.ts'
import { ELSEWHERE, keysIn, newRun, type Place, runsIn, SILENT } from './fixture.ts'
import { MortalStore } from './mortal-store.ts'

/** Days 1 to 3, 20 rows each, in random order. */
export const DAYS = "SELECT 1 + i * 7 % 3 AS day, 'row ' || i AS text FROM range(60) t(i)"
export const DAY_2 = `SELECT * FROM (${DAYS}) WHERE day = 2`
export const NO_DAY = `SELECT * FROM (${DAYS}) WHERE day > 3`
export const MANIFEST = 'out/r.manifest'

export const day = (number: number, name = 'part_00000'): string => `out/r/day=${number}/${name}`

/** The parts of earlier results at out/r, of every layout. */
export const EARLIER = [
  'out/r.part_00000',
  'out/r.part_00001.csv',
  'out/r.part_00002.parquet',
  'out/r.part_00003.json.gz',
  day(1),
  day(1, 'part_00001.csv.gz'),
  day(2),
  day(2, 'part_00007.parquet'),
  'out/r/day=2/hour=3/part_00000.zst',
  day(9, 'part_00000.csv'),
]
/** Objects that belong to no result at out/r. */
export const OTHERS = [
  'out/r.csv',
  'out/r.part_0',
  'out/r.part_00000.manifest',
  'out/r.part_00000.part_00000',
  'out/r/day=1/note.txt',
  'out/r/day=1/part-00000-1a2b.parquet',
  'out/r/other/day=1/part_00000',
  'out/r/part_00000',
  'out/r2.part_00000',
  'out/r2/day=1/part_00000',
]

export interface Task {
  /** A query, and the clauses after its destination. */
  readonly exports: readonly (readonly [query: string, clauses: string, prefix?: string])[]
}

export const one = (query: string, clauses: string): Task => ({ exports: [[query, clauses]] })

export function planOf(query: string, clauses: string, prefix: string, store: Store, bucket: string) {
  const uri = `s3://${bucket}/${prefix}`
  const [statement] = splitStatements(`${query} INTO OUTFILE S3 '${uri}' ${clauses}`, 'duckdb')
  const exported = parseExport(statement, 'duckdb')
  if (exported === null) throw new Error('no export')
  return planExport(exported, { store, bucket, prefix, uri })
}

/** Runs a runner from its claim to its end. Returns false if it died before. */
export async function live(store: Store, bucket: string, id: string, { exports }: Task): Promise<boolean> {
  const session = await new DuckdbDatabase(':memory:').connect()
  const life = async (): Promise<boolean> => {
    const run = await runsIn(store, bucket).claim(newRun(id), ELSEWHERE, SILENT)
    if (!run.recovered.isComplete) {
      await run.start({ versionId: null, sha256: '00ff' })
      for (const [at, [query, clauses, prefix = 'out/r']] of exports.entries())
        await runExport(session, planOf(query, clauses, prefix, store, bucket), {
          ...{ runId: id, journal: run.journal, progress: () => {}, warn: text => run.warn(text) },
          ...{ isLast: at === exports.length - 1, signal: new AbortController().signal },
        }).catch(async (error: unknown) => {
          await run.finish(BatchQueryError.from(error))
          throw error
        })
    }
    await run.finish(null)
    return true
  }
  const death = store instanceof MortalStore ? store.died.then(() => false) : new Promise<never>(() => {})
  try {
    return await Promise.race([life(), death])
  } finally {
    await session.cancel()
    await session.close()
  }
}

export const put = async (store: Store, bucket: string, keys: readonly string[]): Promise<void> => {
  for (const key of keys) await store.put({ bucket, key }, Buffer.from(`earlier ${key}`))
}

/** The keys at out/, and which of them are as they were put. */
export async function found({ open, bucket }: Place): Promise<{ keys: string[]; earlier: string[] }> {
  const store = open()
  const keys = await keysIn(store, bucket, 'out/')
  const earlier: string[] = []
  for (const key of keys) {
    const object = await store.read({ bucket, key })
    if (Buffer.from(object?.bytes ?? []).toString() === `earlier ${key}`) earlier.push(key)
  }
  return { keys, earlier }
}

export async function published({ open, bucket }: Place, id: string): Promise<readonly StagedExport[]> {
  const runs = runsIn(open(), bucket)
  const { streamed } = await runs.publishedResults(await runs.read(id))
  return streamed
}

export async function differences(place: Place, id: string): Promise<string[]> {
  const messages: string[] = []
  for (const result of await published(place, id))
    for await (const { message } of verifyExport(result, recordedDestination(result, place.open()), () => {}))
      messages.push(message)
  return messages
}

export const sorted = (...keys: readonly string[]): string[] =>
  keys.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))

/** Nothing is staged or locked, and in a directory no folder is empty. */
export async function expectTidy(place: Place): Promise<void> {
  const store = place.open()
  expect(await place.staged()).toEqual([])
  expect(await keysIn(store, place.bucket, 'locks/')).toEqual([])
  const { folder } = store.capabilities
  const entries = folder === null ? [] : await readdir(folder, { recursive: true, withFileTypes: true })
  for (const { parentPath, name } of entries.filter(entry => entry.isDirectory()))
    expect(await readdir(join(parentPath, name)), name).not.toEqual([])
}

/** A place that the test closes at its end. */
export async function freshPlace(create: () => Promise<Place>): Promise<Place> {
  const place = await create()
  onTestFinished(() => place.close())
  return place
}

/** A destination with earlier results of every layout, and with objects of others. */
export async function placeWith(create: () => Promise<Place>, keys: readonly string[]): Promise<Place> {
  const place = await freshPlace(create)
  await put(place.open(), place.bucket, keys)
  return place
}
