import type { ObjectAddress, Store } from '../store/store.ts'

/** Reads the log of an attempt from where the last reading stopped. */
export class LogReader {
  readonly #store: Store
  readonly #address: ObjectAddress
  readonly #decoder = new TextDecoder()
  #read = 0

  constructor(store: Store, address: ObjectAddress) {
    this.#store = store
    this.#address = address
  }

  /** What has been added; nothing where there is no log yet. */
  async *added(): AsyncIterable<string> {
    const info = await this.#store.head(this.#address)
    if (info === null || info.bytes <= this.#read) return
    for await (const bytes of (await this.#store.open(this.#address, this.#read)) ?? []) {
      this.#read += bytes.length
      yield this.#decoder.decode(bytes, { stream: true })
    }
  }
}
