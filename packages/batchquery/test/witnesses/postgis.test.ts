import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../src/database/database.ts'
import { passwordCredentials } from '../../src/database/password-credentials.ts'
import { planCopy } from '../../src/database/postgres/copy-plan.ts'
import { BEFORE_QUERY } from '../../src/database/postgres/copy-statement.ts'
import { PostgresDatabase } from '../../src/database/postgres/postgres-database.ts'
import { parseDatabaseUrl } from '../../src/database/url.ts'
import { readFooter } from '../../src/format/parquet/index.ts'
import { defaultStringRules } from '../../src/sql/dialects/index.ts'
import { exportParquet } from '../integration/postgres/parquet.ts'
import { type RunningPostgres, startOwnPostgres } from '../setup/postgres.ts'
import { formatPlan } from '../setup/stream-options.ts'
import { readerOf } from '../unit/format/parquet/write-file.ts'
import { readGeometries } from './geo-witness.ts'

const folder = mkdtempSync(join(tmpdir(), 'batchquery-postgis-'))
let running: RunningPostgres
let client: Client
let session: Session

beforeAll(async () => {
  running = await startOwnPostgres()
  const { socket: host, port, user, password, database } = running.server
  client = new Client({ host, port, user, password, database })
  await client.connect()
  await client.query('CREATE SCHEMA gis; CREATE EXTENSION postgis SCHEMA gis')
  session = await connect()
  await client.query('SET search_path = public, gis')
})

async function connect(): Promise<Session> {
  const { port, user, password, database, caFile } = running.server
  const settings = `sslmode=verify-full&sslrootcert=${encodeURIComponent(caFile)}`
  const url = parseDatabaseUrl(`postgres://${user}:${password}@localhost:${port}/${database}?${settings}`)
  const connected = await new PostgresDatabase(url, passwordCredentials(url, {})).connect(
    'batchquery postgis-test',
  )
  await connected.execute('SET search_path = public, gis', 0)
  return connected
}

afterAll(async () => {
  await session.close()
  await client.end()
  await running.stop()
  rmSync(folder, { recursive: true })
})

let count = 0

/** Exports the column g of a query, and has the witnesses compare it with what PostGIS makes of it. */
async function checked(query: string) {
  const {
    files: [file],
  } = await exportParquet(session, `SELECT g FROM (${query}) q`)
  const path = join(folder, `${count++}.parquet`)
  writeFileSync(path, file)
  const { rows } = await client.query<{ wkb: Buffer | null; text: string; box: string }>(
    `SELECT ST_AsBinary(g) AS wkb FROM (${query}) q`,
  )
  const values = rows.map(({ wkb }) => wkb?.toString('hex') ?? null)
  const [reply] = readGeometries([{ path, values }])
  expect(reply.problems).toEqual([])
  const { metadata } = await readFooter(file.length, readerOf(file))
  const column = JSON.parse(metadata.get('geo') ?? 'null').columns.g
  return { ...column, system: reply.system, srid: metadata.get('batchquery.srid.g') }
}

const TEXTS = [
  'POINT(1.5 -2)',
  'POINT EMPTY',
  'POINT Z (1 2 3)',
  'LINESTRING(0 9,10 92)',
  'POLYGON((0 0,10 0,10 10,0 10,0 0),(1 1,1 2,2 2,2 1,1 1))',
  'POLYGON Z ((0 0 1,10 0 2,10 10 3,0 0 1))',
  'MULTIPOINT((1 2),(3 4))',
  'MULTILINESTRING Z ((0 0 5,1 1 -5))',
  'MULTIPOLYGON(((0 0,0 1,1 1,0 0)),((5 5,5 6,6 6,5 5)))',
  'GEOMETRYCOLLECTION(POINT(100 -0.125),GEOMETRYCOLLECTION(LINESTRING(0 0,1 1)),POLYGON EMPTY)',
  'GEOMETRYCOLLECTION EMPTY',
]
const rowsOf = (texts: readonly string[], make: (text: string) => string): string =>
  `SELECT ${make('t')} AS g FROM (VALUES ${texts.map((text, k) => `(${k}, '${text}')`).join(', ')}, (99, NULL)) v(id, t) ORDER BY id`

test.each([0, 4326, 3857, 27700])("a file has PostGIS's geometries of SRID %s", async srid => {
  const column = await checked(rowsOf(TEXTS, text => `ST_GeomFromText(${text}, ${srid})`))
  expect(column).toMatchObject({
    bbox: [0, -2, -5, 100, 92, 5],
    srid: String(srid),
    system: { 4326: 'OGC:CRS84', 3857: 'EPSG:3857' }[srid] ?? null,
  })
})

test('a file has columns of tables, with the SRID of the type if there are no values', async () => {
  await client.query(`CREATE DOMAIN place AS geometry(Point, 32633);
    CREATE TABLE places (id int, g geometry(Geometry, 25832), p place);
    INSERT INTO places SELECT n, ST_SetSRID(ST_MakePoint(n, -n), 25832), NULL FROM generate_series(1, 5000) n`)
  expect(await checked('SELECT g FROM places ORDER BY id')).toMatchObject({
    geometry_types: ['Point'],
    bbox: [1, -5000, 5000, -1],
    system: 'EPSG:25832',
  })
  expect(await checked('SELECT p AS g FROM places ORDER BY id')).toMatchObject({
    geometry_types: [],
    system: 'EPSG:32633',
  })
  expect(await checked('SELECT g FROM places WHERE false')).toMatchObject({
    geometry_types: [],
    srid: '25832',
  })
})

test('a file has a geography with spherical edges', async () => {
  const points = await checked(
    rowsOf(['POINT(13.4 52.5)', 'MULTIPOINT((-10 1),(2 3))'], text => `${text}::geography`),
  )
  expect(points).toMatchObject({
    edges: 'spherical',
    bbox: [-10, 1, 13.4, 52.5],
    system: 'OGC:CRS84',
    srid: '4326',
  })
  const lines = await checked(rowsOf(['LINESTRING(-60 50, 60 50)'], text => `${text}::geography`))
  expect(lines).not.toHaveProperty('bbox')
})

test('a file has a geometry of several megabytes', async () => {
  const column = await checked(
    'SELECT ST_MakeLine(ST_MakePoint(n, 0) ORDER BY n) AS g FROM generate_series(1, 200000) n',
  )
  expect(column).toMatchObject({ geometry_types: ['LineString'], bbox: [1, 0, 200_000, 0] })
})

test.each([
  ['a measure', 'POINT M (1 2 3)', 'has a measure (M)'],
  ['a curve', 'CIRCULARSTRING(0 0,1 1,2 0)', 'has a geometry of the type 8 of WKB'],
  ['another SRID', 'SRID=3857;POINT(1 2)', 'has the SRID 3857, but the values before it have 0'],
])('an export fails by name when a geometry has %s', async (_, text, problem) => {
  const query = `SELECT ${['POINT(0 0)', text].map(text => `'${text}'::geometry AS g`).join(' UNION ALL SELECT ')}`
  // A refused value ends the session.
  const own = await connect()
  const failure: unknown = await exportParquet(own, query).catch(error => error)
  await own.close()
  expect(failure).toMatchObject({ message: expect.stringMatching(/^column "g", row 2: the value "0x/) })
  expect(failure).toMatchObject({ message: expect.stringContaining(problem) })
})

test('the server sends the digits of the WKB when the format prefers text', async () => {
  const query = "SELECT 'SRID=4326;POINT Z (1 2 3)'::geometry AS g, 'POINT(1 2)'::geography AS h"
  const plan = { ...formatPlan({ format: 'PARQUET' }), prefersText: true }
  const { columns, statement } = await planCopy(client, query, plan, '', defaultStringRules('postgres'))
  expect(columns.map(({ exact }) => exact?.wire)).toEqual(['hex', 'hex'])
  const text = statement.slice(BEFORE_QUERY, statement.lastIndexOf(') TO'))
  const { rows } = await client.query({ text, rowMode: 'array' })
  expect(rows).toEqual([
    [
      '01e9030000000000000000f03f00000000000000400000000000000840',
      '0101000000000000000000f03f0000000000000040',
    ],
  ])
})

test('a type that is only named as one of PostGIS stays text', async () => {
  await client.query("CREATE SCHEMA other; CREATE TYPE other.geometry AS ENUM ('flat')")
  const { columns } = await exportParquet(session, "SELECT 'flat'::other.geometry AS g, point(1, 2) AS p")
  expect(columns.map(({ exact }) => exact?.type)).toEqual([{ kind: 'string' }, { kind: 'string' }])
})
