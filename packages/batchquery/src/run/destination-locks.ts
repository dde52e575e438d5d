import { BatchQueryError } from '../errors/index.ts'
import { readBounded } from '../store/read-bounded.ts'
import type { ObjectAddress, Store } from '../store/store.ts'
import { lockKey } from './keys.ts'

const MAX_LOCK_BYTES = 64

/**
 * The locks of a run, so that two runs never publish to one destination at the same time. A lock is an object in the home
 * bucket, created exclusively, that contains the id of its run. A dead run may have left half a result, so another process
 * must recover it before the lock is free:
 *
 *     free ──lock──▶ locked ──unlock──▶ free
 *                       └──(its run is dead: the process that claims its next attempt recovers it and removes the lock)──▶ free
 */
export class DestinationLocks {
  readonly #store: Store
  readonly #bucket: string
  readonly #runId: string
  readonly #recoverHolder: (id: string) => Promise<boolean>

  /**
   * @param recoverHolder recovers a run that is dead or has ended. Returns false if the run lives or another process recovers
   *   it at the same time. So only one caller gets true.
   */
  constructor(store: Store, bucket: string, runId: string, recoverHolder: (id: string) => Promise<boolean>) {
    this.#store = store
    this.#bucket = bucket
    this.#runId = runId
    this.#recoverHolder = recoverHolder
  }

  /** @throws DESTINATION_LOCKED if another live run has the lock; not if an earlier attempt of this run has it */
  async lock(destination: string): Promise<void> {
    const address = this.#addressOf(destination)
    while (!(await this.#store.create(address, Buffer.from(this.#runId)))) {
      const holder = await this.#holderOf(address)
      if (holder === this.#runId) return
      // The holder has removed it meanwhile.
      if (holder === null) continue
      if (!(await this.#recoverHolder(holder))) throw locked(holder, destination, this.#store.uriOf(address))
      await this.#release(address, holder)
    }
  }

  async unlock(destination: string): Promise<void> {
    await this.#release(this.#addressOf(destination), this.#runId)
  }

  /** Checks the holder first: a run that was silent for long may have lost its lock to another one. */
  async #release(address: ObjectAddress, holder: string): Promise<void> {
    if ((await this.#holderOf(address)) === holder) await this.#store.delete(address)
  }

  /** Null if there is no lock. A lock that is too long for a run id belongs to no run, and stays. */
  async #holderOf(address: ObjectAddress): Promise<string | null> {
    const bytes = await readBounded(this.#store, address, MAX_LOCK_BYTES)
    if (bytes === null) return null
    return bytes === 'too large' ? 'unknown, because the lock is too large' : Buffer.from(bytes).toString()
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
      hint: 'Wait until `batchquery show` shows that it has ended. Then start a new run: `batchquery rerun RUN`.',
    },
  )
