import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { DuckdbDatabase } from '../../../src/database/duckdb/duckdb-database.ts'
import { BatchQueryError } from '../../../src/errors/index.ts'
import {
  downloadParts,
  planExport,
  recordedDestination,
  runExport,
  verifyExport,
} from '../../../src/export/index.ts'
import type { StagedExport } from '../../../src/journal/index.ts'
import { parseExport, splitStatements } from '../../../src/sql/index.ts'
import type { Store } from '../../../src/store/index.ts'
import { ELSEWHERE, keysIn, newRun, PLACES, type Place, reap, runsIn, SILENT } from './fixture.ts'
import { MortalStore } from './mortal-store.ts'

/** Days 1 to 3, 20 rows each, in random order. */
const DAYS = "SELECT 1 + i * 7 % 3 AS day, 'row ' || i AS text FROM range(60) t(i)"
const DAY_2 = `SELECT * FROM (${DAYS}) WHERE day = 2`
const NO_DAY = `SELECT * FROM (${DAYS}) WHERE day > 3`
const MANIFEST = 'out/r.manifest'

const day = (number: number, name = 'part_00000'): string => `out/r/day=${number}/${name}`

/** The parts of earlier results at out/r, of every layout. */
const EARLIER = [
  'out/r.part_00000',
  'out/r.part_00001.csv',
  'out/r.part_00002.parquet',
  'out/r.part_00003.json.gz',
  day(1),
  day(1, 'part_00001.csv.gz'),
  day(2),
  day(2, 'part_00007.parquet'),
  'out/r/day=2/hour=3/part_00000.zst',
  day(9, 'part_00000.csv'),
]
/** Objects that belong to no result at out/r. */
const OTHERS = [
  'out/r.csv',
  'out/r.part_0',
  'out/r.part_00000.manifest',
  'out/r.part_00000.part_00000',
  'out/r/day=1/note.txt',
  'out/r/day=1/part-00000-1a2b.parquet',
  'out/r/other/day=1/part_00000',
  'out/r/part_00000',
  'out/r2.part_00000',
  'out/r2/day=1/part_00000',
]

interface Task {
  /** A query, and the clauses after its destination. */
  readonly exports: readonly (readonly [query: string, clauses: string, prefix?: string])[]
}

const one = (query: string, clauses: string): Task => ({ exports: [[query, clauses]] })

function planOf(query: string, clauses: string, prefix: string, store: Store, bucket: string) {
  const uri = `s3://${bucket}/${prefix}`
  const [statement] = splitStatements(`${query} INTO OUTFILE S3 '${uri}' ${clauses}`, 'duckdb')
  const exported = parseExport(statement, 'duckdb')
  if (exported === null) throw new Error('no export')
  return planExport(exported, { store, bucket, prefix, uri })
}

/** Runs a runner from its claim to its end. Returns false if it died before. */
async function live(store: Store, bucket: string, id: string, { exports }: Task): Promise<boolean> {
  const session = await new DuckdbDatabase(':memory:').connect()
  const life = async (): Promise<boolean> => {
    const run = await runsIn(store, bucket).claim(newRun(id), ELSEWHERE, SILENT)
    if (!run.recovered.isComplete) {
      await run.start({ versionId: null, sha256: '00ff' })
      for (const [at, [query, clauses, prefix = 'out/r']] of exports.entries())
        await runExport(session, planOf(query, clauses, prefix, store, bucket), {
          ...{ runId: id, journal: run.journal, progress: () => {}, warn: text => run.warn(text) },
          ...{ isLast: at === exports.length - 1, signal: new AbortController().signal },
        }).catch(async (error: unknown) => {
          await run.finish(BatchQueryError.from(error))
          throw error
        })
    }
    await run.finish(null)
    return true
  }
  const death = store instanceof MortalStore ? store.died.then(() => false) : new Promise<never>(() => {})
  try {
    return await Promise.race([life(), death])
  } finally {
    await session.cancel()
    await session.close()
  }
}

const put = async (store: Store, bucket: string, keys: readonly string[]): Promise<void> => {
  for (const key of keys) await store.put({ bucket, key }, Buffer.from(`earlier ${key}`))
}

/** The keys at out/, and which of them are as they were put. */
async function found({ open, bucket }: Place): Promise<{ keys: string[]; earlier: string[] }> {
  const store = open()
  const keys = await keysIn(store, bucket, 'out/')
  const earlier: string[] = []
  for (const key of keys) {
    const object = await store.read({ bucket, key })
    if (Buffer.from(object?.bytes ?? []).toString() === `earlier ${key}`) earlier.push(key)
  }
  return { keys, earlier }
}

async function published({ open, bucket }: Place, id: string): Promise<readonly StagedExport[]> {
  const runs = runsIn(open(), bucket)
  const { streamed } = await runs.publishedResults(await runs.read(id))
  return streamed
}

async function differences(place: Place, id: string): Promise<string[]> {
  const messages: string[] = []
  for (const result of await published(place, id))
    for await (const { message } of verifyExport(result, recordedDestination(result, place.open()), () => {}))
      messages.push(message)
  return messages
}

const sorted = (...keys: readonly string[]): string[] =>
  keys.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))

/** Nothing is staged or locked, and in a directory no folder is empty. */
async function expectTidy(place: Place): Promise<void> {
  const store = place.open()
  expect(await place.staged()).toEqual([])
  expect(await keysIn(store, place.bucket, 'locks/')).toEqual([])
  const { folder } = store.capabilities
  const entries = folder === null ? [] : await readdir(folder, { recursive: true, withFileTypes: true })
  for (const { parentPath, name } of entries.filter(entry => entry.isDirectory()))
    expect(await readdir(join(parentPath, name)), name).not.toEqual([])
}

describe.each(PLACES)('on %s', (_kind, create) => {
  async function freshPlace(): Promise<Place> {
    const place = await create()
    onTestFinished(() => place.close())
    return place
  }

  /** A destination with earlier results of every layout, and with objects of others. */
  async function placeWith(keys: readonly string[]): Promise<Place> {
    const place = await freshPlace()
    await put(place.open(), place.bucket, keys)
    return place
  }

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
      const place = await placeWith([...EARLIER, ...OTHERS, MANIFEST])
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
    const place = await placeWith([...EARLIER, ...OTHERS, MANIFEST])
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
    const place = await placeWith([key])
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
    const place = await placeWith(OTHERS)
    expect(await live(place.open(), place.bucket, 'r1', one(DAYS, 'PARTITION BY (day)'))).toBe(true)
    expect((await found(place)).keys).toEqual(sorted(...OTHERS, day(1), day(2), day(3)))
  })

  test('SINGLE ON writes its key, and knows no other one than its manifest', async () => {
    const place = await placeWith(['out/r.csv.part_00000', 'out/r.part_00000', 'out/r.csv2'])
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
    const place = await freshPlace()
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
    const place = await freshPlace()
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

  const DEATHS: readonly (readonly [
    name: string,
    query: string,
    clauses: string,
    gone: readonly string[],
    parts: readonly string[],
  ])[] = [
    ['OVERWRITE ON', DAYS, 'OVERWRITE ON MANIFEST ON', EARLIER, [day(1), day(2), day(3), MANIFEST]],
    [
      'OVERWRITE PARTITIONS',
      DAY_2,
      'OVERWRITE PARTITIONS MANIFEST ON',
      EARLIER.filter(key => key.startsWith('out/r/day=2/')),
      [day(2), MANIFEST],
    ],
    ['OVERWRITE ON without rows', NO_DAY, 'OVERWRITE ON', EARLIER, [MANIFEST]],
  ]

  test.each(DEATHS)(
    'reap leaves the earlier result or the new one with %s, at whichever change the runner died',
    async (_, query, clauses, gone, parts) => {
      const task = one(query, `PARTITION BY (day) ${clauses}`)
      const before = sorted(...EARLIER, ...OTHERS, MANIFEST)
      const after = sorted(...new Set([...before.filter(key => !gone.includes(key)), ...parts]))
      const ends = new Set<string>()
      for (let lifetime = 0, stride = 1; ; lifetime += stride) {
        const place = await placeWith(before)
        stride = place.stride
        if (await live(new MortalStore(place.open(), lifetime), place.bucket, 'r1', task)) break
        await reap(place)
        const { keys, earlier } = await found(place)
        const isNew = earlier.length < before.length
        ends.add(isNew ? 'new' : 'earlier')
        expect(keys, `${lifetime}`).toEqual(isNew ? after : before)
        if (isNew) expect(earlier).toEqual(before.filter(key => !gone.includes(key) && !parts.includes(key)))
        await expectTidy(place)
      }
      expect(ends).toEqual(new Set(['earlier', 'new']))
    },
  )

  test('the recovery of one export of a killed run leaves the partitions of the other one alone', async () => {
    const task: Task = {
      exports: [
        [DAYS, 'PARTITION BY (day)', 'out/a'],
        [DAYS, 'PARTITION BY (day)', 'out/b'],
      ],
    }
    const place = await freshPlace()
    // The second export has staged two of its parts.
    const death = { name: 'finish', key: '/b/day=3/part_00000' }
    expect(await live(new MortalStore(place.open(), death), place.bucket, 'r1', task)).toBe(false)
    expect(await place.staged()).not.toEqual([])
    await reap(place)
    expect((await found(place)).keys).toEqual([1, 2, 3].map(number => `out/a/day=${number}/part_00000`))
    await expectTidy(place)
  })
})

test('two partitions that a disk takes for one folder are refused in a directory, and leave nothing', async () => {
  const [[, create]] = PLACES
  const place = await create()
  onTestFinished(() => place.close())
  const query = "SELECT * FROM (VALUES ('Ä', 1), ('ä', 2)) t(name, n)"
  await expect(
    live(place.open(), place.bucket, 'r1', one(query, 'PARTITION BY (name)')),
  ).rejects.toMatchObject({ code: 'QUERY_FAILED', message: expect.stringContaining('differ only in case') })
  expect((await found(place)).keys).toEqual([])
  await expectTidy(place)
})
