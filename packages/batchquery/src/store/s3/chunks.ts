/*
 * The sizes of an object's chunks. S3's limits: every chunk but the last has 5 MiB or more, and an object has at most 10,000
 * chunks. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
 */

const MIB = 1024 * 1024
/** The smallest size of which three quarters are still a chunk. */
const USUAL = 7 * MIB
const MOST_CHUNKS = 10_000
export const LEAST_CHUNK_BYTES = 5 * MIB

/** So much of a chunk but the last one is full: writers promise three quarters. */
const FULL = 0.75
/** Chunks of the usual size, and then of twice that size, before chunks of the size that a very large object needs. */
const SMALL_CHUNKS = 1_000

/**
 * The size of the next block of an object. With it, 10,000 blocks suffice for `maxObjectBytes`. An object that may be very large begins with
 * small blocks, because most such objects stay small: 200 GiB need blocks of 32 MiB after the first 15 GiB.
 */
export function chunkBytesFor(maxObjectBytes: number, chunksSoFar: number): number {
  if (maxObjectBytes <= USUAL * FULL * (MOST_CHUNKS - 1) || chunksSoFar < SMALL_CHUNKS) return USUAL
  const inSmall = 3 * USUAL * FULL * SMALL_CHUNKS
  const needed = (maxObjectBytes - inSmall) / (FULL * (MOST_CHUNKS - 2 * SMALL_CHUNKS - 1))
  const large = Math.max(2 * USUAL, Math.ceil(needed / MIB) * MIB)
  return chunksSoFar < 2 * SMALL_CHUNKS ? 2 * USUAL : large
}

/** Chunks of one size before it doubles. */
const CHUNKS_OF_A_SIZE = 2_000

/**
 * The size of the next chunk of an object that comes in small writes. The size of the object is unknown, so its chunks grow. They
 * grow late, because they are collected in memory: the first 9 GiB are in the smallest chunks, and 10,000 chunks have 300 GiB.
 */
export const collectedChunkBytes = (chunksSoFar: number): number =>
  LEAST_CHUNK_BYTES * 2 ** Math.floor(chunksSoFar / CHUNKS_OF_A_SIZE)
