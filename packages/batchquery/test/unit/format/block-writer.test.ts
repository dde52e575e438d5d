import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BlockPool, BlockWriter } from '../../../src/format/index.ts'
import { cases } from '../../setup/chance.ts'
import { bytesOf, Drive, type Scenario, scenarios, type WrittenRow } from './block-writer-drive.ts'

interface Part {
  bytes: number
  rows: WrittenRow[]
}

function run(scenario: Scenario): Drive {
  const drive = new Drive(scenario)
  for (const delivery of scenario.deliveries) drive.deliver(delivery)
  return drive
}

function expectAllFree({ pool }: Drive, { buffers }: Scenario): void {
  const taken = Array.from({ length: buffers }, () => pool.take())
  expect(taken).not.toContain(null)
  expect(new Set(taken).size).toBe(buffers)
  expect(pool.take()).toBeNull()
}

/** The parts as a reader cuts them; every block's counts are checked on the way. */
function partsOf({ blocks, rows }: Drive): Part[] {
  const parts: Part[] = [{ bytes: 0, rows: [] }]
  let bytes = 0
  let ended = 0
  for (const block of blocks) {
    const first = ended
    bytes += block.bytes.length
    ended += block.rowsEnded
    const endedBytes = bytesOf(rows.slice(0, ended))
    expect(block.endsRow).toBe(endedBytes === bytes)
    expect(endedBytes).toBeLessThanOrEqual(bytes)
    if (!block.endsRow) expect(endedBytes + rows[ended].bytes).toBeGreaterThanOrEqual(bytes)
    const part = parts[parts.length - 1]
    part.bytes += block.bytes.length
    part.rows.push(...rows.slice(first, ended))
    if (block.endsPart) parts.push({ bytes: 0, rows: [] })
  }
  expect(ended).toBe(rows.length)
  return parts
}

describe('any rows, pool and part size', () => {
  test('blocks have the rows, parts are within the limit, blocks are full, and all buffers come back', () => {
    fc.assert(
      fc.property(scenarios, scenario => {
        const drive = run(scenario)
        drive.writer.finish()
        const { blocks, rows, source, writer } = drive
        expect(Buffer.concat(blocks.map(block => block.bytes)).equals(Buffer.from(source))).toBe(true)
        expect(writer.rows).toBe(rows.length)

        const parts = partsOf(drive)
        for (const [index, part] of parts.entries()) {
          expect(part.rows.length > 0).toBe(rows.length > 0)
          expect(part.bytes).toBe(bytesOf(part.rows))
          const mayBeLarger = part.rows.length === 1 || part.rows.at(-1)?.inPieces === true
          if (!mayBeLarger) expect(part.bytes).toBeLessThanOrEqual(scenario.maxPartBytes)
          if (index + 1 < parts.length) {
            expect(part.bytes + parts[index + 1].rows[0].bytes).toBeGreaterThan(scenario.maxPartBytes)
          }
        }
        for (const [index, block] of blocks.entries()) {
          if (block.endsPart) expect(block.endsRow).toBe(true)
          else if (index + 1 < blocks.length) {
            expect(block.bytes.length).toBeGreaterThanOrEqual(0.75 * scenario.blockBytes)
          } else expect(block.bytes.length + block.rowsEnded).toBeGreaterThan(0)
        }
        drive.releaseAll()
        expectAllFree(drive, scenario)
      }),
      { numRuns: cases(3000) },
    )
  })

  test('a writer hands nothing out and returns all buffers when it is discarded', () => {
    fc.assert(
      fc.property(scenarios, scenario => {
        const drive = run(scenario)
        const before = drive.blocks.length
        drive.writer.discard()
        drive.writer.discard()
        expect(drive.blocks.length).toBe(before)
        drive.releaseAll()
        expectAllFree(drive, scenario)
      }),
    )
  })
})

test('a writer throws when a row runs over its block', () => {
  for (const cut of [Number.MAX_SAFE_INTEGER, 70]) {
    const writer = new BlockWriter(new BlockPool(64, 2), cut, () => {})
    for (let row = 0; row < 4; row++) {
      expect(writer.reserve(16)).toBe(true)
      writer.at += row === 3 ? 24 : 16
      if (row < 3) writer.endRow()
    }
    expect(() => {
      writer.endRow()
      writer.finish()
    }).toThrow(expect.objectContaining({ code: 'INTERNAL', message: expect.stringContaining('8 bytes') }))
  }
})

describe('a pool', () => {
  test('a pool lends no more buffers than it has and wakes all waiting callers', async () => {
    const pool = new BlockPool(16, 2)
    await pool.whenFree()
    const [first, second] = [pool.take(), pool.take()]
    if (first === null || second === null) throw new Error('two buffers were promised')
    expect(pool.take()).toBeNull()
    const woken: string[] = []
    const waiters = ['a', 'b'].map(name => pool.whenFree().then(() => woken.push(name)))
    await Promise.resolve()
    expect(woken).toEqual([])
    pool.give(second)
    await Promise.all(waiters)
    expect(woken).toEqual(['a', 'b'])
    expect(pool.take()).toBe(second)
  })
})
