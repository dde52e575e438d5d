import { expect, test } from 'vitest'
import type { ColumnDefinition } from '../../../../src/database/mysql/column-definition.ts'
import { exactColumn } from '../../../../src/database/mysql/exact-column.ts'

const COLUMN: ColumnDefinition = {
  name: Buffer.from('c'),
  collation: 63,
  maxBytes: 10,
  type: 3,
  isBlob: false,
  isUnsigned: false,
  isZerofill: false,
  decimals: 0,
  format: '',
  source: { schema: new Uint8Array(), table: new Uint8Array(), column: new Uint8Array() },
}
const UNSIGNED = { isUnsigned: true }
const UTF8 = { collation: 45 }

test.each([
  ['TINYINT', { type: 1 }, { kind: 'int', bits: 8, signed: true }],
  ['TINYINT UNSIGNED', { type: 1, ...UNSIGNED }, { kind: 'int', bits: 8, signed: false }],
  ['SMALLINT UNSIGNED', { type: 2, ...UNSIGNED }, { kind: 'int', bits: 16, signed: false }],
  ['MEDIUMINT UNSIGNED', { type: 9, ...UNSIGNED }, { kind: 'int', bits: 32, signed: true }],
  ['INT', { type: 3 }, { kind: 'int', bits: 32, signed: true }],
  ['INT UNSIGNED', { type: 3, ...UNSIGNED }, { kind: 'int', bits: 64, signed: true }],
  ['BIGINT', { type: 8 }, { kind: 'int', bits: 64, signed: true }],
  ['BIGINT UNSIGNED', { type: 8, ...UNSIGNED }, { kind: 'decimal', precision: 20, scale: 0 }],
  ['YEAR', { type: 13, ...UNSIGNED }, { kind: 'int', bits: 16, signed: true }],
  ['DECIMAL(10,2)', { type: 246, maxBytes: 12, decimals: 2 }, { kind: 'decimal', precision: 10, scale: 2 }],
  [
    'DECIMAL(10,2) UNSIGNED',
    { type: 246, maxBytes: 11, decimals: 2, ...UNSIGNED },
    { kind: 'decimal', precision: 10, scale: 2 },
  ],
  ['DECIMAL(10,0)', { type: 246, maxBytes: 11 }, { kind: 'decimal', precision: 10, scale: 0 }],
  [
    'DECIMAL(38,38)',
    { type: 246, maxBytes: 40, decimals: 38 },
    { kind: 'decimal', precision: 38, scale: 38 },
  ],
  ['DECIMAL(39,0)', { type: 246, maxBytes: 40 }, { kind: 'string' }],
  [
    'a decimal that is shorter than its scale',
    { type: 246, maxBytes: 3, decimals: 4 },
    { kind: 'decimal', precision: 4, scale: 4 },
  ],
  ['a decimal without a length', { type: 246, maxBytes: 0 }, { kind: 'decimal', precision: 1, scale: 0 }],
  ['a decimal without a fixed scale', { type: 246, maxBytes: 81, decimals: 39 }, { kind: 'string' }],
  ['DOUBLE', { type: 5, decimals: 31 }, { kind: 'double' }],
  ['DATE', { type: 10 }, { kind: 'date' }],
  ['DATETIME', { type: 12 }, { kind: 'timestamp', utc: false }],
  ['TIMESTAMP', { type: 7 }, { kind: 'timestamp', utc: true }],
  ['TIME', { type: 11 }, { kind: 'string' }],
  ['VARCHAR', { type: 253, ...UTF8 }, { kind: 'string' }],
  ['VARBINARY', { type: 253 }, { kind: 'bytes' }],
  ["MySQL's JSON", { type: 245 }, { kind: 'json' }],
  ["MariaDB's JSON", { type: 252, ...UTF8, format: 'json' }, { kind: 'json' }],
  ['BIT', { type: 16, ...UNSIGNED }, { kind: 'bytes' }],
  ['NULL', { type: 6 }, { kind: 'string' }],
  ['an unknown type', { type: 99 }, { kind: 'string' }],
] as const)('%s is written without a loss', (_name, column, type) => {
  const { wire, ...exact } = exactColumn({ ...COLUMN, ...column }, {})
  expect(exact.type).toEqual(type)
  expect(wire).toBe(type.kind === 'bytes' ? 'raw' : 'text')
})

test('GEOMETRY arrives with its SRID', () => {
  expect(exactColumn({ ...COLUMN, type: 255 }, {})).toEqual({
    type: { kind: 'bytes' },
    wire: 'mysqlGeometry',
    geometry: {},
  })
})

test('a VECTOR is a list of floats', () => {
  expect(exactColumn({ ...COLUMN, type: 242 }, {})).toEqual({
    type: { kind: 'list', element: { kind: 'float' } },
    wire: 'vector',
    element: { type: { kind: 'float' }, wire: 'leFloat' },
  })
})

test.each([
  [
    'TINYINT UNSIGNED',
    { type: 1, ...UNSIGNED },
    { type: { kind: 'int', bits: 8, signed: false }, wire: 'le8' },
  ],
  ['YEAR', { type: 13, maxBytes: 4, isZerofill: true }, { wire: 'le16', leastCharacters: 4 }],
  ['INT UNSIGNED', { type: 3, ...UNSIGNED }, { type: { kind: 'int', bits: 64, signed: true }, wire: 'le32' }],
  ['BIGINT', { type: 8 }, { wire: 'le64' }],
  ['FLOAT', { type: 4, decimals: 31 }, { type: { kind: 'float' }, wire: 'leFloat' }],
  ['DOUBLE(10,3)', { type: 5, decimals: 3 }, { type: { kind: 'double' }, wire: 'leDouble', decimals: 3 }],
  ['DOUBLE', { type: 5, decimals: 31 }, { type: { kind: 'double' }, wire: 'leDouble' }],
  ['DATETIME(3)', { type: 12, decimals: 3 }, { wire: 'leDate', decimals: 3 }],
  ['a TIME without fixed decimals', { type: 11, decimals: 31 }, { type: { kind: 'string' }, wire: 'leTime' }],
  ['DECIMAL', { type: 246, maxBytes: 11 }, { wire: 'text' }],
  ['BIT', { type: 16, ...UNSIGNED }, { type: { kind: 'bytes' }, wire: 'raw' }],
  ['VARCHAR', { type: 253, ...UTF8 }, { type: { kind: 'string' }, wire: 'text' }],
] as const)('%s has its form of the binary protocol', (_name, column, expected) => {
  expect(exactColumn({ ...COLUMN, ...column }, { textReason: null })).toMatchObject(expected)
})

test.each([
  ['', /^Write CAST\(x AS DOUBLE\) AS x in the query, or CAST\(x AS CHAR\) AS x for the text\.$/],
  ['it is late', / A prepared statement would be exact, but it is late\.$/],
])('a FLOAT as text is refused by name, with a cast that helps and the reason %j', (textReason, hint) => {
  expect(() => exactColumn({ ...COLUMN, type: 4, name: Buffer.from('price') }, { textReason })).toThrow(
    expect.objectContaining({
      code: 'QUERY_FAILED',
      message: 'column "price" is FLOAT, and the text of a FLOAT loses digits',
      hint: expect.stringMatching(hint),
    }),
  )
})

test('the zone is for TIMESTAMP columns, and the character set for text', () => {
  const offsetAt = () => 3600
  const latin1 = { characterSet: 'latin1', keepsAscii: true, growth: 2, convert: () => -1 }
  const rules = { offsetAt, transcoder: (collation: number) => (collation === 8 ? latin1 : undefined) }
  const exact = (column: Partial<ColumnDefinition>) => exactColumn({ ...COLUMN, ...column }, rules)
  expect(exact({ type: 7 }).offsetAt).toBe(offsetAt)
  expect(exact({ type: 12 }).offsetAt).toBeUndefined()
  expect(exact({ type: 253, collation: 8 }).transcoder).toBe(latin1)
  expect(exact({ type: 253, collation: 45 }).transcoder).toBeUndefined()
})
