import type { BlockPool } from '../format/index.ts'
import { ReceivedGarbage } from './received-garbage.ts'

/** Takes the chunks of a socket, and may refuse for want of a buffer. */
export interface ChunkReader {
  /** Takes the chunk from `at` on, and answers where it stopped. */
  consume(chunk: Buffer, at: number): number
  /** After a `consume` that stopped for want of a buffer: it wants to be called again with what was left. */
  readonly stalled: boolean
}

/** The socket, or whatever stands for it. */
export interface Pausable {
  pause(): void
  resume(): void
}

/**
 * Between a socket that gives and a reader that may have to wait: while the pool has no buffer free the socket is
 * paused, and what still comes is kept. That is how a slow store slows the server down.
 */
export class PacedChunks {
  readonly #reader: ChunkReader
  readonly #pool: BlockPool
  readonly #socket: Pausable
  readonly #failed: (error: unknown) => void
  /** What came and is not read, the first chunk read up to `#at`. */
  readonly #kept: Buffer[] = []
  readonly #garbage = new ReceivedGarbage()
  #at = 0
  #broken = false

  /** @param failed called where the reader throws; nothing is read after that */
  constructor(reader: ChunkReader, pool: BlockPool, socket: Pausable, failed: (error: unknown) => void) {
    this.#reader = reader
    this.#pool = pool
    this.#socket = socket
    this.#failed = failed
  }

  arrived(chunk: Buffer): void {
    if (this.#broken) return
    this.#kept.push(chunk)
    if (this.#kept.length === 1) this.#read()
    this.#garbage.received(chunk.length)
  }

  /** What is kept is of no use any more. What still comes is read: it may be the end that the driver waits for. */
  drop(): void {
    this.#kept.length = 0
    this.#at = 0
  }

  #read(): void {
    try {
      for (let chunk = this.#kept[0]; chunk !== undefined; chunk = this.#kept[0]) {
        this.#at = this.#reader.consume(chunk, this.#at)
        if (this.#reader.stalled) {
          this.#waitForBuffer()
          return
        }
        this.#kept.shift()
        this.#at = 0
      }
    } catch (error) {
      this.#broken = true
      this.drop()
      this.#failed(error)
    }
  }

  #waitForBuffer(): void {
    this.#socket.pause()
    this.#pool.whenFree().then(() => {
      if (this.#kept.length === 0) return
      this.#read()
      if (this.#kept.length === 0) this.#socket.resume()
    })
  }
}
