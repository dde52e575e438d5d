import { BatchQueryError } from '../errors/index.ts'
import type { ObjectAddress, Store } from '../store/store.ts'
import { CoalescedWrite } from './coalesced-write.ts'
import type { Ownership } from './ownership.ts'
import { toJsonBytes } from './parse-object.ts'
import type { RunRecord } from './record.ts'

/** The run record of its owner, the only process that writes it. Changes apply in memory; one writer puts them into the store. */
export class OwnedRecord {
  #current: RunRecord
  #sealed = false
  readonly #write: CoalescedWrite
  /** The version that this owner wrote last. */
  #version: string | null = null

  /** @param ownership when it is lost, the record changes in memory only */
  constructor(store: Store, address: ObjectAddress, record: RunRecord, ownership: Ownership) {
    this.#current = record
    this.#write = new CoalescedWrite(async () => {
      if (ownership.lost.aborted) return
      await ownership.confirm()
      const bytes = toJsonBytes(this.#current)
      let written = await store.putOver(address, bytes, this.#version)
      if (written === null) {
        // Another process wrote the record: a later attempt, or an earlier one whose last write was late.
        await ownership.check()
        written = await store.putOver(address, bytes, null)
      }
      this.#version = written?.version ?? null
    })
  }

  get current(): RunRecord {
    return this.#current
  }

  /** Changes the record in memory. The next write includes the change. */
  set(patch: Partial<RunRecord>): void {
    if (this.#sealed) {
      const { id, state } = this.#current
      throw new BatchQueryError(
        'INTERNAL',
        `run ${id} has ended (${state}), but its record changed after that`,
      )
    }
    this.#current = { ...this.#current, ...patch }
  }

  /** Changes the record. Resolves when the store has the change. @throws RUN_CLAIMED if the run is lost */
  async change(patch: Partial<RunRecord>): Promise<void> {
    this.set(patch)
    await this.#write.request()
  }

  /** Resolves when no write is in progress. */
  idle(): Promise<void> {
    return this.#write.idle()
  }

  /** Makes the last change. If its write fails, the caller may call `seal` again. */
  async seal(patch: Partial<RunRecord>): Promise<void> {
    await this.change(patch)
    this.#sealed = true
  }
}
