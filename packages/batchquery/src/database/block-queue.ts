import type { Block } from '../format/index.ts'

/**
 * The blocks between the reader of a socket, which fills them, and a loop, which takes them. It needs no limit of its own, because there
 * are only as many blocks as the pool has buffers.
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

  /** No block comes after this call. `next` throws the error before it returns any remaining block. */
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

  /** Resolves to the next block, null after the last one. */
  async next(): Promise<Block | null> {
    while (this.#blocks.length === 0 && !this.#ended) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    if (this.#error !== null) throw this.#error
    return this.#blocks.shift() ?? null
  }

  /** Returns the remaining blocks to their pool. */
  discard(): void {
    for (const block of this.#blocks.splice(0)) block.release()
  }

  #notify(): void {
    this.#wake?.()
    this.#wake = null
  }
}
