import type { Store } from '../store/store.ts'
import { parseWorkerLogKey, workerLogsPrefix } from './keys.ts'
import { workerName } from './range-board.ts'

/** The logs of the workers of a run. Each call continues after the last one. */
export class WorkerLogs {
  readonly #store: Store
  readonly #bucket: string
  readonly #id: string
  readonly #worker: number | null
  /** By key: how much is read. Segments only grow. */
  readonly #read = new Map<string, number>()
  /** By worker: the beginning of a line whose end has not come. */
  readonly #begun = new Map<string, string>()

  /** @param worker null for all, with the name of each before its lines */
  constructor(store: Store, bucket: string, id: string, worker: number | null) {
    this.#store = store
    this.#bucket = bucket
    this.#id = id
    this.#worker = worker
  }

  /** Yields the whole lines that were added since the last call. */
  async *added(): AsyncIterable<string> {
    const start = this.#worker === null ? '' : `w${String(this.#worker).padStart(4, '0')}-`
    for await (const { key, bytes } of this.#store.list(
      this.#bucket,
      `${workerLogsPrefix(this.#id)}${start}`,
    )) {
      const place = parseWorkerLogKey(this.#id, key)
      const read = this.#read.get(key) ?? 0
      if (place === null || bytes <= read) continue
      this.#read.set(key, bytes)
      const pieces: Uint8Array[] = []
      const opened = await this.#store.open({ bucket: this.#bucket, key }, read, bytes)
      for await (const piece of opened ?? []) pieces.push(piece)
      yield* this.#lines(workerName(place.worker, place.machine), Buffer.concat(pieces).toString())
    }
  }

  *#lines(name: string, text: string): Iterable<string> {
    const lines = `${this.#begun.get(name) ?? ''}${text}`.split('\n')
    this.#begun.set(name, lines.pop() ?? '')
    const before = this.#worker === null ? `${name}: ` : ''
    if (lines.length > 0) yield lines.map(line => `${before}${line}\n`).join('')
  }
}
