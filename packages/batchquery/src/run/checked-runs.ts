import { inParallel } from '../platform/index.ts'
import type { ObjectInfo, Store } from '../store/store.ts'
import { indexKey } from './keys.ts'
import { type ListedRun, listRuns } from './list-runs.ts'
import type { RunState } from './record.ts'

const WRITES_AT_ONCE = 16

/**
 * The runs of the index that are not known to have ended. An ended run stays ended: its state is written into its entry of the
 * index, which is empty before, so that the next listing tells it and no record is read twice.
 */
export class CheckedRuns {
  readonly #store: Store
  readonly #bucket: string
  #toWrite: { readonly key: string; readonly state: RunState }[] = []

  constructor(store: Store, bucket: string) {
    this.#store = store
    this.#bucket = bucket
  }

  /** The newest first. */
  list(since?: Date): AsyncIterable<ListedRun> {
    const passOver = ({ bytes }: ObjectInfo): boolean => bytes > 0
    const all = { limit: Number.POSITIVE_INFINITY, passOver }
    return listRuns(this.#store, this.#bucket, since === undefined ? all : { ...all, since })
  }

  /** Settles when it may be called again. What it was told last is written by `write`. */
  async hasEnded({ createdAt, id }: ListedRun, state: RunState): Promise<void> {
    this.#toWrite.push({ key: indexKey(createdAt, id), state })
    if (this.#toWrite.length >= WRITES_AT_ONCE) await this.write()
  }

  async write(): Promise<void> {
    const entries = this.#toWrite
    this.#toWrite = []
    await inParallel(entries, WRITES_AT_ONCE, ({ key, state }) =>
      this.#store.put({ bucket: this.#bucket, key }, Buffer.from(state)),
    )
  }
}
