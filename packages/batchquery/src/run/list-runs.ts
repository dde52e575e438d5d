import { BatchQueryError } from '../errors/index.ts'
import type { Store } from '../store/store.ts'
import type { EndedRecords } from './ended-records.ts'
import { type IndexedRun, listIndex } from './index-listing.ts'
import { findRunRecord } from './read-record.ts'
import type { RunRecord } from './record.ts'
import { mayTake, type RunFilter, takesRecord } from './run-filter.ts'

/** A run in a listing. A record that cannot be read does not end the listing. */
export type ListedRun =
  | (IndexedRun & { readonly record: RunRecord; readonly error: null })
  | (IndexedRun & { readonly record: null; readonly error: BatchQueryError })
  | EntryWithoutRecord

/** An entry that a crash, a lost race or a lifecycle rule of the bucket left. */
export type EntryWithoutRecord = IndexedRun & { readonly record: null; readonly error: null }

export interface ListOptions {
  /** The most runs to list. Entries without a record do not count. */
  readonly limit: number
  /** Only runs created at this time or later. @default - all */
  readonly since?: Date
  /** Only runs that match, and runs whose records cannot be read. @default - all */
  readonly filter?: RunFilter
  /** Skips runs of the index, without reading their records. @default - none */
  readonly passOver?: (run: IndexedRun) => boolean
  /** A cache: the listing does not read the records in it, and adds those that it reads. @default - none */
  readonly ended?: EndedRecords
}

/** How many records are read at once. */
const AHEAD = 16

/**
 * Lists runs in the order of the index, the newest first. Reads the records of runs that may match the filter by their end in
 * the index, and of runs whose end is not in the index.
 */
export async function* listRuns(
  store: Store,
  bucket: string,
  { limit, since, filter = {}, passOver = () => false, ended }: ListOptions,
): AsyncGenerator<ListedRun> {
  let remaining = limit
  let ahead: IndexedRun[] = []
  const read = async () => {
    const runs = await Promise.all(ahead.map(run => readRun(store, bucket, run, ended)))
    ahead = []
    const taken = runs.filter(({ record }) => record === null || takesRecord(filter, record))
    remaining -= taken.filter(isRun).length
    return taken
  }
  if (remaining <= 0) return
  for await (const run of listIndex(store, bucket)) {
    if (since !== undefined && run.createdAt < since) break
    if (passOver(run) || !mayBeWanted(run, filter)) continue
    ahead.push(run)
    if (ahead.length < Math.min(remaining, AHEAD)) continue
    yield* await read()
    if (remaining <= 0) return
  }
  yield* await read()
}

export const isRun = (listed: ListedRun): listed is Exclude<ListedRun, EntryWithoutRecord> =>
  listed.record !== null || listed.error !== null

const mayBeWanted = ({ ended }: IndexedRun, filter: RunFilter): boolean =>
  ended === null || (ended.state !== 'GONE' && mayTake(filter, ended))

/** A record belongs to the entry with the same time. If the times differ, the record belongs to another entry of the same id. */
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
