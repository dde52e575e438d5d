import type { BlockPool } from '../format/index.ts'
import { ReceivedGarbage } from './received-garbage.ts'

/** Takes the chunks of a socket, as long as it has a free buffer. */
export interface ChunkReader {
  /** Takes the chunk from `at` on. Returns the offset at which it stopped. */
  consume(chunk: Buffer, at: number): number
  /** The last `consume` stopped because no buffer was free: call it again with the rest of the chunk. */
  readonly stalled: boolean
}

/** The socket, or a substitute for it. */
export interface Pausable {
  pause(): void
  resume(): void
}

/**
 * Connects a socket with a reader that may have to wait. While the pool has no free buffer it pauses the socket, and keeps the chunks that
 * still arrive. So a slow store slows the server down.
 */
export class PacedChunks {
  readonly #reader: ChunkReader
  readonly #pool: BlockPool
  readonly #socket: Pausable
  readonly #failed: (error: unknown) => void
  /** Chunks that are not read yet. The first one is read up to `#at`. */
  readonly #kept: Buffer[] = []
  readonly #garbage = new ReceivedGarbage()
  #at = 0
  #broken = false

  /** @param failed called if the reader throws; nothing is read after that */
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

  /** Drops the chunks that are kept. It still reads later ones, because the driver may wait for the end in them. */
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
