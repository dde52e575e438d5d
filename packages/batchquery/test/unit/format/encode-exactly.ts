import { expect } from 'vitest'
import { encodeRow, type RowForm } from '../../../src/format/index.ts'
import { latin1 } from './outfile-reference.ts'

/** Encodes with exactly the room that the contract asks for: a byte beyond it would be lost, and a test would see that. */
export function encodeExactly(form: RowForm, row: readonly (Uint8Array | null)[]): string {
  const room = row.reduce((sum, value) => sum + 2 * (value?.length ?? 0), form.overheadPerRow)
  const out = Buffer.alloc(room)
  const end = encodeRow(form, row, out, 0)
  expect(end).toBeLessThanOrEqual(room)
  return latin1(out.subarray(0, end))
}
