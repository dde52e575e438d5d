/*
 * The sizes of an object's chunks. S3's limits: every chunk but the last has 5 MiB or more, and an object has at most 10,000
 * chunks. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
 */

const MIB = 1024 * 1024
/** The smallest size of which three quarters are still a chunk. */
const USUAL = 7 * MIB
const MOST_CHUNKS = 10_000
export const LEAST_CHUNK_BYTES = 5 * MIB

/** The size at which 10,000 blocks suffice for `maxObjectBytes`. Writers promise blocks that are at least three quarters full. */
export function chunkBytesFor(maxObjectBytes: number): number {
  const needed = maxObjectBytes / (MOST_CHUNKS * 0.7)
  return Math.max(USUAL, Math.ceil(needed / MIB) * MIB)
}

/** Chunks of one size before it doubles. */
const CHUNKS_OF_A_SIZE = 2_000

/**
 * The size of the next chunk of an object that comes in small writes. The size of the object is unknown, so its chunks grow. They
 * grow late, because they are collected in memory: the first 9 GiB are in the smallest chunks, and 10,000 chunks have 300 GiB.
 */
export const collectedChunkBytes = (chunksSoFar: number): number =>
  LEAST_CHUNK_BYTES * 2 ** Math.floor(chunksSoFar / CHUNKS_OF_A_SIZE)
