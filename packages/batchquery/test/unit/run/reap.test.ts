import { expect, test, vi } from 'vitest'
import { recoveryIn } from '../../../src/export/index.ts'
import { RunStore } from '../../../src/run/index.ts'
import { collect, home, newRun, RUNNER } from './fixture.ts'

const START = Date.parse('2026-11-01T00:00:00Z')
const nth = (at: number) => newRun({ id: `run-${at}`, createdAt: new Date(START + at * 1000) })

/** A home bucket with runs that have ended, one that waits for a runner, and a reaper that counts what it reads. */
async function homeWith(ended: number) {
  const { store, runs, log, put, keys } = await home()
  for (let at = 0; at < ended; at++) await (await runs.claim(nth(at), RUNNER, log)).finish(null)
  await runs.submit(nth(ended))
  const open = vi.spyOn(store, 'open')
  const read = vi.spyOn(store, 'read')
  const written = vi.spyOn(store, 'put')
  const reaper = new RunStore(store, 'home', { recovery: recoveryIn(store), deadAfterMs: 0 })
  /** How many objects are read, and how many are written. */
  const reap = async (options: { since?: Date; dryRun?: boolean } = {}) => {
    for (const spy of [open, read, written]) spy.mockClear()
    const reaped = await collect(reaper.reap(RUNNER, log, { dryRun: false, ...options }))
    const objects = open.mock.calls.length + read.mock.calls.length
    return { reaped, objects, writes: written.mock.calls.length }
  }
  return { runs, log, put, keys, reap }
}

test('a second reap reads as many objects among many ended runs as among few', async () => {
  const few = await homeWith(3)
  const many = await homeWith(50)
  expect(await few.reap()).toMatchObject({ reaped: [], objects: 4, writes: 3 })
  expect(await many.reap()).toMatchObject({ reaped: [], objects: 51, writes: 50 })
  for (const { reap } of [few, many]) expect(await reap()).toEqual({ reaped: [], objects: 1, writes: 0 })
})

test('reap finds the runs that die, and that come, after an earlier reap', async () => {
  const { runs, log, reap, keys } = await homeWith(3)
  await reap()
  const before = await keys()
  const waiting = await runs.claim(nth(3), RUNNER, log)
  await waiting.leave()
  // As from a machine whose clock is behind.
  const late = await runs.claim(nth(-1_000_000), RUNNER, log)
  await late.leave()
  const { reaped } = await reap()
  expect(reaped.map(({ id, state }) => [id, state])).toEqual([
    ['run-3', 'FAILED'],
    ['run--1000000', 'FAILED'],
  ])
  expect(await reap()).toEqual({ reaped: [], objects: 0, writes: 0 })
  expect((await keys()).filter(key => key.startsWith('index/'))).toHaveLength(5)
  expect(before.every(key => key.startsWith('index/') || key.startsWith('runs/'))).toBe(true)
  expect((await collect(runs.list({ limit: 10 }))).map(({ id }) => id)).toHaveLength(5)
})

test('a dry run remembers nothing, and a reap of some runs what it has read', async () => {
  const { reap } = await homeWith(3)
  for (let time = 0; time < 2; time++)
    expect(await reap({ dryRun: true })).toMatchObject({ objects: 4, writes: 0 })
  expect(await reap({ since: new Date(START + 2_000) })).toMatchObject({ objects: 2, writes: 1 })
  expect(await reap()).toMatchObject({ objects: 3, writes: 2 })
})

test('a record that cannot be read is read again, for it may be restored', async () => {
  const { put, reap } = await homeWith(3)
  await put('runs/run-1/run.json', '{')
  await reap()
  expect(await reap()).toMatchObject({ objects: 2 })
})

test('a run that cannot be ended is told once, and the others are ended', async () => {
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
