import { expect, test } from 'vitest'
import type { ExactColumn, FlatType, RequestedType } from '../../../src/format/index.ts'
import { requestedColumn } from '../../../src/format/requested-types.ts'

test('TYPES makes nothing but BINARY of a column of geometries', () => {
  const exact: ExactColumn = { type: { kind: 'bytes' }, wire: 'mysqlGeometry', geometry: {} }
  const request = (type: FlatType): RequestedType => ({ column: 'g', type, isRequired: true })
  expect(requestedColumn('g', exact, request({ kind: 'bytes' }))).toEqual({ ...exact, isRequired: true })
  expect(() => requestedColumn('g', exact, request({ kind: 'string' }))).toThrow(
    expect.objectContaining({
      code: 'UNSUPPORTED_CLAUSE',
      hint: expect.stringContaining('ST_AsText(x) AS x'),
    }),
  )
})
