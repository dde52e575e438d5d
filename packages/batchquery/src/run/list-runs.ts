import { BatchQueryError } from '../errors/index.ts'
import type { ObjectInfo, Store } from '../store/store.ts'
import { INDEX_PREFIX, type IndexEntry, parseIndexKey } from './keys.ts'
import { findRunRecord } from './read-record.ts'
import type { RunRecord } from './record.ts'

/** A run of a listing. A record that cannot be read does not end the listing. */
export type ListedRun =
  | (IndexEntry & { readonly record: RunRecord; readonly error: null })
  | (IndexEntry & { readonly record: null; readonly error: BatchQueryError })

export interface ListOptions {
  readonly limit: number
  /** Only runs created at this time or later. @default - all */
  readonly since?: Date
  /** The entries of the index whose records are not read. @default - none */
  readonly passOver?: (entry: ObjectInfo) => boolean
}

/** How many records are read at once. */
const AHEAD = 16

/** The newest first, as the index gives them. Reads the records that it yields, and few others. */
export async function* listRuns(
  store: Store,
  bucket: string,
  { limit, since, passOver = () => false }: ListOptions,
): AsyncIterable<ListedRun> {
  let left = limit
  let ahead: IndexEntry[] = []
  for await (const info of store.list(bucket, INDEX_PREFIX)) {
    const entry = parseIndexKey(info.key)
    if (entry === null) continue
    if (left <= 0 || (since !== undefined && entry.createdAt < since)) break
    if (passOver(info)) continue
    ahead.push(entry)
    if (ahead.length < Math.min(left, AHEAD)) continue
    const runs = await readRuns(store, bucket, ahead)
    yield* runs
    left -= runs.length
    ahead = []
  }
  yield* await readRuns(store, bucket, ahead)
}

async function readRuns(store: Store, bucket: string, entries: readonly IndexEntry[]): Promise<ListedRun[]> {
  const runs = await Promise.all(entries.map(entry => readRun(store, bucket, entry)))
  return runs.filter(run => run !== null)
}

/** Null for an entry that a crash or a lost race left behind: its time is not that of the record. */
async function readRun(store: Store, bucket: string, entry: IndexEntry): Promise<ListedRun | null> {
  try {
    const record = await findRunRecord(store, bucket, entry.id)
    if (record?.createdAt !== entry.createdAt.toISOString()) return null
    return { ...entry, record, error: null }
  } catch (thrown) {
    if (!(thrown instanceof BatchQueryError) || thrown.code !== 'RUN_RECORD_INVALID') throw thrown
    return { ...entry, record: null, error: thrown }
  }
}
