import type { Block } from '../../format/index.ts'
import type { BlockQueue } from '../block-queue.ts'
import { cancelled } from './errors.ts'
import type { InterruptibleStatement } from './interruptible-statement.ts'

/**
 * The blocks of a query, while `fill` puts them into the queue. Nothing runs before the first block is requested. Leaving the loop
 * early stops the statement.
 *
 * @param fill never rejects: the queue ends with the error
 * @param discard returns the buffers of the code that fills blocks, and ends its waiting for others
 */
export async function* filledBlocks(
  statement: InterruptibleStatement,
  queue: BlockQueue,
  fill: () => Promise<void>,
  discard: () => void,
): AsyncGenerator<Block, void, void> {
  const filling = fill()
  const next = () => nextBlock(statement, queue)
  try {
    for (let block = await next(); block !== null; block = await next()) yield block
  } finally {
    await statement.stop()
    // It may still wait for buffers to end the last part.
    discard()
    await filling
    queue.discard()
  }
}

async function nextBlock({ stopped }: InterruptibleStatement, queue: BlockQueue): Promise<Block | null> {
  const block = await queue.next()
  if (stopped.aborted) {
    block?.release()
    throw cancelled()
  }
  return block
}
