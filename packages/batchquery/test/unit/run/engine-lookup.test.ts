import { expect, test } from 'vitest'
import { BatchQueryError } from '../../../src/errors/index.ts'
import { recoveryIn } from '../../../src/export/index.ts'
import { type EngineLookup, NO_LAUNCH, type RunnerState, RunStore } from '../../../src/run/index.ts'
import { BUCKET, collect, home, newRun, PINNED, RUNNER } from './fixture.ts'

const ELSEWHERE = { ...RUNNER, ecsTask: 'arn:aws:ecs:us-east-1:1:task/c/1' }

const view = (fate: RunnerState, failure: BatchQueryError | null = null): EngineLookup => ({
  runnerState: async () => fate,
  launchState: async () => ({ ...NO_LAUNCH, failure }),
  explainLoss: async () => failure,
})

test.each<[RunnerState, silent: boolean, dead: boolean]>([
  ['ended', false, true],
  ['lives', true, false],
  ['unknown', false, false],
  ['unknown', true, true],
])('a runner elsewhere is judged by its engine: fate %s, silent %s, dead %s', async (fate, silent, dead) => {
  const { store, log } = await home()
  const options = { engines: view(fate), deadAfterMs: silent ? 0 : 60_000, recovery: recoveryIn(store) }
  const runs = new RunStore(store, BUCKET, options)
  const owned = await runs.claim(newRun(), ELSEWHERE, log)
  await owned.start(PINNED)
  expect(await runs.isDead(owned.record)).toBe(dead)
  await owned.leave()
})

test('the next attempt starts at once when the engine says that the runner has ended', async () => {
  const { store, log } = await home()
  const runs = new RunStore(store, BUCKET, { engines: view('ended'), recovery: recoveryIn(store) })
  await (await runs.claim(newRun(), ELSEWHERE, log)).leave()
  const next = await runs.claim(newRun(), ELSEWHERE, log)
  expect(next.record.attempt).toBe(2)
  await next.finish(null)
})

test("a dead run ends with the engine's error when the engine knows why its runner ended", async () => {
  const { store, log } = await home()
  const engines = view('ended', new BatchQueryError('RUNNER_LOST', 'out of memory'))
  const runs = new RunStore(store, BUCKET, { engines, recovery: recoveryIn(store) })
  const owned = await runs.claim(newRun(), ELSEWHERE, log)
  await owned.start(PINNED)
  await owned.leave()
  expect(await collect(runs.reap(RUNNER, log, { dryRun: false }))).toMatchObject([{ state: 'FAILED' }])
  expect(await runs.read(newRun().id)).toMatchObject({ error: { message: 'out of memory' } })
})

test('reap ends a QUEUED run only when its engine could not start a runner', async () => {
  const { store, log } = await home()
  const failure = new BatchQueryError('ENGINE_FAILED', 'no such image')
  const reap = (engines: EngineLookup, dryRun: boolean) =>
    collect(
      new RunStore(store, BUCKET, { engines, recovery: recoveryIn(store) }).reap(RUNNER, log, { dryRun }),
    )
  const runs = new RunStore(store, BUCKET)
  await runs.submit(newRun({ engine: { name: 'fargate' } }))
  expect(await reap(view('unknown'), false)).toEqual([])
  expect(await reap(view('unknown', failure), true)).toMatchObject([{ state: 'QUEUED' }])
  expect(await reap(view('unknown', failure), false)).toMatchObject([{ state: 'FAILED', error: null }])
  expect(await runs.read(newRun().id)).toMatchObject({
    error: { code: 'ENGINE_FAILED', message: 'no such image' },
  })
})

test('reap ends a QUEUED run when its runner died before it set the state RUNNING', async () => {
  const { store, log } = await home()
  const engines = view('ended', new BatchQueryError('RUNNER_LOST', 'out of memory'))
  const runs = new RunStore(store, BUCKET, { engines, recovery: recoveryIn(store) })
  const owned = await runs.claim(newRun({ engine: { name: 'fargate' } }), ELSEWHERE, log)
  await owned.leave()
  expect(await runs.read(newRun().id)).toMatchObject({ state: 'QUEUED' })
  expect(await collect(runs.reap(RUNNER, log, { dryRun: false }))).toMatchObject([{ state: 'FAILED' }])
})
