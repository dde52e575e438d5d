import { expect, test, vi } from 'vitest'
import { BatchQueryError } from '../../../src/errors/index.ts'
import { RunStore } from '../../../src/run/index.ts'
import { lockKey } from '../../../src/run/keys.ts'
import { BUCKET, home, newRun, PINNED, RUNNER } from './fixture.ts'

const ID = newRun().id
const URI = 's3://home/output/result'
const RARELY = 1_000_000

/** A run, and a function by which another runner takes it over. */
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

test('a run is lost, and leaves its record alone, when the heartbeat finds a later attempt', async () => {
  const { runs, run, takeOver, talk, keys } = await started(5, 60_000)
  await takeOver()
  await expect.poll(() => run.lost.aborted).toBe(true)
  expect(run.lost.reason).toMatchObject({ code: 'RUN_CLAIMED', exitCode: 5 })
  const theirs = await runs.read(ID)
  expect(theirs.attempt).toBe(2)
  run.notes.addProgress({ rows: 7 })
  await run.finish(run.lost.reason)
  expect((await keys()).filter(key => key.includes('!'))).toEqual([])
  expect(await runs.read(ID)).toEqual(theirs)
  expect(talk.join('')).not.toContain('heartbeat')
})

test('an owner checks for a later attempt before it writes when it was silent', async () => {
  const { runs, run, takeOver } = await started(RARELY, 0)
  await takeOver()
  const theirs = await runs.read(ID)
  const session = { dialect: 'mysql', server: null, host: 'h', name: 'n', session: '1' }
  await expect(run.recordSession(session)).rejects.toMatchObject({ code: 'RUN_CLAIMED' })
  expect(await runs.read(ID)).toEqual(theirs)
  await run.finish(new BatchQueryError('RUN_CLAIMED', 'taken over'))
  expect(await runs.read(ID)).toEqual(theirs)
})

test('an owner does not check at every write when it was not silent', async () => {
  const { run, store } = await started(RARELY, 60_000)
  const head = vi.spyOn(store, 'head')
  await run.recordSession({ dialect: 'mysql', server: null, host: 'h', name: 'n', session: '1' })
  await run.journal.write({ step: 'confirm' })
  expect(head).not.toHaveBeenCalled()
  await run.finish(null)
})

test('an owner does not unlock a destination of the later attempt when it has lost the run', async () => {
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
