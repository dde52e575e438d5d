import { describe, expect, test } from 'vitest'
import type { Geometry, WireForm } from '../../../../src/format/index.ts'
import {
  LONGEST_VALUE,
  type ParquetColumn,
  ParquetWriter,
  type PartSummary,
  readFooter,
} from '../../../../src/format/parquet/index.ts'
import { cases } from '../../../setup/chance.ts'
import { boxOf, mysqlGeometry, randomGeometry, type SampleGeometry } from '../geometry/random-geometry.ts'
import { Random } from './random.ts'
import { SMALL_PAGES } from './tables.ts'
import { DuckdbWitness } from './witnesses.ts'
import {
  drain,
  feed,
  placesOf,
  type Row,
  readerOf,
  type WriteOptions,
  writeByValue,
  writeFile,
  writerOf,
} from './write-file.ts'

const column = (wire: WireForm, geometry: Geometry = {}, name = 'g'): ParquetColumn => ({
  ...{ name, wire, geometry },
  type: { kind: 'bytes' },
})
const MYSQL = column('mysqlGeometry')

async function metadataOf(file: Buffer) {
  const { metadata } = await readFooter(file.length, readerOf(file))
  const geo = metadata.get('geo')
  return { metadata, geo: geo === undefined ? null : JSON.parse(geo) }
}

/** The metadata of the column g. */
async function written(columns: readonly ParquetColumn[], rows: readonly Row[], options: WriteOptions = {}) {
  const { geo, metadata } = await metadataOf(await writeFile(columns, rows, options))
  return { ...geo.columns.g, srid: metadata.get('batchquery.srid.g') }
}

/** The bytes of the values of the column g. */
async function valuesOf(file: Buffer): Promise<unknown[]> {
  using duckdb = await DuckdbWitness.open(file)
  await duckdb.query('SET enable_geoparquet_conversion = false')
  return (await duckdb.query('SELECT hex(g) FROM FILE')).map(([value]) => value)
}

const hex = (value: Buffer | null): string | null => value?.toString('hex').toUpperCase() ?? null
const typesOf = (geometries: readonly SampleGeometry[]): string[] =>
  [...new Set(geometries.map(({ type }) => type))].sort()

const FORMS: readonly (readonly [WireForm, (geometry: SampleGeometry) => Buffer])[] = [
  ['mysqlGeometry', ({ wkb }) => mysqlGeometry(25832, wkb)],
  ['ewkb', ({ ewkb }) => ewkb(25832)],
  ['ewkb', ({ ewkb }) => ewkb(0)],
  ['base64', ({ wkb }) => Buffer.from(wkb.toString('base64'))],
]

test.each(FORMS)(
  'a file has random geometries as WKB, their types, and their bounds (%s)',
  async (wire, form) => {
    const random = new Random()
    for (let k = 0; k < cases(8); k++) {
      const distinct = Array.from({ length: random.pick([3, 400]) }, () => randomGeometry(random))
      const sample = Array.from({ length: 600 }, () => (random.chance(0.2) ? null : random.pick(distinct)))
      const rows = sample.map(geometry => [geometry === null ? null : form(geometry)])
      const options = {
        groupBytes: 20_000,
        batches: [100, 1, 200],
        limits: random.pick([undefined, SMALL_PAGES]),
      }
      const file = await writeFile([column(wire)], rows, options)
      expect(await valuesOf(file)).toEqual(sample.map(geometry => hex(geometry?.wkb ?? null)))
      const { geo } = await metadataOf(file)
      const used = sample.filter(geometry => geometry !== null)
      expect(geo.columns.g.geometry_types.toSorted()).toEqual(typesOf(used))
      expect(geo.columns.g.bbox).toEqual(boxOf(used))
    }
  },
)

test('a value that comes in pieces counts', async () => {
  const line = Buffer.alloc(9 + 16 * 200_000)
  line.writeUInt8(1)
  line.writeUInt32LE(2, 1)
  line.writeUInt32LE(200_000, 5)
  for (let k = 0; k < 200_000; k++) line.writeDoubleLE(k, 9 + 16 * k)
  expect(line.length).toBeGreaterThan(LONGEST_VALUE)
  for (const [columns, value] of [
    [[MYSQL], mysqlGeometry(0, line)],
    [[column('base64')], Buffer.from(line.toString('base64'))],
  ] as const) {
    const file = await writeByValue(columns, [[value], [null]])
    expect((await metadataOf(file)).geo.columns.g.bbox).toEqual([0, 0, 199_999, 0])
    expect(await valuesOf(file)).toEqual([hex(line), null])
  }
})

const POINT = (x: number, y: number) => {
  const bytes = Buffer.from('010100000000000000000000000000000000000000', 'hex')
  bytes.writeDoubleLE(x, 5)
  bytes.writeDoubleLE(y, 13)
  return bytes
}
const EMPTY = Buffer.from('010700000000000000', 'hex')

test('each part has the bounds of its own rows', async () => {
  const writer = writerOf([MYSQL])
  const files: Buffer[] = []
  for (const part of [1, 2, 3]) {
    const parts: Buffer[] = []
    await feed(writer, [[mysqlGeometry(0, POINT(part, -part))]], parts)
    writer.endPart()
    await drain(writer, parts, true)
    files.push(Buffer.concat(parts))
  }
  const boxes = await Promise.all(files.map(async file => (await metadataOf(file)).geo.columns.g.bbox))
  expect(boxes).toEqual([
    [1, -1, 1, -1],
    [2, -2, 2, -2],
    [3, -3, 3, -3],
  ])
})

test('a part has the bounds of its own groups when the next group would make it too long', async () => {
  const options = { codec: 'NONE', groupBytes: 10_000, maxPartBytes: 30_000, createdBy: 'test' } as const
  const writer = new ParquetWriter([MYSQL], options)
  const rows = Array.from({ length: 5000 }, (_, k) => [mysqlGeometry(0, POINT(k, k))])
  const pieces: { readonly bytes: Buffer; readonly part: PartSummary | null }[] = []
  const block = Buffer.alloc(1 << 16)
  for (let from = 0; from < rows.length || !writer.isDrained; ) {
    const some = rows.slice(from, from + 100)
    const { source, places } = placesOf(some)
    from += writer.takeRows(source, places, 0, some.length)
    if (from === rows.length && some.length > 0) writer.endPart()
    const end = writer.output.drain(block, 0)
    pieces.push({ bytes: Buffer.from(block.subarray(0, end)), part: writer.output.endedPart })
    if (end === 0) await writer.whenOutput()
  }
  let first = 0
  let parts = 0
  for (let from = 0; from < pieces.length; parts++) {
    const to = pieces.findIndex(({ part }, at) => at >= from && part !== null) + 1
    const file = Buffer.concat(pieces.slice(from, to).map(({ bytes }) => bytes))
    const last = first + (pieces[to - 1].part?.rows ?? 0) - 1
    expect((await metadataOf(file)).geo.columns.g.bbox).toEqual([first, first, last, last])
    first = last + 1
    from = to
  }
  expect(first).toBe(rows.length)
  expect(parts).toBeGreaterThan(3)
})

describe('the metadata says', () => {
  const point = [[mysqlGeometry(0, POINT(1, 2))]]
  const withSrid = (srid: number) => [[mysqlGeometry(srid, POINT(1, 2))]]

  test('nothing if no column has geometries', async () => {
    const file = await writeFile([{ name: 'b', type: { kind: 'bytes' }, wire: 'raw' }], [[POINT(1, 2)]])
    expect(await metadataOf(file)).toEqual({ metadata: new Map(), geo: null })
  })

  test('the version, and the first column of geometries', async () => {
    const columns = [
      { ...MYSQL, geometry: undefined, wire: 'raw' as const, name: 'a' },
      MYSQL,
      column('ewkb', {}, 'h'),
    ]
    const file = await writeFile(columns, [[POINT(1, 2), mysqlGeometry(0, POINT(1, 2)), POINT(3, 4)]])
    const { geo, metadata } = await metadataOf(file)
    expect(geo).toEqual({
      version: '1.1.0',
      primary_column: 'g',
      columns: {
        g: { encoding: 'WKB', geometry_types: ['Point'], crs: null, bbox: [1, 2, 1, 2] },
        h: { encoding: 'WKB', geometry_types: ['Point'], crs: null, bbox: [3, 4, 3, 4] },
      },
    })
    expect([...metadata.keys()]).toEqual(['geo', 'batchquery.srid.g', 'batchquery.srid.h'])
  })

  test('nothing of SRID 4326, which GeoParquet means by nothing', async () => {
    const said = await written([MYSQL], withSrid(4326))
    expect(said).toEqual({ encoding: 'WKB', geometry_types: ['Point'], bbox: [1, 2, 1, 2], srid: '4326' })
  })

  test.each([3857, 4258, 32632, 32733, 25832, 26910])('the definition of SRID %s', async srid => {
    const said = await written([MYSQL], withSrid(srid))
    expect(said.crs.id).toEqual({ authority: 'EPSG', code: srid })
    expect(said.srid).toBe(String(srid))
  })

  test.each([0, 27700, 32600, 32661, 25838, 999_999])('that SRID %s is not known', async srid => {
    expect(await written([MYSQL], withSrid(srid))).toMatchObject({ crs: null, srid: String(srid) })
  })

  test('that nothing is known if all values are NULL', async () => {
    const said = await written([MYSQL], [[null], [null]])
    expect(said).toEqual({ encoding: 'WKB', geometry_types: [], crs: null, srid: undefined })
  })

  test('the SRID of a column that has no rows', async () => {
    expect(await written([column('ewkb', { srid: 4326 })], [])).toMatchObject({
      geometry_types: [],
      srid: '4326',
    })
  })

  test('no bounds if all geometries are empty, or a coordinate is infinite', async () => {
    const empty = await written(
      [MYSQL],
      [[mysqlGeometry(0, EMPTY)], [mysqlGeometry(0, POINT(Number.NaN, Number.NaN))]],
    )
    expect(empty).toEqual({
      encoding: 'WKB',
      geometry_types: ['Point', 'GeometryCollection'],
      crs: null,
      srid: '0',
    })
    const infinite = await written(
      [MYSQL],
      [...point, [mysqlGeometry(0, POINT(Number.POSITIVE_INFINITY, 0))]],
    )
    expect(infinite).not.toHaveProperty('bbox')
  })

  test('spherical edges, and bounds only of points', async () => {
    const geography = column('ewkb', { srid: 4326, isSpherical: true })
    const tagged = (type: number) => randomGeometry(new Random(), { type, hasZ: false }).ewkb(4326)
    const points = await written([geography], [[tagged(4)]])
    expect(points).toMatchObject({ edges: 'spherical', srid: '4326', bbox: expect.any(Array) })
    expect(await written([geography], [[tagged(4)], [tagged(2)]])).not.toHaveProperty('bbox')
  })

  test.each([
    ['OGC:CRS84', undefined],
    ['EPSG:4326', undefined],
    ['EPSG:3857', expect.objectContaining({ id: { authority: 'EPSG', code: 3857 } })],
    ['{"type":"GeographicCRS","name":"mine"}', { type: 'GeographicCRS', name: 'mine' }],
    ['GEOGCRS["mine"]', null],
  ])('of the system %s', async (system, crs) => {
    const file = await writeFile(
      [column('base64', { system })],
      [[Buffer.from(POINT(1, 2).toString('base64'))]],
    )
    const { geo, metadata } = await metadataOf(file)
    expect(geo.columns.g.crs).toEqual(crs)
    expect(metadata.get('batchquery.crs.g')).toBe(system)
  })
})

describe('an export fails by name', () => {
  const failure = (wire: WireForm, ...values: Buffer[]) =>
    expect(writeFile([column(wire)], [[null], ...values.map(value => [value])])).rejects

  test('when an SRID differs from those before it', async () => {
    const values = [3857, 3857, 4326].map(srid => mysqlGeometry(srid, POINT(1, 2)))
    await failure('mysqlGeometry', ...values).toMatchObject({
      code: 'QUERY_FAILED',
      message:
        'column "g", row 4: the value "0xe61000000101000000000000000000f03f0000000000000040" has the SRID 4326, but the values before it have 3857, and a column can have only one',
      hint: 'Select one SRID in the query (WHERE ST_SRID(x) = ...), or write ST_AsText(x) AS x for the text.',
    })
    await failure(
      'ewkb',
      randomGeometry(new Random()).ewkb(0),
      randomGeometry(new Random()).ewkb(5),
    ).toMatchObject({
      message: expect.stringContaining('row 3'),
    })
  })

  test('when a value is too short', async () => {
    await failure('mysqlGeometry', Buffer.from('01020304', 'hex')).toMatchObject({
      message: 'column "g", row 2: the value "0x01020304" has 4 bytes, too few for a geometry',
    })
    await failure('ewkb', Buffer.of()).toMatchObject({ message: expect.stringContaining('has 0 bytes') })
  })

  test('when a value is not WKB', async () => {
    const value = mysqlGeometry(0, POINT(1, 2).subarray(0, 20))
    await failure('mysqlGeometry', mysqlGeometry(0, EMPTY), value).toMatchObject({
      message: expect.stringContaining('row 3'),
    })
    await failure('base64', Buffer.from('AQ==')).toMatchObject({
      message: 'column "g", row 2: the value "0x01" ends before the end of its geometry, so it is not WKB',
    })
    await failure('base64', Buffer.from('!!!!')).toMatchObject({
      message: expect.stringContaining('is not base64'),
    })
  })
})
