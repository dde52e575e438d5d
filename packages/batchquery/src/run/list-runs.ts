import { BatchQueryError } from '../errors/index.ts'
import type { Store } from '../store/store.ts'
import type { EndedRecords } from './ended-records.ts'
import { type IndexedRun, listIndex } from './index-listing.ts'
import { findRunRecord } from './read-record.ts'
import type { RunRecord } from './record.ts'
import { mayTake, type RunFilter, takesRecord } from './run-filter.ts'

/** A run of a listing. A record that cannot be read does not end the listing. */
export type ListedRun =
  | (IndexedRun & { readonly record: RunRecord; readonly error: null })
  | (IndexedRun & { readonly record: null; readonly error: BatchQueryError })
  | EntryWithoutRecord

/** An entry that a crash, a lost race or a rule of the bucket left behind. */
export type EntryWithoutRecord = IndexedRun & { readonly record: null; readonly error: null }

export interface ListOptions {
  /** How many runs at most. Entries without a record do not count. */
  readonly limit: number
  /** Only runs created at this time or later. @default - all */
  readonly since?: Date
  /** Only runs that are like this, and those whose records cannot be read. @default - all */
  readonly filter?: RunFilter
  /** The runs of the index whose records are not read. @default - none */
  readonly passOver?: (run: IndexedRun) => boolean
  /** What is known of runs that have ended: their records are not read, and those that are read are added. @default - nothing */
  readonly ended?: EndedRecords
}

/** How many records are read at once. */
const AHEAD = 16

/**
 * The newest first, as the index has them. Reads the records that it yields, and few others: those of runs that the
 * filter takes, or of which the index does not say how they ended.
 */
export async function* listRuns(
  store: Store,
  bucket: string,
  { limit, since, filter = {}, passOver = () => false, ended }: ListOptions,
): AsyncGenerator<ListedRun> {
  let left = limit
  let ahead: IndexedRun[] = []
  const read = async () => {
    const runs = await Promise.all(ahead.map(run => readRun(store, bucket, run, ended)))
    ahead = []
    const taken = runs.filter(({ record }) => record === null || takesRecord(filter, record))
    left -= taken.filter(isRun).length
    return taken
  }
  if (left <= 0) return
  for await (const run of listIndex(store, bucket)) {
    if (since !== undefined && run.createdAt < since) break
    if (passOver(run) || !mayBeWanted(run, filter)) continue
    ahead.push(run)
    if (ahead.length < Math.min(left, AHEAD)) continue
    yield* await read()
    if (left <= 0) return
  }
  yield* await read()
}

export const isRun = (listed: ListedRun): listed is Exclude<ListedRun, EntryWithoutRecord> =>
  listed.record !== null || listed.error !== null

const mayBeWanted = ({ ended }: IndexedRun, filter: RunFilter): boolean =>
  ended === null || (ended.state !== 'GONE' && mayTake(filter, ended))

/** The record of an entry has its time: another one belongs to another entry of the same run. */
async function readRun(
  store: Store,
  bucket: string,
  run: IndexedRun,
  ended: EndedRecords | undefined,
): Promise<ListedRun> {
  const known = ended?.find(run)
  if (known !== undefined) return { ...run, record: known, error: null }
  try {
    const record = await findRunRecord(store, bucket, run.id)
    if (record?.createdAt !== run.createdAt.toISOString()) return { ...run, record: null, error: null }
    ended?.add(record)
    return { ...run, record, error: null }
  } catch (thrown) {
    if (!(thrown instanceof BatchQueryError) || thrown.code !== 'RUN_RECORD_INVALID') throw thrown
    return { ...run, record: null, error: thrown }
  }
}
