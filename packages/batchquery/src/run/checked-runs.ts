import { inParallel } from '../platform/index.ts'
import type { Store } from '../store/store.ts'
import { endKey } from './index-keys.ts'
import type { IndexedRun } from './index-listing.ts'
import { type EntryWithoutRecord, type ListedRun, listRuns } from './list-runs.ts'
import type { RunRecord } from './record.ts'
import { endKeyOf } from './run-end.ts'

const WRITES_AT_ONCE = 16

/** A submitter writes the record right after the entry. After this time, a missing record will not come any more. */
const RECORD_COMES_WITHIN_MS = 24 * 60 * 60 * 1000

/**
 * Lists the runs that have no end in the index, and writes the ends that the index lacks. So the next `reap` does not read
 * those records again.
 */
export class CheckedRuns {
  readonly #store: Store
  readonly #bucket: string
  #toWrite: string[] = []
  #now: Date | null = null

  constructor(store: Store, bucket: string) {
    this.#store = store
    this.#bucket = bucket
  }

  /** Lists the newest first. */
  list(since?: Date): AsyncIterable<ListedRun> {
    const passOver = ({ hasEnded }: IndexedRun): boolean => hasEnded
    const all = { limit: Number.POSITIVE_INFINITY, passOver }
    return listRuns(this.#store, this.#bucket, since === undefined ? all : { ...all, since })
  }

  /** Notes that a run has ended. Await it before the next call. It writes in batches; `write` writes the last one. */
  async hasEnded(record: RunRecord): Promise<void> {
    await this.#add(endKeyOf(record))
  }

  /** As `hasEnded`, for an entry without a record. Does nothing for a young entry, which may still get its record. */
  async isGone({ id, createdAt, enteredAt }: EntryWithoutRecord): Promise<void> {
    if (enteredAt === null) return
    this.#now ??= await this.#store.now(this.#bucket)
    if (this.#now.getTime() - enteredAt.getTime() < RECORD_COMES_WITHIN_MS) return
    await this.#add(endKey({ id, createdAt }, { state: 'GONE', code: null, task: null, database: null }))
  }

  async write(): Promise<void> {
    const keys = this.#toWrite
    this.#toWrite = []
    await inParallel(keys, WRITES_AT_ONCE, key =>
      this.#store.put({ bucket: this.#bucket, key }, new Uint8Array()),
    )
  }

  async #add(key: string | null): Promise<void> {
    if (key !== null) this.#toWrite.push(key)
    if (this.#toWrite.length >= WRITES_AT_ONCE) await this.write()
  }
}
