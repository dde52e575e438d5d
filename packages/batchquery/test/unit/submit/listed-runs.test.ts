import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { recoveryIn } from '../../../src/export/index.ts'
import { RunStore } from '../../../src/run/index.ts'
import { indexKey } from '../../../src/run/index-keys.ts'
import { listedRuns } from '../../../src/submit/listed-runs.ts'
import { collect, home, newRun, RUNNER } from '../run/fixture.ts'

const NEWEST = Date.parse('2026-11-23T00:00:00Z')
const nth = (at: number) => newRun({ id: `run-${at}`, createdAt: new Date(NEWEST - at * 1000) })

/** A run, entries whose records are gone, and a run again; that once more for each number. */
async function homeWith(...gone: readonly number[]) {
  const { folder, store, runs, log, talk, put } = await home()
  const old = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000)
  let at = 0
  await runs.submit(nth(at))
  for (const count of gone) {
    for (const end = at + count; at < end; ) {
      const { id, createdAt } = nth(++at)
      await put(indexKey(createdAt, id), '')
      await utimes(join(folder, 'home', indexKey(createdAt, id)), old, old)
    }
    await runs.submit(nth(++at))
  }
  const open = vi.spyOn(store, 'open')
  const list = async (limit = 20) => {
    open.mockClear()
    talk.length = 0
    const listed = await listedRuns(runs, { limit }, log)
    return { ids: listed.map(({ id }) => id), read: open.mock.calls.length, talk: talk.join('') }
  }
  const reap = () =>
    collect(new RunStore(store, 'home', { recovery: recoveryIn(store) }).reap(RUNNER, log, { dryRun: false }))
  return { list, reap }
}

test('a list skips 63 entries in a row without a record, and does not warn', async () => {
  const { list } = await homeWith(63, 63)
  expect(await list()).toEqual({ ids: ['run-0', 'run-64', 'run-128'], read: 129, talk: '' })
})

test('a list ends with a warning after 64 entries in a row without a record, until reap has marked them', async () => {
  const { list, reap } = await homeWith(200)
  const { ids, read, talk } = await list()
  expect({ ids, talk }).toEqual({
    ids: ['run-0'],
    talk: expect.stringMatching(
      /^warning: 64 consecutive index entries have no run record, so the list ends at 2026-11-22T23:58:56.000Z; run `batchquery reap`[^\n]*\n$/,
    ),
  })
  expect(read).toBeLessThanOrEqual(1 + 64 + 16)
  await reap()
  expect(await list()).toEqual({ ids: ['run-0', 'run-201'], read: 2, talk: '' })
})

test('a list that has enough runs does not look for missing records', async () => {
  const { list } = await homeWith(64)
  expect(await list(1)).toEqual({ ids: ['run-0'], read: 1, talk: '' })
})
