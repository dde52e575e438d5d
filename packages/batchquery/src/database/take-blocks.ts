import type { BatchQueryError } from '../errors/index.ts'
import type { Block } from '../format/index.ts'
import type { BlockQueue } from './block-queue.ts'

/** The part of the session that a stream of rows uses. */
export interface StreamOwner {
  /** Stops the query: no more rows are needed. */
  stop(): Promise<void>
  /** Makes sure that the statement is over, and resolves to the error for the caller. */
  failed(error: unknown): Promise<BatchQueryError>
}

/**
 * Yields the blocks of a query. Leaving the loop early stops the query.
 *
 * @param complete called after the last block, before the loop ends
 */
export async function* takeBlocks(
  queue: BlockQueue,
  owner: StreamOwner,
  complete: () => Promise<void>,
): AsyncGenerator<Block, void, void> {
  let over = false
  try {
    for (let block = await next(queue, owner); block !== null; block = await next(queue, owner)) yield block
    await complete()
    over = true
  } finally {
    if (!over) {
      queue.discard()
      await owner.stop()
    }
  }
}

async function next(queue: BlockQueue, owner: StreamOwner): Promise<Block | null> {
  try {
    return await queue.next()
  } catch (error) {
    throw await owner.failed(error)
  }
}
