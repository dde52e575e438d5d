import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { DuckdbDatabase } from '../../../src/database/duckdb/duckdb-database.ts'
import { downloadParts, recordedDestination, runExport } from '../../../src/export/index.ts'
import {
  DAY_2,
  DAYS,
  day,
  differences,
  EARLIER,
  expectTidy,
  found,
  freshPlace,
  live,
  MANIFEST,
  NO_DAY,
  OTHERS,
  one,
  placeWith,
  planOf,
  published,
  put,
  sorted,
  type Task,
} from './datasets-fixture.ts'
import { ELSEWHERE, newRun, PLACES, runsIn, SILENT } from './fixture.ts'

describe.each(PLACES)('on %s', (_kind, create) => {
  test.each([
    ['partitions', DAYS, 'PARTITION BY (day)', [day(1), day(2), day(3)]],
    ['no partitions', DAYS, '', ['out/r.part_00000']],
    ['EXTENSION', DAYS, "EXTENSION 'tsv' COMPRESSION GZIP", ['out/r.part_00000.tsv.gz']],
    [
      'partitions with INCLUDE and EXTENSION',
      DAYS,
      "FORMAT CSV EXTENSION 'csv' PARTITION BY (day) INCLUDE",
      [day(1, 'part_00000.csv'), day(2, 'part_00000.csv'), day(3, 'part_00000.csv')],
    ],
    ['partitions without rows', NO_DAY, 'PARTITION BY (day)', []],
  ])(
    'OVERWRITE ON replaces earlier results of every layout, and nothing else, with %s',
    async (_, query, clauses, parts) => {
      const place = await placeWith(create, [...EARLIER, ...OTHERS, MANIFEST])
      expect(
        await live(place.open(), place.bucket, 'r1', one(query, `${clauses} OVERWRITE ON MANIFEST ON`)),
      ).toBe(true)
      expect(await found(place)).toEqual({
        keys: sorted(...parts, ...OTHERS, MANIFEST),
        earlier: sorted(...OTHERS),
      })
      expect(await differences(place, 'r1')).toEqual([])
      await expectTidy(place)
    },
  )

  test('OVERWRITE PARTITIONS replaces the partitions that the result has, and nothing else', async () => {
    const place = await placeWith(create, [...EARLIER, ...OTHERS, MANIFEST])
    const task = one(DAY_2, 'PARTITION BY (day) OVERWRITE PARTITIONS MANIFEST ON')
    expect(await live(place.open(), place.bucket, 'r1', task)).toBe(true)
    const kept = EARLIER.filter(key => !key.startsWith('out/r/day=2/'))
    expect(await found(place)).toEqual({
      keys: sorted(...kept, ...OTHERS, day(2), MANIFEST),
      earlier: sorted(...kept, ...OTHERS),
    })
    expect(await differences(place, 'r1')).toEqual([])
    await put(place.open(), place.bucket, [day(2, 'part_00001')])
    expect(await differences(place, 'r1')).toEqual([
      expect.stringMatching(/out\/r\/day=2\/part_00001 is an extra part/),
    ])
    await expectTidy(place)
  })

  test.each([...EARLIER, MANIFEST])('OVERWRITE OFF finds a conflict with %s', async key => {
    const place = await placeWith(create, [key])
    for (const clauses of ['PARTITION BY (day)', ''])
      await expect(
        live(place.open(), place.bucket, `r${clauses.length}`, one(DAYS, clauses)),
      ).rejects.toMatchObject({
        code: 'OUTPUT_EXISTS',
        message: expect.stringContaining(`(${key})`),
      })
    expect(await found(place)).toEqual({ keys: [key], earlier: [key] })
  })

  test('OVERWRITE OFF ignores objects of others', async () => {
    const place = await placeWith(create, OTHERS)
    expect(await live(place.open(), place.bucket, 'r1', one(DAYS, 'PARTITION BY (day)'))).toBe(true)
    expect((await found(place)).keys).toEqual(sorted(...OTHERS, day(1), day(2), day(3)))
  })

  test('SINGLE ON writes its key, and knows no other one than its manifest', async () => {
    const place = await placeWith(create, ['out/r.csv.part_00000', 'out/r.part_00000', 'out/r.csv2'])
    const single = (clauses: string): Task => ({
      exports: [[DAYS, `FORMAT CSV HEADER SINGLE ON ${clauses}`, 'out/r.csv']],
    })
    const keys = ['out/r.csv', 'out/r.csv.manifest', 'out/r.csv.part_00000', 'out/r.csv2', 'out/r.part_00000']
    expect(await live(place.open(), place.bucket, 'r1', single('MANIFEST ON'))).toBe(true)
    expect(await found(place)).toEqual({ keys, earlier: keys.slice(2) })
    expect(await differences(place, 'r1')).toEqual([])
    await expect(live(place.open(), place.bucket, 'r2', single(''))).rejects.toMatchObject({
      code: 'OUTPUT_EXISTS',
    })
    expect(await live(place.open(), place.bucket, 'r3', single('OVERWRITE ON'))).toBe(true)
    expect((await found(place)).keys).toEqual(keys.filter(key => key !== 'out/r.csv.manifest'))
    await expectTidy(place)
  })

  test('SINGLE ON fails when the object would be too large, and leaves nothing', async () => {
    const place = await freshPlace(create)
    const store = place.open()
    const session = await new DuckdbDatabase(':memory:').connect()
    onTestFinished(() => session.close())
    const run = await runsIn(store, place.bucket).claim(newRun('r1'), ELSEWHERE, SILENT)
    await run.start({ versionId: null, sha256: '00ff' })
    const plan = { ...planOf(DAYS, 'SINGLE ON', 'out/r', store, place.bucket), maxPartBytes: 100 }
    const context = { runId: 'r1', journal: run.journal, progress: () => {}, warn: () => {}, isLast: true }
    await expect(
      runExport(session, plan, { ...context, signal: new AbortController().signal }),
    ).rejects.toMatchObject({ code: 'QUERY_FAILED', hint: expect.stringContaining('Leave SINGLE out') })
    expect((await found(place)).keys).toEqual([])
    expect(await place.staged()).toEqual([])
    await run.leave()
  })

  test('get keeps the tree', async () => {
    const place = await freshPlace(create)
    expect(await live(place.open(), place.bucket, 'r1', one(DAYS, 'PARTITION BY (day)'))).toBe(true)
    const folder = await mkdtemp(join(tmpdir(), 'batchquery-get-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const sources = (await published(place, 'r1')).map(result => ({
      published: result,
      destination: recordedDestination(result, place.open()),
    }))
    const options = { folder, overwrite: false, runId: 'g', progress: () => {} }
    const { signal } = new AbortController()
    const written = await downloadParts(sources, 'new/folder', { ...options, signal })
    const wanted = [1, 2, 3].map(number => join(folder, 'new/folder', `day=${number}`, 'part_00000'))
    expect(written).toEqual(wanted)
    const [first = ''] = wanted
    expect((await readFile(first, 'utf8')).split('\n')).toHaveLength(21)
    await expect(downloadParts(sources, 'new/folder', { ...options, signal })).rejects.toMatchObject({
      code: 'OUTPUT_EXISTS',
    })
  })
})

test('two partitions that a disk takes for one folder are refused in a directory, and leave nothing', async () => {
  const [[, create]] = PLACES
  const place = await freshPlace(create)
  const query = "SELECT * FROM (VALUES ('Ä', 1), ('ä', 2)) t(name, n)"
  await expect(
    live(place.open(), place.bucket, 'r1', one(query, 'PARTITION BY (name)')),
  ).rejects.toMatchObject({ code: 'QUERY_FAILED', message: expect.stringContaining('differ only in case') })
  expect((await found(place)).keys).toEqual([])
  await expectTidy(place)
})
