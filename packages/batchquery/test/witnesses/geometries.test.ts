import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { referenceSystem } from '../../src/format/parquet/geo/reference-system.ts'
import { cases } from '../setup/chance.ts'
import { mysqlGeometry, randomGeometry } from '../unit/format/geometry/random-geometry.ts'
import { Random } from '../unit/format/parquet/random.ts'
import { writeFile } from '../unit/format/parquet/write-file.ts'
import { differingSystems, readGeometries } from './geo-witness.ts'

const folder = mkdtempSync(join(tmpdir(), 'batchquery-geometries-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** By SRID, what geopandas and DuckDB find. */
const SYSTEMS: Readonly<Record<number, readonly [system: string | null, type: string]>> = {
  0: [null, 'GEOMETRY'],
  4326: ['OGC:CRS84', "GEOMETRY('OGC:CRS84')"],
  3857: ['EPSG:3857', "GEOMETRY('EPSG:3857')"],
  25832: ['EPSG:25832', "GEOMETRY('EPSG:25832')"],
  32733: ['EPSG:32733', "GEOMETRY('EPSG:32733')"],
  27700: [null, 'GEOMETRY'],
}

test('geopandas and DuckDB read random geometries, their bounds, and their reference system', async () => {
  const random = new Random()
  const srids = Object.keys(SYSTEMS).map(Number)
  const written = await Promise.all(
    Array.from({ length: cases(60) }, async (_, k) => {
      const srid = srids[k % srids.length]
      const hasZ = random.chance(0.3)
      const geometries = Array.from({ length: random.integer(1, 60) }, () =>
        random.chance(0.1) ? null : randomGeometry(random, { hasZ }),
      )
      const rows = geometries.map(geometry => [geometry === null ? null : mysqlGeometry(srid, geometry.wkb)])
      const path = join(folder, `${k}.parquet`)
      const column = { name: 'g', type: { kind: 'bytes' }, wire: 'mysqlGeometry', geometry: {} } as const
      writeFileSync(
        path,
        await writeFile([column], rows, { codec: 'SNAPPY', groupBytes: 3000, batches: [7, 50] }),
      )
      // An SRID shows with the first value.
      const isKnown = geometries.some(geometry => geometry !== null)
      const [system, type] = SYSTEMS[isKnown ? srid : 0]
      const request = { path, values: geometries.map(geometry => geometry?.wkb.toString('hex') ?? null) }
      return { request, reply: { problems: [], system, type } }
    }),
  )
  expect(readGeometries(written.map(({ request }) => request))).toEqual(written.map(({ reply }) => reply))
})

test('pyproj finds the system of EPSG in every definition', () => {
  const systems = Array.from({ length: 70_000 }, (_, srid) => [srid, referenceSystem(srid)] as const).filter(
    ([, system]) => system !== null && system !== undefined,
  )
  expect(systems).toHaveLength(156)
  expect(differingSystems(systems)).toEqual([])
})
