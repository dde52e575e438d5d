import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chunkBytesFor, collectedChunkBytes } from '../../../../src/store/s3/chunks.ts'
import { ChunkMemory, CollectedChunk } from '../../../../src/store/s3/collected-chunk.ts'
import { cases } from '../../../setup/chance.ts'

const MIB = 1024 * 1024
const MOST_CHUNKS = 10_000
const LEAST_CHUNK = 5 * MIB

test('blocks that are three quarters full are large enough for S3, never shrink, and are not too many', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000_000 }), mib => {
      let [stored, chunks, before] = [0, 0, 0]
      for (; stored < mib * MIB; chunks++) {
        const size = chunkBytesFor(mib * MIB, chunks)
        if (size < before || size * 0.75 < LEAST_CHUNK) throw new Error(`chunk ${chunks} has ${size} bytes`)
        stored += size * 0.75
        before = size
      }
      expect(chunks).toBeLessThanOrEqual(MOST_CHUNKS)
    }),
  )
})

test('blocks have 7 MiB for parts of the usual size, and for the first 5 GiB of a large object', () => {
  const sizes = (gib: number) =>
    [0, 999, 1_000, 2_000, 9_999].map(n => chunkBytesFor(gib * 1024 * MIB, n) / MIB)
  expect(sizes(6)).toEqual([7, 7, 7, 7, 7])
  expect(sizes(200)).toEqual([7, 7, 14, 32, 32])
})

/** The chunks that are collected from writes of one size. */
function collect(writeBytes: number, writes: number, chunksSoFar: number): Buffer[] {
  const memory = new ChunkMemory()
  const collected = new CollectedChunk(memory)
  const chunks: Buffer[] = []
  const take = () => {
    const { bytes, release } = collected.take()
    chunks.push(Buffer.from(bytes))
    release()
  }
  for (let write = 0; write < writes; write++) {
    const bytes = Buffer.alloc(writeBytes, write)
    for (let at = 0; at < bytes.length; ) {
      at += collected.append(bytes.subarray(at), chunksSoFar)
      if (collected.isFull) take()
    }
  }
  if (!collected.isEmpty) take()
  return chunks
}

test('small writes are collected into full chunks, without a lost byte', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 50_000, max: LEAST_CHUNK }),
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(0, 1_999, 2_000, 9_999),
      (writeBytes, writes, chunksSoFar) => {
        const chunks = collect(writeBytes, writes, chunksSoFar)
        const size = collectedChunkBytes(chunksSoFar)
        expect(chunks.slice(0, -1).every(({ length }) => length === size)).toBe(true)
        expect(chunks.at(-1)?.length).toBeLessThanOrEqual(size)
        const all = Array.from({ length: writes }, (_, write) => Buffer.alloc(writeBytes, write))
        expect(Buffer.concat(chunks).equals(Buffer.concat(all))).toBe(true)
      },
    ),
    { numRuns: cases(20) },
  )
})

test('as many chunks as S3 takes have over 250 GiB, and none is too small', () => {
  const sizes = Array.from({ length: MOST_CHUNKS }, (_, number) => collectedChunkBytes(number))
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(LEAST_CHUNK)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(250 * 1024 * MIB)
})

test('the memory of a chunk is reused', () => {
  const memory = new ChunkMemory()
  const first = memory.take(LEAST_CHUNK)
  memory.give(first)
  // With toBe, a failure would make the test runner compare the bytes of both.
  expect(memory.take(LEAST_CHUNK) === first).toBe(true)
  expect(memory.take(LEAST_CHUNK) === first).toBe(false)
})
