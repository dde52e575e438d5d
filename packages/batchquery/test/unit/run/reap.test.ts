import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { recoveryIn } from '../../../src/export/index.ts'
import { RunStore } from '../../../src/run/index.ts'
import { indexKey } from '../../../src/run/index-keys.ts'
import { collect, home, newRun, RUNNER } from './fixture.ts'

const START = Date.parse('2026-11-01T00:00:00Z')
const nth = (at: number) => newRun({ id: `run-${at}`, createdAt: new Date(START + at * 1000) })

const isEnd = (key: string) => key.startsWith('index/') && key.includes('!')
const entryOf = (at: number) => indexKey(nth(at).createdAt, `run-${at}`)

/**
 * A home bucket with runs that have ended, one run that waits for a runner, and a reaper that counts what it reads. The index
 * lacks the ends of the runs, as if the runners could not write them any more.
 */
async function homeWith(ended: number) {
  const { folder, store, runs, log, put, keys } = await home()
  for (let at = 0; at < ended; at++) await (await runs.claim(nth(at), RUNNER, log)).finish(null)
  const ends = (await keys()).filter(isEnd)
  expect(ends).toHaveLength(ended)
  for (const key of ends) await store.delete({ bucket: 'home', key })
  await runs.submit(nth(ended))
  const open = vi.spyOn(store, 'open')
  const read = vi.spyOn(store, 'read')
  const written = vi.spyOn(store, 'put')
  const reaper = new RunStore(store, 'home', { recovery: recoveryIn(store), deadAfterMs: 0 })
  /** How many objects it reads and writes. */
  const reap = async (options: { since?: Date; dryRun?: boolean } = {}) => {
    for (const spy of [open, read, written]) spy.mockClear()
    const reaped = await collect(reaper.reap(RUNNER, log, { dryRun: false, ...options }))
    const objects = open.mock.calls.length + read.mock.calls.length
    return { reaped, objects, writes: written.mock.calls.length }
  }
  return { folder, store, runs, log, put, keys, ends, reap }
}

test('a second reap reads as many objects when many runs have ended as when few have', async () => {
  const few = await homeWith(3)
  const many = await homeWith(50)
  expect(await few.reap()).toMatchObject({ reaped: [], objects: 4, writes: 3 })
  expect(await many.reap()).toMatchObject({ reaped: [], objects: 51, writes: 50 })
  for (const { reap } of [few, many]) expect(await reap()).toEqual({ reaped: [], objects: 1, writes: 0 })
})

test('reap writes the ends that the index lacks', async () => {
  const { keys, ends, reap } = await homeWith(3)
  await reap()
  expect((await keys()).filter(isEnd)).toEqual(ends)
})

test('reap writes ends for entries of earlier versions too, and trusts the states in them', async () => {
  const { store, put, keys, ends, reap } = await homeWith(3)
  for (const at of [0, 1, 2]) {
    await store.delete({ bucket: 'home', key: entryOf(at) })
    await put(entryOf(at).replace(/\/0\d{6}\//, '/'), at === 1 ? 'SUCCEEDED' : '')
  }
  expect(await reap()).toMatchObject({ reaped: [], objects: 3, writes: 2 })
  expect((await keys()).filter(isEnd)).toEqual([ends[0], ends[2]])
  expect(await reap()).toMatchObject({ objects: 1, writes: 0 })
})

test('reap marks an entry as GONE when it has had no record for a day, and does not read it again', async () => {
  const { folder, runs, put, keys, reap } = await homeWith(1)
  const stray = indexKey(new Date(START - 1_000), 'never-written')
  const lost = indexKey(new Date(START - 2_000), 'run-0')
  const young = indexKey(new Date(START - 3_000), 'young')
  for (const key of [stray, lost, young]) await put(key, '')
  const twoDaysAgo = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000)
  for (const key of [stray, lost]) await utimes(join(folder, 'home', key), twoDaysAgo, twoDaysAgo)
  const isGone = (key: string) => key.includes('!GONE')
  // A dry run marks nothing.
  expect(await reap({ dryRun: true })).toMatchObject({ objects: 5, writes: 0 })
  expect(await reap()).toMatchObject({ reaped: [], objects: 5, writes: 3 })
  expect((await keys()).filter(isGone)).toEqual([`${stray}!GONE!-!-!-`, `${lost}!GONE!-!-!-`])
  // The waiting run and the young entry.
  expect(await reap()).toMatchObject({ reaped: [], objects: 2, writes: 0 })
  const listed = await collect(runs.list({ limit: 10 }))
  expect(listed.map(({ id }) => id)).toEqual(['run-1', 'run-0', 'young'])
})

test('a run is listed with its end when its record came after its entry was marked', async () => {
  const { runs, log, put } = await homeWith(0)
  await put(`${entryOf(7)}!GONE!-!-!-`, '')
  await (await runs.claim(nth(7), RUNNER, log)).finish(null)
  expect(await collect(runs.list({ limit: 10, filter: { state: 'SUCCEEDED' } }))).toMatchObject([
    { id: 'run-7', ended: { state: 'SUCCEEDED' } },
  ])
})

test('reap finds runs that died or began after an earlier reap', async () => {
  const { runs, log, reap, keys } = await homeWith(3)
  await reap()
  const before = await keys()
  const waiting = await runs.claim(nth(3), RUNNER, log)
  await waiting.leave()
  // As if from a machine whose clock is slow.
  const late = await runs.claim(nth(-1_000_000), RUNNER, log)
  await late.leave()
  const { reaped } = await reap()
  expect(reaped.map(({ id, state }) => [id, state])).toEqual([
    ['run-3', 'FAILED'],
    ['run--1000000', 'FAILED'],
  ])
  expect(await reap()).toEqual({ reaped: [], objects: 0, writes: 0 })
  expect((await keys()).filter(key => key.startsWith('index/'))).toHaveLength(2 * 5)
  expect(before.every(key => key.startsWith('index/') || key.startsWith('runs/'))).toBe(true)
  expect((await collect(runs.list({ limit: 10 }))).map(({ id }) => id)).toHaveLength(5)
})

test('a dry run writes nothing to the index, and a reap of some runs writes what it has read', async () => {
  const { reap } = await homeWith(3)
  for (let time = 0; time < 2; time++)
    expect(await reap({ dryRun: true })).toMatchObject({ objects: 4, writes: 0 })
  expect(await reap({ since: new Date(START + 2_000) })).toMatchObject({ objects: 2, writes: 1 })
  expect(await reap()).toMatchObject({ objects: 3, writes: 2 })
})

test('reap reads an unreadable record again, because it may be restored', async () => {
  const { put, reap } = await homeWith(3)
  await put('runs/run-1/run.json', '{')
  await reap()
  expect(await reap()).toMatchObject({ objects: 2 })
})

test('reap reports a run once when it cannot end it, and ends the others', async () => {
  const { runs, log, put, reap } = await homeWith(1)
  for (const at of [1, 2, 3]) await (await runs.claim(nth(at), RUNNER, log)).leave()
  await put('runs/run-2/attempt-0001', '{')
  const { reaped } = await reap()
  expect(reaped.map(({ id, state, error }) => [id, state, error?.code])).toEqual([
    ['run-3', 'FAILED', undefined],
    ['run-2', 'QUEUED', 'RUN_RECORD_INVALID'],
    ['run-1', 'FAILED', undefined],
  ])
  expect((await reap()).reaped).toMatchObject([{ id: 'run-2' }])
})
