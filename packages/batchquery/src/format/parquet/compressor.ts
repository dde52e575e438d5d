import { collectGarbage } from '../../platform/index.ts'
import type { Codec, CodecInPool } from './codecs.ts'
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
  isRunning: boolean
  /** Whether it is compressed. */
  isDone: boolean
  /** Null if it is not compressed, or is in its chunk already. */
  result: Uint8Array | null
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
    const { here, pool } = this.#codec
    const rawBytes = page.end - page.start
    // The pages of a chunk must stay in order.
    if (pool === null || (rawBytes <= SMALL && chunk.pending === 0)) {
      const store = chunk.storeOf(page)
      store.begin()
      here(page.buffer.bytes.subarray(page.start, page.end), part => store.append(part))
      chunk.endPage(page)
      this.#keep(page.buffer)
    } else {
      chunk.pending++
      this.waitingBytes += rawBytes
      if (rawBytes > LONG) this.#longJobs++
      this.#jobs.push({ chunk, page, isRunning: false, isDone: false, result: null })
      this.#start()
    }
    const free = this.#free.pop()
    if (free === undefined) return new PageBuffer(bytes)
    this.#freeBytes -= free.bytes.length
    return free
  }

  /** A buffer for a long value. One is used again. */
  long(bytes: number): PageBuffer {
    const kept = this.#keptLong(bytes)
    if (kept !== null) return kept
    // The memory of a shorter one must be free before there is another.
    collectGarbage('everywhere')
    return new PageBuffer(Math.ceil(bytes / LONG) * LONG)
  }

  #keptLong(bytes: number): PageBuffer | null {
    const long = this.#long
    this.#long = null
    return long !== null && long.bytes.length >= bytes ? long : null
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
    const { pool } = this.#codec
    if (pool === null) return
    for (const job of this.#jobs) {
      const isLong = job.page.end - job.page.start > LONG
      // The pieces of a long page go right into its chunk, so all earlier pages must be there.
      if (this.#running >= RUNNING || (isLong && job !== this.#jobs[0])) return
      if (job.isRunning) continue
      job.isRunning = true
      this.#running++
      const compressed = isLong ? this.#compressInPieces(job, pool) : compress(job, pool)
      compressed.then(
        () => {
          this.#running--
          job.isDone = true
          this.#store()
        },
        (failure: unknown) => {
          this.#failure = failure
          this.#wake()
        },
      )
    }
  }

  async #compressInPieces(job: Job, pool: CodecInPool): Promise<void> {
    const store = job.chunk.storeOf(job.page)
    store.begin()
    for await (const piece of pool.inPieces(rawOf(job))) {
      const isDiscarded = this.#jobs[0] !== job
      if (isDiscarded) return
      store.append(piece)
    }
  }

  #store(): void {
    for (let job = this.#jobs[0]; job?.isDone; job = this.#jobs[0]) {
      this.#jobs.shift()
      const { chunk, page, result } = job
      if (result !== null) {
        const store = chunk.storeOf(page)
        store.begin()
        store.append(result)
      }
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

const rawOf = ({ page }: Job): Buffer => page.buffer.bytes.subarray(page.start, page.end)

async function compress(job: Job, pool: CodecInPool): Promise<void> {
  job.result = await pool.whole(rawOf(job))
}
