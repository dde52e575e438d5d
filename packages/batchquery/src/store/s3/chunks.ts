/*
 * How an object is cut into chunks. S3's limits: every chunk but the last has 5 MiB or more, and there are at
 * most 10,000. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
 */

const MIB = 1024 * 1024
/** The least of which three quarters are a chunk still. */
const USUAL = 7 * MIB
const MOST_CHUNKS = 10_000
export const LEAST_CHUNK_BYTES = 5 * MIB

/** Writers promise blocks that are three quarters full: so large, they hold any object of up to `maxObjectBytes`. */
export function chunkBytesFor(maxObjectBytes: number): number {
  const needed = maxObjectBytes / (MOST_CHUNKS * 0.7)
  return Math.max(USUAL, Math.ceil(needed / MIB) * MIB)
}

/** Chunks of one size before it doubles. */
const CHUNKS_OF_A_SIZE = 2_000

/**
 * The size of the next chunk of an object that comes in small writes. Nobody knows how large it will be, so its chunks
 * grow, and late, because they are held in memory: the first 9 GiB are in the smallest ones, 10,000 hold 300 GiB.
 */
export const collectedChunkBytes = (chunksSoFar: number): number =>
  LEAST_CHUNK_BYTES * 2 ** Math.floor(chunksSoFar / CHUNKS_OF_A_SIZE)
