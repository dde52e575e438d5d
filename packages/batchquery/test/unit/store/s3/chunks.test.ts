import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chunkBytesFor, SmallWrites } from '../../../../src/store/s3/chunks.ts'

const MIB = 1024 * 1024
const MOST_CHUNKS = 10_000
const LEAST_CHUNK = 5 * MIB

test('blocks that are three quarters full are chunks that S3 takes, and not too many', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000_000 }), mib => {
      const least = chunkBytesFor(mib * MIB) * 0.75
      expect(least).toBeGreaterThanOrEqual(LEAST_CHUNK)
      expect((mib * MIB) / least).toBeLessThan(MOST_CHUNKS)
    }),
  )
  expect(chunkBytesFor(6 * 1024 * MIB)).toBe(8 * MIB)
})

/** The chunk that writes of one size are collected into, by the rules of who collects. */
function collect(writeBytes: number, chunksSoFar: number): Buffer {
  const writes = new SmallWrites()
  const bytes = Buffer.alloc(writeBytes, 1)
  while (!writes.isChunkBefore(bytes)) if (writes.append(bytes, chunksSoFar)) break
  return writes.take()
}

test('small writes are collected into chunks that grow with their number', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 50_000, max: LEAST_CHUNK }),
      fc.nat({ max: 9 }),
      (writeBytes, thousands) => {
        const { length } = collect(writeBytes, thousands * 1000)
        expect(length % writeBytes).toBe(0)
        expect(length).toBeGreaterThanOrEqual(LEAST_CHUNK)
        expect(length).toBeGreaterThan(8 * MIB * (thousands + 1) - writeBytes)
      },
    ),
    { numRuns: 30 },
  )
})
