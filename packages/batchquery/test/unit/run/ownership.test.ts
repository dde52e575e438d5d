import { expect, test, vi } from 'vitest'
import { BatchQueryError } from '../../../src/errors/index.ts'
import { RunStore } from '../../../src/run/index.ts'
import { lockKey } from '../../../src/run/keys.ts'
import { BUCKET, home, newRun, PINNED, RUNNER } from './fixture.ts'

const ID = newRun().id
const URI = 's3://home/output/result'
const RARELY = 1_000_000

/** A run, and how another runner takes it over. */
async function started(heartbeatMs: number, deadAfterMs: number) {
  const context = await home()
  const { store, log, put } = context
  const runs = new RunStore(store, BUCKET, { heartbeatMs, deadAfterMs, logFlushMs: RARELY })
  const run = await runs.claim(newRun(), RUNNER, log)
  await run.start(PINNED)
  const takeOver = async () => {
    await put(`runs/${ID}/attempt-0002`, JSON.stringify({ ...RUNNER, host: 'elsewhere' }))
    await put(`runs/${ID}/run.json`, JSON.stringify({ ...run.record, attempt: 2 }))
  }
  return { ...context, runs, run, takeOver }
}

test('the heartbeat sees a later attempt: the run is lost, and its record is left alone', async () => {
  const { runs, run, takeOver, talk, keys } = await started(5, 60_000)
  await takeOver()
  await expect.poll(() => run.lost.aborted).toBe(true)
  expect(run.lost.reason).toMatchObject({ code: 'RUN_CLAIMED', exitCode: 5 })
  const theirs = await runs.read(ID)
  expect(theirs.attempt).toBe(2)
  run.addProgress({ rows: 7 })
  await run.finish(run.lost.reason)
  expect((await keys()).filter(key => key.includes('!'))).toEqual([])
  expect(await runs.read(ID)).toEqual(theirs)
  expect(talk.join('')).not.toContain('heartbeat')
})

test('an owner that was silent looks before it writes', async () => {
  const { runs, run, takeOver } = await started(RARELY, 0)
  await takeOver()
  const theirs = await runs.read(ID)
  const session = { dialect: 'mysql', server: null, host: 'h', name: 'n', session: '1' }
  await expect(run.recordSession(session)).rejects.toMatchObject({ code: 'RUN_CLAIMED' })
  expect(await runs.read(ID)).toEqual(theirs)
  await run.finish(new BatchQueryError('RUN_CLAIMED', 'taken over'))
  expect(await runs.read(ID)).toEqual(theirs)
})

test('an owner that was not silent does not ask at every write', async () => {
  const { run, store } = await started(RARELY, 60_000)
  const head = vi.spyOn(store, 'head')
  await run.recordSession({ dialect: 'mysql', server: null, host: 'h', name: 'n', session: '1' })
  await run.journal.write({ step: 'confirm' })
  expect(head).not.toHaveBeenCalled()
  await run.finish(null)
})

test('who has lost the run does not let go of what the later attempt holds', async () => {
  const { run, takeOver, text } = await started(RARELY, 0)
  await run.journal.write({ step: 'lock', uri: URI })
  await takeOver()
  await expect(run.journal.write({ step: 'unlock', uri: URI })).rejects.toMatchObject({ code: 'RUN_CLAIMED' })
  await run.journal.write({ step: 'unlock', uri: URI })
  await expect(run.journal.write({ step: 'lock', uri: URI })).rejects.toMatchObject({ code: 'RUN_CLAIMED' })
  await expect(run.journal.write({ step: 'confirm' })).rejects.toMatchObject({ code: 'RUN_CLAIMED' })
  expect(await text(lockKey(URI))).toBe(ID)
  await run.leave()
})
