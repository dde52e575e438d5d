import { BatchQueryError } from '../errors/index.ts'
import { readBounded } from '../store/read-bounded.ts'
import type { ObjectAddress, Store } from '../store/store.ts'
import { lockKey } from './keys.ts'

const MAX_LOCK_BYTES = 64

/**
 * The destinations that a run holds, so that two runs never publish to one at the same time. A lock is an object
 * in the home bucket, created exclusively, that holds the id of its run. Its run removes it; whoever died with it
 * may have left half a result, so that has to be recovered before another run takes the lock:
 *
 *     free ──lock──▶ held ──unlock──▶ free
 *                     └──(its run is dead; who wins its next attempt settles it and removes the lock)──▶ free
 */
export class DestinationLocks {
  readonly #store: Store
  readonly #bucket: string
  readonly #runId: string
  readonly #recoverHolder: (id: string) => Promise<boolean>

  /**
   * @param recoverHolder settles what a run left that is dead or has ended; false where it lives, or where somebody
   *   else does the same. True is for one caller only.
   */
  constructor(store: Store, bucket: string, runId: string, recoverHolder: (id: string) => Promise<boolean>) {
    this.#store = store
    this.#bucket = bucket
    this.#runId = runId
    this.#recoverHolder = recoverHolder
  }

  /** @throws DESTINATION_LOCKED where another run holds it and lives; not where an earlier attempt of this one does */
  async lock(destination: string): Promise<void> {
    const address = this.#addressOf(destination)
    while (!(await this.#store.create(address, Buffer.from(this.#runId)))) {
      const holder = await this.#holderOf(address)
      if (holder === this.#runId) return
      // Gone since: it is free now.
      if (holder === null) continue
      if (!(await this.#recoverHolder(holder))) throw locked(holder, destination, this.#store.uriOf(address))
      await this.#release(address, holder)
    }
  }

  async unlock(destination: string): Promise<void> {
    await this.#release(this.#addressOf(destination), this.#runId)
  }

  /** Looks before it deletes: a run that was silent for long may have lost its lock to another one. */
  async #release(address: ObjectAddress, holder: string): Promise<void> {
    if ((await this.#holderOf(address)) === holder) await this.#store.delete(address)
  }

  /** Null where nobody holds it. What is too long for a run id is no run's, and stays. */
  async #holderOf(address: ObjectAddress): Promise<string | null> {
    const bytes = await readBounded(this.#store, address, MAX_LOCK_BYTES)
    if (bytes === null) return null
    return bytes === 'too large' ? 'unknown, as the lock is too long' : Buffer.from(bytes).toString()
  }

  #addressOf(destination: string): ObjectAddress {
    return { bucket: this.#bucket, key: lockKey(destination) }
  }
}

const locked = (holder: string, destination: string, lock: string): BatchQueryError =>
  new BatchQueryError(
    'DESTINATION_LOCKED',
    `run ${JSON.stringify(holder)} is publishing to ${destination} (lock ${lock})`,
    {
      hint: 'Wait until it has ended, as `batchquery show` tells; then start a new run: `batchquery rerun RUN`.',
    },
  )
