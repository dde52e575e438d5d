import { BatchQueryError } from '../errors/index.ts'
import type { ObjectAddress, Store } from '../store/store.ts'
import { CoalescedWrite } from './coalesced-write.ts'
import type { Ownership } from './ownership.ts'
import { toJsonBytes } from './parse-object.ts'
import type { RunRecord } from './record.ts'

/** The run record in the hands of its owner, who alone writes it: in memory, and in the store by one writer. */
export class OwnedRecord {
  #current: RunRecord
  #sealed = false
  readonly #write: CoalescedWrite
  /** As this owner wrote it last. */
  #version: string | null = null

  /** @param ownership where it is lost the record changes in memory only */
  constructor(store: Store, address: ObjectAddress, record: RunRecord, ownership: Ownership) {
    this.#current = record
    this.#write = new CoalescedWrite(async () => {
      if (ownership.lost.aborted) return
      await ownership.confirm()
      const bytes = toJsonBytes(this.#current)
      let written = await store.putOver(address, bytes, this.#version)
      if (written === null) {
        // A later attempt has it, or an earlier one was silent amid its last write.
        await ownership.check()
        written = await store.putOver(address, bytes, null)
      }
      this.#version = written?.version ?? null
    })
  }

  get current(): RunRecord {
    return this.#current
  }

  /** Changes the record in memory; the next write takes the change along. */
  set(patch: Partial<RunRecord>): void {
    if (this.#sealed) {
      const { id, state } = this.#current
      throw new BatchQueryError('INTERNAL', `run ${id} has ended (${state}) and its record was still changed`)
    }
    this.#current = { ...this.#current, ...patch }
  }

  /** Changes the record; settles when the store has the change. @throws RUN_CLAIMED where the run proves to be lost */
  async change(patch: Partial<RunRecord>): Promise<void> {
    this.set(patch)
    await this.#write.request()
  }

  /** Resolves when no write is under way. */
  idle(): Promise<void> {
    return this.#write.idle()
  }

  /** The last change. Where its write fails, another `seal` may follow. */
  async seal(patch: Partial<RunRecord>): Promise<void> {
    await this.change(patch)
    this.#sealed = true
  }
}
