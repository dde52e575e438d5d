import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LineCounter, positionAt } from '../../../src/sql/position.ts'

describe('positionAt', () => {
  it.each([
    ['', 0, 1, 1],
    ['ab', 2, 1, 3],
    ['a\nb', 2, 2, 1],
    ['a\r\nb', 3, 2, 1],
    ['a\rb', 2, 2, 1],
    ['\n\r\n\r', 4, 4, 1],
    ['é😀表x', 4, 1, 4],
    ['\ufeffab', 2, 1, 2],
  ])('%j at %i', (text, offset, line, column) => {
    expect(positionAt(text, offset)).toEqual({ line, column })
  })

  it('counts on from an origin', () => {
    expect(positionAt('ab', 1, { line: 3, column: 5 })).toEqual({ line: 3, column: 6 })
    expect(positionAt('a\nb', 2, { line: 3, column: 5 })).toEqual({ line: 4, column: 1 })
  })

  it('is the same counted in one go or in steps', () => {
    const texts = fc
      .array(fc.constantFrom('a', '\n', '\r', '\r\n', '😀', '\ufeff'))
      .map(parts => parts.join(''))
    fc.assert(
      fc.property(texts, text => {
        const lines = new LineCounter(text)
        for (let offset = 0; offset <= text.length; offset++) {
          expect(lines.positionAt(offset)).toEqual(positionAt(text, offset))
        }
      }),
    )
  })
})
