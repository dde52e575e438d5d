import type { FormatName } from '../format/index.ts'
import type { NativeResult, RecordedPlan, StagedExport } from '../journal/index.ts'
import { inParallel } from '../platform/index.ts'
import type { Store } from '../store/store.ts'
import { ExportObjects, type StoredExport } from './export-objects.ts'
import type { RunRecord } from './record.ts'
import { exportsOfVersion1 } from './version-1.ts'

/** How many objects are read at once. */
const READS_AT_ONCE = 16

/** The exports of a run in the order of attempt and number. A run of version 1 has them in its record and its ledgers. */
export async function storedExports(
  store: Store,
  bucket: string,
  record: RunRecord,
): Promise<readonly StoredExport[]> {
  return record.version === 1
    ? exportsOfVersion1(store, bucket, record)
    : new ExportObjects(store, bucket, record.id).list()
}

/** The results of `read` for each export, in the same order. */
export async function readEach<T>(
  exports: readonly StoredExport[],
  read: (stored: StoredExport) => Promise<T>,
): Promise<readonly T[]> {
  const found = new Map<StoredExport, T>()
  await inParallel(exports, READS_AT_ONCE, async stored => {
    found.set(stored, await read(stored))
  })
  return exports.flatMap(stored => {
    const value = found.get(stored)
    return value === undefined ? [] : [value]
  })
}

/** The results of a run in the order in which their exports began; for each destination the latest, which exists there. */
export interface PublishedResults {
  readonly streamed: readonly StagedExport[]
  /** The results that a server wrote itself. */
  readonly native: readonly NativeResult[]
}

/** @throws RUN_RECORD_INVALID if an object is unusable */
export async function publishedResults(
  store: Store,
  bucket: string,
  record: RunRecord,
): Promise<PublishedResults> {
  const published = (await storedExports(store, bucket, record)).filter(({ state }) => state === 'PUBLISHED')
  const latest = new Map<string, { staged: StagedExport | null; native: NativeResult | null }>()
  const results = await readEach(published, async stored => {
    const { uri, mode } = await stored.begun()
    const staged = mode === 'streamed' ? await stored.staged() : null
    return { uri, staged, native: mode === 'native' ? (await stored.published()).native : null }
  })
  for (const { uri, staged, native } of results) {
    latest.delete(uri)
    latest.set(uri, { staged, native })
  }
  const all = [...latest.values()]
  return {
    streamed: all.flatMap(({ staged }) => staged ?? []),
    native: all.flatMap(({ native }) => native ?? []),
  }
}

/** An export whose parts are not all staged. */
export interface BegunExport {
  readonly uri: string
  readonly attempt: number
  /** Counts the exports of the attempt from 1. */
  readonly number: number
  readonly mode: 'native' | 'streamed'
  readonly format: FormatName
}

/**
 * The exports that the latest attempt of a RUNNING run has begun and not staged; for each destination the latest. A failed
 * export remains among them if its run, a script, goes on.
 *
 * @throws RUN_RECORD_INVALID if an object is unusable
 */
export async function begunExports(
  store: Store,
  bucket: string,
  record: RunRecord,
): Promise<readonly BegunExport[]> {
  if (record.state !== 'RUNNING') return []
  const stored = await storedExports(store, bucket, record)
  const own = stored.filter(({ of, state }) => of.attempt === record.attempt && state === 'BEGUN')
  const begun = await readEach(own, async ({ of, begun }) => {
    const { uri, mode, format } = await begun()
    return { uri, ...of, mode, format }
  })
  return [...new Map(begun.map(entry => [entry.uri, entry])).values()]
}

/** How several sessions read the rows of an export. */
export interface PlannedReads extends RecordedPlan {
  readonly uri: string
  readonly attempt: number
  /** Counts the exports of the attempt from 1. */
  readonly number: number
}

/** The plans of the latest exports that several sessions read, at most so many. @throws RUN_RECORD_INVALID if an object is unusable */
export async function plannedReads(
  store: Store,
  bucket: string,
  record: RunRecord,
  most: number,
): Promise<readonly PlannedReads[]> {
  const stored = (await storedExports(store, bucket, record)).filter(({ plan }) => plan !== null).slice(-most)
  const planned = await readEach(stored, async ({ of, begun, plan }) => {
    const [{ uri }, known] = await Promise.all([begun(), plan?.()])
    return known === undefined ? [] : [{ uri, ...of, ...known }]
  })
  return planned.flat()
}
