import { expect, test } from 'vitest'
import { bitKind, columnFormat, isBinary } from '../../../../src/database/mysql/column-format.ts'

const VECTOR = {
  name: Buffer.from('v'),
  collation: 63,
  maxBytes: 12,
  type: 242,
  isBlob: true,
  isUnsigned: false,
  isZerofill: false,
  decimals: 0,
  format: '',
  source: { schema: new Uint8Array(), table: new Uint8Array(), column: new Uint8Array() },
}
const RULES = { isConverted: false, names: 'utf8', bitKind: 'number' } as const

test('VECTOR is binary, and large for OUTFILE if it is a field', () => {
  expect(isBinary(VECTOR)).toBe(true)
  expect(columnFormat(VECTOR, RULES)).toMatchObject({ kind: 'string', type: 'binary', isLarge: true })
  expect(columnFormat({ ...VECTOR, isBlob: false, maxBytes: 65_532 }, RULES)).toMatchObject({
    isLarge: false,
  })
  expect(columnFormat({ ...VECTOR, isBlob: false, maxBytes: 2 ** 32 - 1 }, RULES).isLarge).toBe(true)
})

test.each([
  ['mysql', '8.0.33', 'number'],
  ['mysql', '8.4.13', 'number'],
  ['mysql', '9.7.4-2', 'bits'],
  ['mysql', '26.10.0', 'bits'],
  ['mariadb', '10.11.19-MariaDB', 'number'],
  ['mariadb', '12.1.2-MariaDB', 'number'],
  ['aurora-mysql', '3.08.0', 'number'],
] as const)('BIT of %s %s is written as %s', (kind, version, written) => {
  expect(bitKind({ kind, version })).toBe(written)
})

test('JSON is text in the character set of the result, not in that of its collation', () => {
  const json = { ...VECTOR, type: 245 }
  expect(columnFormat(json, { ...RULES, names: 'sjis' })).toMatchObject({ type: 'text', encoding: 'sjis' })
})
