import { BatchQueryError } from '../errors/index.ts'
import type { Store } from '../store/store.ts'
import { lockKey } from './keys.ts'
import { readBounded } from './read-bounded.ts'

const MAX_LOCK_BYTES = 64

/**
 * The destinations that a run holds, so that two runs never publish to one at the same time. A lock is an object
 * in the home bucket, created exclusively, that holds the id of its run. Nothing but its run removes it: whoever
 * died with it may have left half a result, which has to be completed first.
 */
export class DestinationLocks {
  readonly #store: Store
  readonly #bucket: string
  readonly #runId: string

  constructor(store: Store, bucket: string, runId: string) {
    this.#store = store
    this.#bucket = bucket
    this.#runId = runId
  }

  /** @throws DESTINATION_LOCKED where another run holds it; not where an earlier attempt of this one does */
  async lock(destination: string): Promise<void> {
    const address = { bucket: this.#bucket, key: lockKey(destination) }
    if (await this.#store.create(address, Buffer.from(this.#runId))) return
    const bytes = await readBounded(this.#store, address, MAX_LOCK_BYTES)
    const holder = bytes === null || bytes === 'too large' ? 'unknown' : Buffer.from(bytes).toString()
    if (holder === this.#runId) return
    throw new BatchQueryError(
      'DESTINATION_LOCKED',
      `run ${JSON.stringify(holder)} is publishing to ${destination} (lock s3://${address.bucket}/${address.key})`,
      { hint: 'Run again when it has ended: `batchquery show RUN` tells.' },
    )
  }

  /** To be called by the holder only. */
  unlock(destination: string): Promise<void> {
    return this.#store.delete({ bucket: this.#bucket, key: lockKey(destination) })
  }
}
