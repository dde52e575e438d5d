import type { Block } from '../format/index.ts'

/**
 * Blocks between the one who fills them, driven by a socket, and the one who takes them, driven by a loop. It
 * needs no bound of its own: there are only as many blocks as the pool has buffers.
 */
export class BlockQueue {
  readonly #blocks: Block[] = []
  #wake: (() => void) | null = null
  #ended = false
  #error: unknown = null

  push(block: Block): void {
    this.#blocks.push(block)
    this.#notify()
  }

  /** No block comes after this. With an error, the taker gets it before any block that still waits. */
  end(error: unknown = null): void {
    if (this.#ended) return
    this.#ended = true
    this.#error = error
    if (error !== null) this.discard()
    this.#notify()
  }

  get ended(): boolean {
    return this.#ended
  }

  /** The next block, null after the last one. */
  async next(): Promise<Block | null> {
    while (this.#blocks.length === 0 && !this.#ended) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    if (this.#error !== null) throw this.#error
    return this.#blocks.shift() ?? null
  }

  /** Gives back the blocks that nobody will take. */
  discard(): void {
    for (const block of this.#blocks.splice(0)) block.release()
  }

  #notify(): void {
    this.#wake?.()
    this.#wake = null
  }
}
