import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineSplitter } from '../../../src/task/script/output-lines.ts'

const split = (chunks: readonly Buffer[]): string[] => {
  const splitter = new LineSplitter()
  return [...chunks.flatMap(chunk => splitter.push(chunk)), ...splitter.end()]
}

test('the splitter returns the same lines when the bytes come in other chunks', () => {
  const line = fc.string({ unit: 'grapheme', maxLength: 20 }).map(text => text.replace(/[\r\n]/g, ''))
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat({ max: 40 })), (lines, sizes) => {
      const bytes = Buffer.from(lines.map(text => `${text}\n`).join(''))
      const chunks: Buffer[] = []
      let at = 0
      for (const size of sizes) {
        chunks.push(bytes.subarray(at, at + size))
        at += size
      }
      expect(split([...chunks, bytes.subarray(at)])).toEqual(lines)
    }),
  )
})

test('the splitter cuts a long line between characters and loses nothing of it', () => {
  const text = 'a€'.repeat(100_000)
  const pieces = split([Buffer.from(text)])
  expect(pieces.length).toBeGreaterThan(6)
  for (const piece of pieces) expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(65_536)
  expect(pieces.join('')).toBe(text)
})

test('the splitter cuts a long line when its bytes are not UTF-8', () => {
  const pieces = split([Buffer.alloc(200_000, 0x80)])
  expect(pieces.join('')).toBe('\ufffd'.repeat(200_000))
})
