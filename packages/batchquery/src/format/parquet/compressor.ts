import type { Codec } from './codecs.ts'
import type { ColumnChunk } from './column-chunk.ts'
import type { RawPage } from './page.ts'
import { PageBuffer } from './page-buffer.ts'

/** Jobs in zlib's pool at a time: it has four threads. */
const RUNNING = 4
/** If more pages than these wait, the caller must stop to feed rows. */
const WAITING = 4
const KEPT_BYTES = 16 << 20
/** The way through the pool takes more CPU than the compression of a page of so few bytes. */
const SMALL = 32 << 10
/** A buffer with more bytes had a long value. */
const LONG = 4 << 20

interface Job {
  readonly chunk: ColumnChunk
  readonly page: RawPage
  /** Null until it is compressed. */
  parts: readonly Uint8Array[] | null
  isRunning: boolean
}

/** Compresses pages and puts them into their chunks, in the order in which they came. */
export class Compressor {
  /** The raw bytes of the pages that are not in their chunks. */
  waitingBytes = 0
  readonly #codec: Codec
  readonly #jobs: Job[] = []
  #running = 0
  /** Jobs of long values. Two of them in memory would be too much. */
  #longJobs = 0
  readonly #free: PageBuffer[] = []
  #freeBytes = 0
  #long: PageBuffer | null = null
  #waiters: (() => void)[] = []
  #failure: unknown = null

  constructor(codec: Codec) {
    this.#codec = codec
  }

  /** Takes a page. Returns the buffer for the column's next one, of at least `bytes` bytes. */
  add(chunk: ColumnChunk, page: RawPage, bytes: number): PageBuffer {
    const { here, inPool } = this.#codec
    const rawBytes = page.end - page.start
    // The pages of a chunk must stay in order.
    if (inPool === null || (rawBytes <= SMALL && chunk.pending === 0)) {
      const store = chunk.storeOf(page)
      store.begin()
      here(page.buffer.bytes.subarray(page.start, page.end), part => store.append(part))
      chunk.endPage(page)
      this.#keep(page.buffer)
    } else {
      chunk.pending++
      this.waitingBytes += rawBytes
      if (rawBytes > LONG) this.#longJobs++
      this.#jobs.push({ chunk, page, parts: null, isRunning: false })
      this.#start()
    }
    const free = this.#free.pop()
    if (free === undefined) return new PageBuffer(bytes)
    this.#freeBytes -= free.bytes.length
    return free
  }

  /** A buffer for a long value. One is used again, because their memory comes back late. */
  long(bytes: number): PageBuffer {
    const long = this.#long
    this.#long = null
    return long !== null && long.bytes.length >= bytes ? long : new PageBuffer(bytes)
  }

  get isBusy(): boolean {
    return this.#jobs.length > RUNNING + WAITING || this.#longJobs > 0
  }

  /** Throws the error that made a compression fail. */
  check(): void {
    if (this.#failure !== null) throw this.#failure
  }

  /** Resolves when a page is in its chunk; there must be one that is not. */
  progress(): Promise<void> {
    this.check()
    return new Promise((resolve, reject) => {
      this.#waiters.push(() => (this.#failure === null ? resolve() : reject(this.#failure)))
    })
  }

  discard(): void {
    this.#jobs.length = 0
    this.#longJobs = 0
    this.waitingBytes = 0
    this.#wake()
  }

  #start(): void {
    const { inPool } = this.#codec
    if (inPool === null) return
    for (const job of this.#jobs) {
      if (this.#running >= RUNNING) return
      if (job.isRunning) continue
      job.isRunning = true
      this.#running++
      const { buffer, start, end } = job.page
      inPool(buffer.bytes.subarray(start, end)).then(
        parts => {
          this.#running--
          job.parts = parts
          this.#store()
        },
        (failure: unknown) => {
          this.#failure = failure
          this.#wake()
        },
      )
    }
  }

  #store(): void {
    for (let job = this.#jobs[0]; job !== undefined && job.parts !== null; job = this.#jobs[0]) {
      this.#jobs.shift()
      const { chunk, page, parts } = job
      const store = chunk.storeOf(page)
      store.begin()
      for (const part of parts) store.append(part)
      chunk.endPage(page)
      chunk.pending--
      this.waitingBytes -= page.end - page.start
      if (page.end - page.start > LONG) this.#longJobs--
      this.#keep(page.buffer)
    }
    this.#start()
    this.#wake()
  }

  #keep(buffer: PageBuffer): void {
    if (buffer.bytes.length > LONG) {
      this.#long = buffer
      return
    }
    if (this.#freeBytes + buffer.bytes.length > KEPT_BYTES) return
    this.#freeBytes += buffer.bytes.length
    this.#free.push(buffer)
  }

  #wake(): void {
    for (const wake of this.#waiters.splice(0)) wake()
  }
}
