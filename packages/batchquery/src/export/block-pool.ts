import { BlockPool } from '../format/index.ts'
import type { ExportPlan } from './plan.ts'

const MIB = 1024 * 1024
/** The memory of all blocks together, as far as their size and the minimum count allow. */
const POOL_BYTES = 32 * MIB
/** One block fills, one is ready for the row after a cut, and the store has two. */
const LEAST_BLOCKS = 4
const MOST_BLOCKS = 8
/** Each block is compressed alone, so a small one has a poor ratio. The store's writer collects the frames. */
const COMPRESSED_BLOCK_BYTES = 1.5 * MIB
/** One block fills while Node's thread pool compresses four at once. */
const COMPRESSED_BLOCKS = 5

/** The memory for the rows of an export. Uncompressed blocks have the size that the store prefers. */
export function blockPool({
  destination,
  compression,
  maxPartBytes,
}: Pick<ExportPlan, 'destination' | 'compression' | 'maxPartBytes'>): BlockPool {
  if (compression.compress !== null) return new BlockPool(COMPRESSED_BLOCK_BYTES, COMPRESSED_BLOCKS)
  const blockBytes = destination.store.chunkBytes(maxPartBytes)
  const count = Math.floor(POOL_BYTES / blockBytes)
  return new BlockPool(blockBytes, Math.min(MOST_BLOCKS, Math.max(LEAST_BLOCKS, count)))
}
