import { describe, expect, test } from 'vitest'
import { parseTablePattern } from '../../../../src/cli/generate/table-pattern.ts'

const matches = (pattern: string, schema: string, table: string): boolean => {
  const parsed = parseTablePattern(pattern)
  return (parsed.schema?.matches(schema) ?? false) && parsed.table.matches(table)
}

describe('a pattern', () => {
  test.each([
    ['sales.*', 'sales', 'orders', true],
    ['sales.*', 'sales2', 'orders', false],
    ['sales.%', 'SALES', 'Orders', true],
    ['*.orders', 'any.thing', 'ORDERS', true],
    ['s.t?', 's', 't1', true],
    ['s.t?', 's', 't12', false],
    ['s.a_b', 's', 'axb', false],
    ['s.a(b', 's', 'a(b', true],
    ['"S".t', 's', 't', false],
    ['`a.b`."c.*"', 'a.b', 'c.*', true],
    ['`a.b`."c.*"', 'a.b', 'c.d', false],
    ['"a""b".`c``d`', 'a"b', 'c`d', true],
    ['s.*', 's', 'line\nbreak', true],
    ['s.日*', 's', '日本', true],
  ])('%s matches %s and %s: %s', (pattern, schema, table, expected) => {
    expect(matches(pattern, schema, table)).toBe(expected)
  })

  test('without a dot names no schema', () => {
    expect(parseTablePattern('orders')).toMatchObject({ schema: null, table: { isExact: true } })
    expect(parseTablePattern('ord*').table.isExact).toBe(false)
    expect(parseTablePattern('"ord*"').table.isExact).toBe(true)
  })

  test.each(['', '.', 'a.', '.a', 'a.b.c', '"a', 'a.`b'])('%j is refused', text => {
    expect(() => parseTablePattern(text)).toThrow('--tables')
  })

  test('with many stars is matched in little time', () => {
    const begun = performance.now()
    expect(matches(`s.${'*'.repeat(1000)}x`, 's', 'y'.repeat(10_000))).toBe(false)
    expect(performance.now() - begun).toBeLessThan(2_000)
  })
})
