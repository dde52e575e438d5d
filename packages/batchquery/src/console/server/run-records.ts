import { isFinal, type RunRecord, type RunStore, type ShownRun } from '../../run/index.ts'

/** Two pages that look at the same run share a read. */
const FRESH_MS = 900
/** How many records of ended runs are kept. They do not change. */
const MOST_ENDED = 1_000
const MOST_OPEN = 1_000

type Watch = ReturnType<RunStore['watch']>

interface OpenRun {
  readonly watch: Watch
  readAt: number
  reading: Promise<ShownRun>
}

/** Reads the records of runs that the pages look at again and again, and finds dead runs with few requests. */
export class RunRecords {
  readonly #runs: RunStore
  readonly #ended = new Map<string, RunRecord>()
  readonly #open = new Map<string, OpenRun>()

  constructor(runs: RunStore) {
    this.#runs = runs
  }

  /** The run, if its record was read before and cannot change any more. */
  known(id: string): ShownRun | null {
    const record = this.#ended.get(id)
    return record === undefined ? null : { ...record, dead: false }
  }

  /** @throws as `RunStore.read` */
  async read(id: string): Promise<ShownRun> {
    const known = this.known(id)
    if (known !== null) return known
    const now = performance.now()
    const open = this.#open.get(id)
    if (open !== undefined && now - open.readAt < FRESH_MS) return open.reading
    const watch = open?.watch ?? this.#runs.watch()
    const reading = this.#look(id, watch)
    this.#open.delete(id)
    this.#open.set(id, { watch, readAt: now, reading })
    dropOldest(this.#open, MOST_OPEN)
    return reading
  }

  /** The next read asks the store. */
  forget(id: string): void {
    this.#open.delete(id)
  }

  async #look(id: string, watch: Watch): Promise<ShownRun> {
    try {
      const record = await this.#runs.read(id)
      if (!isFinal(record.state)) return { ...record, dead: await watch.isDead(record) }
      this.#open.delete(id)
      this.#ended.set(id, record)
      dropOldest(this.#ended, MOST_ENDED)
      return { ...record, dead: false }
    } catch (thrown) {
      this.#open.delete(id)
      throw thrown
    }
  }
}

/** A map remembers in which order its keys came. */
export function dropOldest<Key>(map: Map<Key, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return
    map.delete(key)
  }
}
