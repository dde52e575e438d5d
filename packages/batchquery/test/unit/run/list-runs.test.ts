import { closeSync, mkdirSync, openSync } from 'node:fs'
import fs from 'node:fs/promises'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { BatchQueryError } from '../../../src/errors/index.ts'
import { isRun, type RunFilter, type RunStore } from '../../../src/run/index.ts'
import { endKey, indexKey, type RunEnd } from '../../../src/run/index-keys.ts'
import { listIndex } from '../../../src/run/index-listing.ts'
import { cases } from '../../setup/chance.ts'
import { BUCKET, collect, home, newRun, RUNNER } from './fixture.ts'

// The real functions, with counters.
vi.mock(import('node:fs/promises'), { spy: true })
beforeEach(() => {
  vi.mocked(fs.readdir).mockClear()
  vi.mocked(fs.lstat).mockClear()
})

const DAY = 24 * 60 * 60 * 1000
const START = Date.parse('2026-11-01T00:00:00Z')
const ID = newRun().id
const SUCCEEDED: RunEnd = { state: 'SUCCEEDED', code: null, task: 'batchquery.sql', database: 'main' }
const FAILED: RunEnd = { ...SUCCEEDED, state: 'FAILED', code: 'QUERY_FAILED' }
const earlierKey = (createdAt: Date, id: string) => indexKey(createdAt, id).replace(/\/0\d{6}\//, '/')

const listed = async (runs: RunStore, options: Parameters<RunStore['list']>[0]) =>
  (await collect(runs.list(options))).filter(isRun).map(run => run.id)

/** Creates empty objects faster than a store would. */
function fill(folder: string, keys: readonly string[]): void {
  const paths = keys.map(key => join(folder, BUCKET, key))
  for (const path of new Set(paths.map(dirname))) mkdirSync(path, { recursive: true })
  for (const path of paths) closeSync(openSync(path, 'w'))
}

describe('a listing', () => {
  test('yields the newest runs first, up to a limit or since a time, and reads few other records', async () => {
    const { runs, store } = await home()
    const days = Array.from({ length: 40 }, (_, day) => ({
      id: `run-${day}`,
      createdAt: new Date(START + day * DAY),
    }))
    // The order is neither that of the ids nor that of the times.
    for (const run of days.toSorted((a, b) => (a.id.at(-1) ?? '').localeCompare(b.id.at(-1) ?? ''))) {
      await runs.submit(newRun(run))
    }
    const newest = days.map(run => run.id).reverse()
    expect(await listed(runs, { limit: 1000 })).toEqual(newest)
    expect(await listed(runs, { limit: 1000, since: new Date(START + 30 * DAY) })).toEqual(
      newest.slice(0, 10),
    )
    expect(await listed(runs, { limit: 0 })).toEqual([])
    const open = vi.spyOn(store, 'open')
    expect(await listed(runs, { limit: 18 })).toEqual(newest.slice(0, 18))
    expect(open).toHaveBeenCalledTimes(18)
  })

  test('reads as much when there are 100,000 runs as when there are few', async () => {
    const { runs, store, folder } = await home()
    const newest = START + 100 * DAY
    for (let at = 0; at < 30; at++)
      await runs.submit(newRun({ id: `run-${at}`, createdAt: new Date(newest + (10_000 + at) * 1000) }))
    const busyDay = Array.from({ length: 10_000 }, (_, at) => ({
      id: `run-${at}`,
      createdAt: new Date(newest + at * 1000),
    }))
    const before = Array.from({ length: 90_000 }, (_, at) => ({
      id: `old-${at}`,
      createdAt: new Date(newest - DAY + (at % 100) * -DAY + at * 100),
    }))
    fill(folder, [
      ...busyDay.flatMap(run => [indexKey(run.createdAt, run.id), endKey(run, SUCCEEDED)]),
      ...before.map(run => indexKey(run.createdAt, run.id)),
    ])
    const open = vi.spyOn(store, 'open')
    vi.mocked(fs.readdir).mockClear()
    vi.mocked(fs.lstat).mockClear()
    expect(await listed(runs, { limit: 20 })).toHaveLength(20)
    expect(open).toHaveBeenCalledTimes(20)
    const folders = new Set(vi.mocked(fs.readdir).mock.calls.map(([path]) => String(path)))
    const index = join(folder, BUCKET, 'index')
    expect([...folders].sort()).toEqual([
      index,
      dirname(join(folder, BUCKET, indexKey(new Date(newest), 'x'))),
    ])
    // Each record takes three of them.
    expect(vi.mocked(fs.lstat).mock.calls.length).toBeLessThan(150)

    const since = new Date(newest + 10_025 * 1000)
    expect(await listed(runs, { limit: 1000, since })).toHaveLength(5)
    expect(open).toHaveBeenCalledTimes(25)
  })

  test('merges entries of earlier versions with those of days, in the order of times and ids', async () => {
    const { store, folder } = await home()
    // Few times and ids, so that some are equal, and some ids have the same beginning.
    const run = fc.record({
      createdAt: fc.constantFrom(0, 1, DAY - 1, DAY, 40 * DAY).map(ms => new Date(START + ms)),
      id: fc.constantFrom('a', 'a-b', 'a.b', 'a_b', 'ab', 'A', '0', 'z-'),
      form: fc.constantFrom('by day', 'earlier', 'both'),
      end: fc.constantFrom(null, SUCCEEDED, FAILED),
    })
    const strays = ['index/readme', 'index/0979242/x', 'index/00/y', 'index/9/8204599855000_a', 'index/~']
    const runs = fc.uniqueArray(run, {
      selector: ({ id, createdAt }) => `${+createdAt} ${id}`,
      maxLength: 30,
    })
    const property = fc.asyncProperty(runs, async given => {
      await fs.rm(join(folder, BUCKET), { recursive: true, force: true })
      fill(folder, strays)
      for (const { id, createdAt, form, end } of given) {
        if (form !== 'earlier') fill(folder, [indexKey(createdAt, id)])
        if (form !== 'by day') fill(folder, [earlierKey(createdAt, id)])
        if (end !== null) fill(folder, [endKey({ id, createdAt }, end)])
      }
      const expected = given
        .toSorted((a, b) => Number(b.createdAt) - Number(a.createdAt) || (a.id < b.id ? -1 : 1))
        .map(({ id, createdAt, end }) => ({ id, createdAt, ended: end }))
      const found = await collect(listIndex(store, BUCKET))
      expect(found.map(({ id, createdAt, ended }) => ({ id, createdAt, ended }))).toEqual(expected)
      for (const { ended, hasEnded, enteredAt } of found) {
        expect(hasEnded).toBe(ended !== null)
        expect(enteredAt).toBeInstanceOf(Date)
      }
    })
    await fc.assert(property, { numRuns: cases(60) })
  })

  test('yields an entry that a crash left without a record, beyond the limit', async () => {
    const { runs, put } = await home()
    await runs.submit(newRun())
    await put(`index/8204599854999_${ID}`, '')
    await put('index/0979219/8204599854999_never-written', '')
    await put('index/readme', '')
    expect(await collect(runs.list({ limit: 1 }))).toMatchObject([
      { id: ID, record: null, error: null },
      { id: 'never-written', record: null, error: null },
      { id: ID, record: { id: ID } },
    ])
  })

  test('reports an unreadable record and continues', async () => {
    const { runs, put } = await home()
    await runs.submit(newRun())
    await runs.submit(newRun({ id: 'broken', createdAt: new Date('2026-11-24T00:00:00Z') }))
    await put('runs/broken/run.json', '{')
    expect(await collect(runs.list({ limit: 10 }))).toMatchObject([
      { id: 'broken', record: null, error: { code: 'RUN_RECORD_INVALID' } },
      { id: ID, record: { id: ID }, error: null },
    ])
  })
})

describe('a filter', () => {
  /** 300 runs. Every tenth one failed. The index has the ends of all but the last five of those. */
  async function manyRuns() {
    const { runs, store, folder, log } = await home()
    const failure = new BatchQueryError('QUERY_FAILED', 'no')
    const made = Array.from({ length: 300 }, (_, at) => ({
      id: `run-${at}`,
      createdAt: new Date(START + at * 3_600_000),
    }))
    // Runs that match no filter have no record: a listing that reads it would yield them without one.
    for (const [at, run] of made.entries()) {
      const isOpen = at >= 295
      if (at % 10 === 0 || isOpen) await runs.submit(newRun(run))
      else fill(folder, [indexKey(run.createdAt, run.id), endKey(run, SUCCEEDED)])
      if (at % 10 !== 0) continue
      const owned = await runs.claim(newRun(run), RUNNER, log)
      await owned.finish(failure)
    }
    return { runs, open: vi.spyOn(store, 'open') }
  }

  test('reads the records that match, and those of runs whose end is not in the index', async () => {
    const { runs, open } = await manyRuns()
    const expected = Array.from({ length: 30 }, (_, at) => `run-${290 - at * 10}`)
    const filters: readonly RunFilter[] = [
      { state: 'FAILED' },
      { code: 'QUERY_FAILED' },
      { state: 'FAILED', code: 'QUERY_FAILED', task: 'batchquery.sql' },
    ]
    for (const filter of filters) {
      open.mockClear()
      expect(await listed(runs, { limit: 1000, filter })).toEqual(expected)
      expect(open).toHaveBeenCalledTimes(30 + 5)
      open.mockClear()
      expect(await listed(runs, { limit: 3, filter })).toEqual(expected.slice(0, 3))
      expect(open.mock.calls.length).toBeLessThanOrEqual(3 + 5)
    }
    const nothing: readonly RunFilter[] = [
      { state: 'CANCELLED' },
      { state: 'FAILED', task: 'other.sql' },
      { code: 'TIMEOUT' },
      { database: 'main', state: 'FAILED' },
    ]
    for (const filter of nothing) {
      open.mockClear()
      expect(await listed(runs, { limit: 1000, filter })).toEqual([])
      expect(open).toHaveBeenCalledTimes(5)
    }
    expect(await listed(runs, { limit: 1000, filter: { state: 'QUEUED' } })).toHaveLength(5)
  })

  test('distinguishes texts that the index cuts to the same text', async () => {
    const { runs, log } = await home()
    const long = 'ü'.repeat(60)
    for (const [at, key] of [`script/${long}1.sql`, `script/${long}2.sql`].entries()) {
      const run = newRun({ id: `run-${at}`, createdAt: new Date(START + at), task: { bucket: BUCKET, key } })
      await (await runs.claim(run, RUNNER, log)).finish(null)
    }
    expect(await listed(runs, { limit: 9, filter: { task: `${long}1.sql` } })).toEqual(['run-0'])
    expect(await listed(runs, { limit: 9, filter: { task: long } })).toEqual([])
  })

  test('matches a task by its name or the end of its path, and reads no ended run with another name', async () => {
    const { runs, store, log } = await home()
    const keys = ['script/monthly/a.sql', 'script/daily/a.sql', 'script/x.a.sql', 'script/monthly/job/']
    for (const [at, key] of keys.entries()) {
      const run = newRun({ id: `run-${at}`, createdAt: new Date(START - at), task: { bucket: BUCKET, key } })
      await (await runs.claim(run, RUNNER, log)).finish(null)
    }
    const open = vi.spyOn(store, 'open')
    for (const [task, ids, reads] of [
      ['a.sql', ['run-0', 'run-1'], 2],
      ['monthly/a.sql', ['run-0'], 2],
      ['/script/daily/a.sql', ['run-1'], 2],
      ['hly/a.sql', [], 2],
      ['job', ['run-3'], 1],
      ['monthly/job/', ['run-3'], 1],
      ['monthly', [], 0],
      ['/', [], 0],
    ] as const) {
      open.mockClear()
      expect(await listed(runs, { limit: 9, filter: { task } }), task).toEqual(ids)
      expect(open, task).toHaveBeenCalledTimes(reads)
    }
  })

  test('reads the record when the index has two different ends', async () => {
    const { runs, folder } = await home()
    const run = { id: ID, createdAt: newRun().createdAt }
    await runs.submit(newRun())
    fill(folder, [endKey(run, SUCCEEDED), endKey(run, FAILED), endKey(run, { ...FAILED, state: 'GONE' })])
    expect(await listed(runs, { limit: 9, filter: { state: 'QUEUED' } })).toEqual([ID])
  })
})
