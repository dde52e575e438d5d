import { expect, test, vi } from 'vitest'
import { type ListOptions, RunStore } from '../../../src/run/index.ts'
import { FollowedRuns } from '../../../src/submit/followed-runs.ts'
import { BUCKET, home, newRun, PINNED, RUNNER } from '../run/fixture.ts'

const START = Date.parse('2026-11-23T00:00:00Z')
const nth = (at: number) => newRun({ id: `run-${at}`, createdAt: new Date(START + at * 1000) })

/** Runs of which the first `ended` have ended and the others wait, and how many records a round reads. */
async function followed(ended: number, waiting: number, options: Partial<ListOptions> = {}) {
  const { runs, store, log, talk, put, text } = await home()
  for (let at = 0; at < ended; at++) await (await runs.claim(nth(at), RUNNER, log)).finish(null)
  for (let at = ended; at < ended + waiting; at++) await runs.submit(nth(at))
  const open = vi.spyOn(store, 'open')
  talk.length = 0
  const follow = new FollowedRuns(runs, { limit: 20, ...options }, log)
  const recordsRead = () => open.mock.calls.filter(([{ key }]) => key.endsWith('/run.json')).length
  const round = async <T>(work: () => Promise<readonly T[]>) => {
    open.mockClear()
    return { found: await work(), read: recordsRead() }
  }
  return {
    ...{ runs, log, talk, put, text },
    list: () => round(async () => (await follow.list()).map(({ id }) => id)),
    changes: () => round(async () => (await follow.changes()).map(({ id, state }) => `${id} ${state}`)),
  }
}

test('a round reads no record of an ended run that an earlier round has read', async () => {
  const { runs, log, list } = await followed(12, 3)
  expect((await list()).read).toBe(15)
  for (let round = 0; round < 8; round++) expect((await list()).read).toBe(3)
  await (await runs.claim(nth(13), RUNNER, log)).finish(null)
  // Once more, as its record is not known in its final state.
  expect((await list()).read).toBe(3)
  expect((await list()).read).toBe(2)
  await runs.submit(nth(99))
  const { found, read } = await list()
  expect(found[0]).toBe('run-99')
  expect(read).toBe(3)
})

test('a round that prints changes costs the same', async () => {
  const { changes } = await followed(12, 3)
  expect((await changes()).read).toBe(15)
  for (let round = 0; round < 8; round++) expect(await changes()).toEqual({ found: [], read: 3 })
})

test('a round does not read an ended run again when the filter excludes it', async () => {
  const { list } = await followed(12, 3, { filter: { state: 'QUEUED' } })
  expect(await list()).toEqual({ found: ['run-14', 'run-13', 'run-12'], read: 3 })
  expect((await list()).read).toBe(3)
})

test('changes returns all runs at first, the oldest first, then the runs whose state has changed', async () => {
  const { runs, log, changes } = await followed(1, 1)
  expect((await changes()).found).toEqual(['run-0 SUCCEEDED', 'run-1 QUEUED'])
  expect((await changes()).found).toEqual([])
  const owned = await runs.claim(nth(1), RUNNER, log)
  await owned.start(PINNED)
  await runs.submit(nth(2))
  expect((await changes()).found).toEqual(['run-1 RUNNING', 'run-2 QUEUED'])
  await owned.finish(null)
  expect((await changes()).found).toEqual(['run-1 SUCCEEDED'])
  expect((await changes()).found).toEqual([])
})

test('changes contains the end of a run when the list has no room for it any more, or when the filter excludes it', async () => {
  for (const options of [{ limit: 1 }, { filter: { state: 'QUEUED' } }] as const) {
    const { runs, log, changes } = await followed(0, 1, options)
    expect((await changes()).found).toEqual(['run-0 QUEUED'])
    await runs.submit(nth(1))
    expect((await changes()).found).toEqual(['run-1 QUEUED'])
    await (await runs.claim(nth(0), RUNNER, log)).finish(null)
    expect((await changes()).found).toEqual(['run-0 SUCCEEDED'])
    expect(await changes()).toEqual({ found: [], read: 1 })
  }
})

test('a follower warns once of a record that it cannot read', async () => {
  const { put, list, talk } = await followed(1, 1)
  await put('runs/run-1/run.json', '{}')
  for (let round = 0; round < 3; round++) expect((await list()).found).toEqual(['run-0'])
  expect(talk).toHaveLength(1)
  expect(talk[0]).toMatch(/^warning: run run-1: /)
})

test('changes contains a run once more when its runner has died', async () => {
  const { store, log } = await home()
  const runs = new RunStore(store, BUCKET, { heartbeatMs: 1_000_000, deadAfterMs: 1 })
  const follow = new FollowedRuns(runs, { limit: 20 }, log)
  await runs.submit(nth(0))
  await follow.changes()
  const owned = await runs.claim(nth(0), RUNNER, log)
  await owned.start(PINNED)
  expect(await follow.changes()).toMatchObject([{ state: 'RUNNING', dead: false }])
  await owned.leave()
  const rounds = []
  for (let round = 0; round < 8; round++) rounds.push(...(await follow.changes()))
  expect(rounds).toMatchObject([{ state: 'RUNNING', dead: true }])
})
