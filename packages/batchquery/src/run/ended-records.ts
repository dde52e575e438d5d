import type { IndexEntry } from './index-keys.ts'
import { isFinal, type RunRecord } from './record.ts'

/** The records of ended runs, which do not change any more, for a program that lists runs again and again. */
export class EndedRecords {
  #known = new Map<string, RunRecord>()
  #used = new Map<string, RunRecord>()

  /** Undefined if it is not known: another run may have had the id before. */
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

  /** Ends a round: forgets the records that nothing has asked for since the round before, so that they stay few. */
  endRound(): void {
    this.#known = this.#used
    this.#used = new Map()
  }
}
