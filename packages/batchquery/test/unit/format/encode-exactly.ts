import { expect } from 'vitest'
import { encodeRow, type RowEncoder } from '../../../src/format/index.ts'
import { latin1 } from './outfile-reference.ts'

/** Encodes with exactly the room that the contract asks for: a byte too many would be lost and show. */
export function encodeExactly(encoder: RowEncoder, row: readonly (Uint8Array | null)[]): string {
  const room = row.reduce((sum, value) => sum + 2 * (value?.length ?? 0), encoder.overheadPerRow)
  const out = Buffer.alloc(room)
  const end = encodeRow(encoder, row, out, 0)
  expect(end).toBeLessThanOrEqual(room)
  return latin1(out.subarray(0, end))
}
