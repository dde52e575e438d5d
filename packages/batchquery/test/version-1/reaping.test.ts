import { expect, test } from 'vitest'
import { Home, shownParts, shownResults, uriOf } from './home.ts'
import { exportsOf, NATIVE_PARTS, TASKS } from './runs.ts'

interface End {
  readonly state: 'SUCCEEDED' | 'FAILED' | 'CANCELLED'
  readonly completed?: readonly string[]
  readonly aborted?: readonly string[]
}

/** The ends of the dead runs of the frozen store. */
const ENDS: ReadonlyMap<string, End> = new Map([
  ['claimed', { state: 'FAILED' }],
  ['running', { state: 'FAILED' }],
  ['asked', { state: 'CANCELLED' }],
  ['begun', { state: 'FAILED', aborted: ['begun'] }],
  ['ledger', { state: 'FAILED', aborted: ['ledger'] }],
  ['staged', { state: 'FAILED', aborted: ['staged'] }],
  ['committing', { state: 'SUCCEEDED', completed: ['committing'] }],
  ['half', { state: 'SUCCEEDED', completed: ['half'] }],
  ['over', { state: 'SUCCEEDED', completed: ['over'] }],
  ['published', { state: 'SUCCEEDED' }],
  ['many', { state: 'SUCCEEDED', completed: ['many'] }],
  ['second', { state: 'SUCCEEDED', completed: ['second'] }],
  ['twice', { state: 'SUCCEEDED', completed: ['twice'] }],
])

const byId = (runs: readonly { id: string }[]) => runs.toSorted((one, other) => (one.id < other.id ? -1 : 1))

const reaped = (stateOf: (end: End) => string) =>
  byId(
    Array.from(ENDS, ([id, end]) => ({
      id,
      state: stateOf(end),
      completed: (end.completed ?? []).map(uriOf),
      aborted: (end.aborted ?? []).map(uriOf),
      error: null,
    })),
  )

/** The exports whose results exist after the recovery: all but the aborted ones. */
const published = [...TASKS.keys()].filter(
  id => id !== 'queued' && (ENDS.get(id)?.state ?? 'SUCCEEDED') === 'SUCCEEDED',
)
const RESULTS = { ...shownResults(published.flatMap(exportsOf)), ...shownParts(NATIVE_PARTS) }

test('a dry run of reap shows what it would do with runs of version 1, and changes nothing', async () => {
  const home = await Home.unpack()
  const before = await home.files()
  const { runs } = await home.ask(['reap', '--dry-run'])
  const state = (id: string) => (id === 'claimed' ? 'QUEUED' : 'RUNNING')
  expect(byId(runs)).toEqual(reaped(() => '').map(run => ({ ...run, state: state(run.id) })))
  expect(await home.files()).toEqual(before)
})

test('a reaper ends every dead run of version 1 according to its state, and leaves nothing', async () => {
  const home = await Home.unpack()
  expect(byId((await home.ask(['reap'])).runs)).toEqual(reaped(({ state }) => state))
  expect(await home.results()).toEqual(RESULTS)
  expect(await home.leftovers()).toEqual([])

  const { runs } = await home.ask(['ls', '--limit', '100'])
  const states = Object.fromEntries(runs.map((run: { id: string; state: string }) => [run.id, run.state]))
  expect(states).toEqual({
    ...Object.fromEntries(Array.from(ENDS, ([id, { state }]) => [id, state])),
    ...{ queued: 'QUEUED', again: 'SUCCEEDED', succeeded: 'SUCCEEDED', native: 'SUCCEEDED' },
    ...{ failed: 'FAILED', cancelled: 'CANCELLED' },
  })
  const lost = await home.ask(['show', 'running'])
  expect(lost).toMatchObject({ attempt: 2, exitCode: 1, error: { code: 'RUNNER_LOST' } })
  for (const id of ['half', 'many', 'over'])
    expect(await home.ask(['verify', id])).toMatchObject({ state: 'SUCCEEDED', verified: true })

  const after = await home.files()
  expect((await home.ask(['reap'])).runs).toEqual([])
  expect(await home.files()).toEqual(after)
})
