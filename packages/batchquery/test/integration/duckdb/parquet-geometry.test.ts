import { expect, test } from 'vitest'
import { readFooter } from '../../../src/format/parquet/index.ts'
import { readerOf } from '../../unit/format/parquet/write-file.ts'
import { open } from './fixture.ts'
import { parquetFile, parquetParts, readBack } from './parquet-file.ts'

const TEXTS = [
  'POINT (1.5 -2)',
  'POINT EMPTY',
  'LINESTRING (0 9, 10 92)',
  'POLYGON ((0 0, 10 0, 10 10, 0 0), (1 1, 1 2, 2 2, 1 1))',
  'MULTIPOINT (1 2, 3 4)',
  'MULTIPOLYGON EMPTY',
  'GEOMETRYCOLLECTION (POINT (100 -0.125), GEOMETRYCOLLECTION EMPTY)',
]

const valuesOf = (type: string, texts: readonly string[]): string =>
  `SELECT CAST(column0 AS ${type}) AS g FROM (VALUES ${texts.map(text => `('${text}')`).join(', ')}, (NULL)) t(column0)`

async function geoOf(file: Buffer) {
  const { metadata } = await readFooter(file.length, readerOf(file))
  return { ...JSON.parse(metadata.get('geo') ?? 'null').columns.g, system: metadata.get('batchquery.crs.g') }
}

test('DuckDB reads its geometries from a file as they were', async () => {
  const session = await open()
  const sql = valuesOf('GEOMETRY', TEXTS)
  using file = await readBack(session, sql)
  expect(await file.query('SELECT typeof(g), ST_AsText(g) FROM FILE')).toEqual(
    [...TEXTS, null].map(text => ['GEOMETRY', text]),
  )
  expect(await geoOf(await parquetFile(session, sql))).toEqual({
    encoding: 'WKB',
    geometry_types: ['Point', 'LineString', 'Polygon', 'MultiPoint', 'MultiPolygon', 'GeometryCollection'],
    crs: null,
    bbox: [0, -2, 100, 92],
    system: undefined,
  })
})

test('a file has the third coordinate, and the reference system of the type', async () => {
  const session = await open()
  const sql = valuesOf("GEOMETRY('OGC:CRS84')", ['POINT Z (1 2 3)', 'LINESTRING (4 5, 6 7)'])
  using file = await readBack(session, sql)
  expect(await file.query('SELECT typeof(g), ST_AsText(g) FROM FILE')).toEqual(
    ['POINT Z (1 2 3)', 'LINESTRING (4 5, 6 7)', null].map(text => ["GEOMETRY('OGC:CRS84')", text]),
  )
  expect(await geoOf(await parquetFile(session, sql))).toEqual({
    encoding: 'WKB',
    geometry_types: ['LineString', 'Point Z'],
    bbox: [1, 2, 3, 6, 7, 3],
    system: 'OGC:CRS84',
  })
})

test('an export fails by name when a geometry has a measure', async () => {
  const session = await open()
  await expect(
    parquetFile(session, valuesOf('GEOMETRY', ['POINT (1 2)', 'POINT M (1 2 3)'])),
  ).rejects.toMatchObject({
    message: expect.stringMatching(
      /^column "g", row 2: the value "0x.*" has a measure \(M\), but GeoParquet has only X, Y and Z/,
    ),
    hint: expect.stringContaining('ST_Force3DZ(x) AS x'),
  })
})

test('each of several parts has the bounds of its own rows', async () => {
  const session = await open()
  const sql = "SELECT CAST('POINT (' || i || ' ' || -i || ')' AS GEOMETRY) AS g FROM range(200000) t(i)"
  const { parts } = await parquetParts(session, sql, { rowGroupSize: 1 << 19, maxPartBytes: 1 << 19 })
  expect(parts.length).toBeGreaterThan(3)
  let first = 0
  for (const part of parts) {
    const { rows } = await readFooter(part.length, readerOf(part))
    const last = first + rows - 1
    expect((await geoOf(part)).bbox).toEqual([first, -last, last, first === 0 ? 0 : -first])
    first = last + 1
  }
  expect(first).toBe(200_000)
})
