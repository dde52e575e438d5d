import { expect, test } from 'vitest'
import { tableDestination } from '../../../../src/cli/generate/table-destination.ts'

test.each([
  ['s3://b/p', 'sales', 'orders', 's3://b/p/sales/orders'],
  ['s3://b/p/', 'sales', 'orders', 's3://b/p/sales/orders'],
  ['s3://b/p', 'Größe', '日本_1.x-y', 's3://b/p/Größe/日本_1.x-y'],
  ['s3://b/p', '..', 'a/b', 's3://b/p/%2E./a%2Fb'],
  ['s3://b/p', '.h', '%2F=;\n', 's3://b/p/%2Eh/%252F%3D%3B%0A'],
  ['./out', 's', '\u200b🎼', './out/s/%E2%80%8B%F0%9F%8E%BC'],
  ['file:///out', 's', 'a b', 'file:///out/s/a%2520b'],
])('below %s the table %s.%s is %s', (to, schema, table, expected) => {
  expect(tableDestination(to, schema, table)).toBe(expected)
})

test('a name that a store could not have has no destination', () => {
  expect(tableDestination('./out', 's', 'x'.repeat(220))).not.toBeNull()
  expect(tableDestination('./out', 's', 'x'.repeat(221))).toBeNull()
  expect(tableDestination('./out', 's', '/'.repeat(74))).toBeNull()
  expect(tableDestination(`s3://b/${'p'.repeat(960)}`, 'sales', 'a'.repeat(20))).toBeNull()
})
