import { expect, test } from 'vitest'
import { fittingLines } from '../../../src/cli/screen.ts'

test.each([
  [{ columns: 80, rows: 24 }, ['one line', 'two', 'three', 'four']],
  [{ columns: 80, rows: 5 }, ['one line', 'two', 'three', 'four']],
  [{ columns: 80, rows: 4 }, ['one line', 'two', '… 2 more']],
  [{ columns: 6, rows: 24 }, ['one …', 'two', 'three', 'four']],
  // A terminal that does not know its size.
  [{ columns: 0, rows: 0 }, ['one line', 'two', 'three', 'four']],
])('lines fit a terminal of %j', (size, lines) => {
  expect(fittingLines(['one line', 'two', 'three', 'four'], size)).toEqual(lines)
})

test('a line of wide characters is cut by its width in columns', () => {
  expect(fittingLines(['表表表表'], { columns: 8, rows: 9 })).toEqual(['表表表…'])
  expect(fittingLines(['表表表表'], { columns: 9, rows: 9 })).toEqual(['表表表表'])
})
