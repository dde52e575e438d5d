import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { readFooter } from '../../../src/format/parquet/index.ts'
import { freshDatabase, isMariadb } from '../../setup/mariadb-client.ts'
import { DuckdbWitness } from '../../unit/format/parquet/witnesses.ts'
import { readerOf } from '../../unit/format/parquet/write-file.ts'
import { clientRows, exportParquet } from './parquet-result.ts'
import { openDatabase, serverUrl } from './session.ts'

/* Geometries in a file are those of the server, with its SRID and its envelope. */

let database: string
let session: Session

beforeAll(async () => {
  database = await freshDatabase()
  session = await openDatabase(serverUrl(database)).connect('batchquery geometry-test')
})

afterAll(async () => {
  await session.close()
})

async function exported(sql: string) {
  const { file } = await exportParquet(session, sql)
  const { metadata } = await readFooter(file.length, readerOf(file))
  const geo = JSON.parse(metadata.get('geo') ?? 'null')
  using duckdb = await DuckdbWitness.open(file)
  await duckdb.query('SET enable_geoparquet_conversion = false')
  const rows = await duckdb.query('SELECT ST_AsText(ST_GeomFromWKB(g)) FROM FILE')
  return { texts: rows.map(([text]) => text), column: geo.columns.g, srid: metadata.get('batchquery.srid.g') }
}

const TEXTS = [
  'POINT(1.5 -2)',
  'LINESTRING(0 9,10 92)',
  'POLYGON((0 0,10 0,10 10,0 10,0 0),(1 1,1 2,2 2,2 1,1 1))',
  'MULTIPOINT(1 2,3 4)',
  'MULTILINESTRING((0 0,1 1),(2 2,3 3))',
  'MULTIPOLYGON(((0 0,0 1,1 1,0 0)),((5 5,5 6,6 6,5 5)))',
  'GEOMETRYCOLLECTION(POINT(100 -0.125),LINESTRING(0 0,1 1))',
  'GEOMETRYCOLLECTION EMPTY',
]

const TYPES = [
  'Point',
  'LineString',
  'Polygon',
  'MultiPoint',
  'MultiLineString',
  'MultiPolygon',
  'GeometryCollection',
]

/** The corners of the envelope of all geometries of a table, as the server computes them. */
async function envelope(table: string): Promise<number[]> {
  const corner = (axis: 'X' | 'Y', number: 1 | 3) =>
    `ST_${axis}(ST_PointN(ST_ExteriorRing(ST_Envelope(g)), ${number}))`
  const [row] = await clientRows(
    `SELECT MIN(${corner('X', 1)}), MIN(${corner('Y', 1)}), MAX(${corner('X', 3)}), MAX(${corner('Y', 3)}) FROM ${table} WHERE ST_IsEmpty(g) = 0`,
    database,
  )
  return row.map(Number)
}

/** The text as DuckDB writes it. */
const asDuckdb = (text: string): string => text.replace(/([A-Z])\(/g, '$1 (').replaceAll(',', ', ')

test('a file has the geometries of every type, and the envelope of the server', async () => {
  await session.execute('CREATE TABLE shapes (id INT PRIMARY KEY, g GEOMETRY)', 0)
  const values = TEXTS.map((text, id) => `(${id}, ST_GeomFromText('${text}'))`)
  await session.execute(`INSERT INTO shapes VALUES ${values.join(', ')}, (99, NULL)`, 0)
  const { texts, column, srid } = await exported('SELECT * FROM shapes ORDER BY id')
  expect(texts).toEqual([...TEXTS.map(asDuckdb), null])
  expect(column).toEqual({ encoding: 'WKB', geometry_types: TYPES, crs: null, bbox: [0, -2, 100, 92] })
  expect(srid).toBe('0')
  await session.execute(`CREATE TABLE areas AS SELECT g FROM shapes WHERE ST_Dimension(g) = 2`, 0)
  const areas = await exported('SELECT g FROM areas')
  expect(areas.column.bbox).toEqual(await envelope('areas'))
})

test('a file has x before y, the SRID, and its reference system, if longitude is x', async () => {
  await session.execute('CREATE TABLE places (id INT PRIMARY KEY, g POINT)', 0)
  // Berlin. MySQL reads text in the order of the reference system, which is latitude and longitude; MariaDB knows only x and y.
  const berlin = (await isMariadb()) ? 'POINT(13.4 52.5)' : 'POINT(52.5 13.4)'
  await session.execute(`INSERT INTO places VALUES (1, ST_GeomFromText('${berlin}', 4326)), (2, NULL)`, 0)
  expect(await exported('SELECT g FROM places ORDER BY id')).toEqual({
    texts: ['POINT (13.4 52.5)', null],
    column: { encoding: 'WKB', geometry_types: ['Point'], bbox: [13.4, 52.5, 13.4, 52.5] },
    srid: '4326',
  })
  const projected = await exported("SELECT ST_GeomFromText('POINT(500000 5800000)', 32633) AS g")
  expect(projected.column.crs).toMatchObject({ name: 'WGS 84 / UTM zone 33N', id: { code: 32633 } })
  expect(projected.srid).toBe('32633')
})

test('an export fails by name when two rows have different SRIDs', async () => {
  await session.execute('CREATE TABLE mixed (id INT PRIMARY KEY, g GEOMETRY)', 0)
  await session.execute(
    "INSERT INTO mixed VALUES (1, NULL), (2, ST_GeomFromText('POINT(1 2)', 3857)), (3, ST_GeomFromText('POINT(1 2)'))",
    0,
  )
  await expect(exported('SELECT * FROM mixed ORDER BY id')).rejects.toMatchObject({
    message: expect.stringContaining(
      'column "g", row 3: the value "0x000000000101000000000000000000f03f0000000000000040" has the SRID 0, but the values before it have 3857',
    ),
    hint: expect.stringContaining('WHERE ST_SRID(x) = ...'),
  })
  expect((await exported('SELECT * FROM mixed WHERE ST_SRID(g) = 3857')).srid).toBe('3857')
})

test('a geometry of several megabytes has its bounds in the file', async () => {
  await session.execute('CREATE TABLE long_lines (g LONGBLOB)', 0)
  const count = 150_000
  const line = Buffer.alloc(13 + 16 * count)
  line.writeUInt8(1, 4)
  line.writeUInt32LE(2, 5)
  line.writeUInt32LE(count, 9)
  for (let k = 0; k < count; k++) line.writeDoubleLE(k, 13 + 16 * k)
  await session.execute(`INSERT INTO long_lines VALUES (X'${line.toString('hex')}')`, 0)
  const { column } = await exported('SELECT ST_GeomFromWKB(SUBSTRING(g, 5)) AS g FROM long_lines')
  expect(column).toMatchObject({ geometry_types: ['LineString'], bbox: [0, 0, count - 1, 0] })
})
