import type { IndexEntry } from './index-keys.ts'
import { isFinal, type RunRecord } from './record.ts'

/** Caches the records of ended runs, which do not change any more, for a program that lists runs again and again. */
export class EndedRecords {
  #known = new Map<string, RunRecord>()
  #used = new Map<string, RunRecord>()

  /** Undefined if the cache does not have the record. The time counts too, because another run may have had the id before. */
  find({ id, createdAt }: IndexEntry): RunRecord | undefined {
    const record = this.#known.get(id)
    if (record?.createdAt !== createdAt.toISOString()) return undefined
    this.#used.set(id, record)
    return record
  }

  /** Keeps the record if its run has ended. */
  add(record: RunRecord): void {
    if (isFinal(record.state)) this.#used.set(record.id, record)
  }

  /** Ends a listing: drops the records that it did not use, so that the cache stays small. */
  endRound(): void {
    this.#known = this.#used
    this.#used = new Map()
  }
}
