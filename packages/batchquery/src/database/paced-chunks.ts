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
  readonly #whenReady: () => Promise<void>
  readonly #socket: Pausable
  readonly #failed: (error: unknown) => void
  /** Chunks that are not read yet. The first one is read up to `#at`. */
  readonly #kept: Buffer[] = []
  readonly #garbage = new ReceivedGarbage()
  #at = 0
  #broken = false

  /**
   * @param whenReady resolves when a reader that has stalled can go on
   * @param failed called if the reader throws or `whenReady` rejects; nothing is read after that
   */
  constructor(
    reader: ChunkReader,
    whenReady: () => Promise<void>,
    socket: Pausable,
    failed: (error: unknown) => void,
  ) {
    this.#reader = reader
    this.#whenReady = whenReady
    this.#socket = socket
    this.#failed = failed
  }

  arrived(chunk: Buffer): void {
    if (this.#broken) return
    this.#kept.push(chunk)
    if (this.#kept.length === 1) this.#read()
    this.#garbage.received(chunk.length)
  }

  /** Drops the chunks that are kept. Chunks that still come are read: they may have the end that the driver waits for. */
  drop(): void {
    this.#kept.length = 0
    this.#at = 0
  }

  #read(): void {
    try {
      for (let chunk = this.#kept[0]; chunk !== undefined; chunk = this.#kept[0]) {
        this.#at = this.#reader.consume(chunk, this.#at)
        if (this.#reader.stalled) {
          this.#waitForEncoder()
          return
        }
        this.#kept.shift()
        this.#at = 0
      }
    } catch (error) {
      this.#break(error)
    }
  }

  #waitForEncoder(): void {
    this.#socket.pause()
    this.#whenReady().then(
      () => {
        if (this.#kept.length === 0) return
        this.#read()
        if (this.#kept.length === 0) this.#socket.resume()
      },
      (error: unknown) => this.#break(error),
    )
  }

  #break(error: unknown): void {
    this.#broken = true
    this.drop()
    this.#failed(error)
  }
}
