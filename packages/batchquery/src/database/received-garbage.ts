import { collectGarbage } from '../platform/index.ts'

const MIB = 1024 * 1024
const BETWEEN_YOUNG = 4 * MIB
/** Only a whole collection finds buffers that outlive two young ones: it runs every 256 MiB, and after the first 4. */
const YOUNG_TO_WHOLE = 64

/**
 * Every chunk of a socket is a buffer outside of V8's heap, and V8 lets 32 to 64 MB of them accumulate before it collects them. This makes it
 * collect earlier.
 */
export class ReceivedGarbage {
  #bytes = 0
  #collections = 0

  /** Counts the bytes that a socket received. */
  received(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes < BETWEEN_YOUNG) return
    this.#bytes = 0
    collectGarbage(this.#collections++ % YOUNG_TO_WHOLE === 0 ? 'everywhere' : 'young')
  }
}
