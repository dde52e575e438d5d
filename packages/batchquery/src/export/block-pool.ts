import { BlockPool } from '../format/index.ts'
import type { ExportPlan } from './plan.ts'

const MIB = 1024 * 1024
/** All blocks of an export together, as far as their sizes and the least count allow. */
const POOL_BYTES = 32 * MIB
/** One is filled, one is ready for the row after a cut, two are with the store. */
const LEAST_BLOCKS = 4
/** Larger blocks are so large that one with the store must suffice. So it must for each of several readers. */
const LARGE_BLOCK_BYTES = 16 * MIB
const LEAST_SHARED_BLOCKS = 3
const SHARED_POOL_BYTES = 8 * MIB
const MOST_BLOCKS = 8
/** Each block is compressed alone: a small one has a poor ratio. The store's writer collects the compressed bytes. */
const COMPRESSED_BLOCK_BYTES = 1.5 * MIB
/** One is filled while four are compressed: Node's thread pool does four things at once. */
const COMPRESSED_BLOCKS = 5

/**
 * The memory that the rows of an export pass through. Uncompressed blocks have the size that is best for the store, which may grow with
 * the result.
 */
export function blockPool({
  destination,
  compression,
  maxPartBytes,
  parallel,
}: Pick<ExportPlan, 'destination' | 'compression' | 'maxPartBytes'> &
  Partial<Pick<ExportPlan, 'parallel'>>): BlockPool {
  if (compression.compress !== null) return new BlockPool(COMPRESSED_BLOCK_BYTES, COMPRESSED_BLOCKS)
  const isShared = parallel !== undefined && parallel !== null
  return new BlockPool(taken => {
    const blockBytes = destination.store.chunkBytes(maxPartBytes, taken)
    const least = isShared || blockBytes > LARGE_BLOCK_BYTES ? LEAST_SHARED_BLOCKS : LEAST_BLOCKS
    const count = Math.floor((isShared ? SHARED_POOL_BYTES : POOL_BYTES) / blockBytes)
    return { blockBytes, count: Math.min(MOST_BLOCKS, Math.max(least, count)) }
  })
}
