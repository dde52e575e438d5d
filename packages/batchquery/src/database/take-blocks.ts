import type { BatchQueryError } from '../errors/index.ts'
import type { Block } from '../format/index.ts'
import type { BlockQueue } from './block-queue.ts'

/** What a stream of rows asks of its session. */
export interface StreamOwner {
  /** Stops the query: nobody wants more rows. */
  stop(): Promise<void>
  /** Sees to it that the statement is over, and answers the error as the caller shall see it. */
  failed(error: unknown): Promise<BatchQueryError>
}

/**
 * The blocks of a query, for the one who loops over them. Leaving the loop early stops the query.
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
