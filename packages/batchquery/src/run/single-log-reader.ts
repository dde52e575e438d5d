import type { ObjectAddress, Store } from '../store/store.ts'
import { invalidObject } from './parse-object.ts'

/** Earlier versions write little more than 8 MiB. */
const MAX_LOG_BYTES = 16 * 1024 * 1024

/** Reads the log of an attempt of an earlier version, which writes one object again and again. Each call continues after the last one. */
export class SingleLogReader {
  readonly #store: Store
  readonly #address: ObjectAddress
  readonly #decoder = new TextDecoder()
  #read = 0

  constructor(store: Store, address: ObjectAddress) {
    this.#store = store
    this.#address = address
  }

  /** Yields the text added since the last call; none if there is no log yet. @throws RUN_RECORD_INVALID if the object is not a log */
  async *added(): AsyncIterable<string> {
    const info = await this.#store.head(this.#address)
    if (info === null || info.bytes <= this.#read) return
    if (info.bytes > MAX_LOG_BYTES)
      throw invalidObject(this.#store.uriOf(this.#address), `larger than ${MAX_LOG_BYTES} bytes`)
    for await (const bytes of (await this.#store.open(this.#address, this.#read)) ?? []) {
      this.#read += bytes.length
      yield this.#decoder.decode(bytes, { stream: true })
    }
  }
}
