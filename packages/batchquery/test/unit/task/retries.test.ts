import { setTimeout } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { BatchQueryError, type ErrorCode } from '../../../src/errors/index.ts'
import type { OwnedRun } from '../../../src/run/index.ts'
import { type Retrying, withRetries } from '../../../src/task/retries.ts'
import { home, newRun, PINNED, RUNNER } from '../run/fixture.ts'

const ID = newRun().id
const PAUSES = { firstMs: 1, longestMs: 4 }

/** A run with two retries. The list says how each attempt ends: with an error, or with success. */
async function scene(
  ends: readonly (ErrorCode | (() => Promise<void>) | null)[],
  changed: Partial<Retrying> = {},
) {
  const it = await home()
  const first = await it.runs.claim(
    newRun({ request: { database: null, timeoutSeconds: null, pin: null, retries: 2 } }),
    RUNNER,
    it.log,
  )
  const stop = new AbortController()
  const begun: number[] = []
  const recovered: number[] = []
  const begin = async (run: OwnedRun): Promise<void> => {
    begun.push(run.record.attempt)
    await run.start(PINNED)
    const end = ends[begun.length - 1] ?? null
    if (typeof end === 'function') await end()
    else if (end !== null) throw new BatchQueryError(end, `it is ${end}`)
  }
  const end = async () => {
    const last = await withRetries(first, {
      signal: stop.signal,
      log: it.log,
      pauses: PAUSES,
      begin,
      recover: async run => {
        recovered.push(run.record.attempt)
        await run.resume()
      },
      next: run => it.runs.retry(run, RUNNER, it.log),
      ...changed,
    })
    // Otherwise the heartbeat would go on while the folder is removed.
    onTestFinished(async () => {
      await last.run.pause()
      await last.run.leave()
    })
    return last
  }
  return { ...it, first, stop, begun, recovered, end }
}

test('a run begins its next attempt when the error may pass', async () => {
  const { end, runs, begun, recovered, keys } = await scene(['DATABASE_LOST', 'STORE_FAILED', null])
  const { run, failure } = await end()
  expect(failure).toBeNull()
  expect({ begun, recovered }).toEqual({ begun: [1, 2, 3], recovered: [1, 2] })
  expect(await runs.read(ID)).toMatchObject({ state: 'RUNNING', attempt: 3, startedAttempt: 3 })
  await run.finish(null)
  expect(await runs.read(ID)).toMatchObject({
    state: 'SUCCEEDED',
    error: null,
    warnings: [
      'attempt 1 failed: DATABASE_LOST: it is DATABASE_LOST; attempt 2 of 3 in 0.001 s',
      'attempt 2 failed: STORE_FAILED: it is STORE_FAILED; attempt 3 of 3 in 0.002 s',
    ],
  })
  expect((await keys()).filter(key => key.includes('/attempt-'))).toHaveLength(3)
})

test('the log of each attempt contains its error', async () => {
  const { end, text } = await scene(['DATABASE_LOST', null])
  await (await end()).run.finish(null)
  expect(await text(`runs/${ID}/log/0001-0001.txt`)).toContain('attempt 1 failed: DATABASE_LOST: ')
  expect(await text(`runs/${ID}/log/0002-0001.txt`)).not.toContain('attempt 1 failed')
})

test('a run ends with the error of its last attempt when no retry remains', async () => {
  const { end, begun } = await scene(['DATABASE_LOST', 'DATABASE_LOST', 'STORE_FULL', null])
  expect(await end()).toMatchObject({ failure: { code: 'STORE_FULL' } })
  expect(begun).toEqual([1, 2, 3])
})

test('a run ends at once when its error cannot pass', async () => {
  const { end, begun, recovered } = await scene(['QUERY_FAILED', null])
  expect(await end()).toMatchObject({ failure: { code: 'QUERY_FAILED' } })
  expect({ begun, recovered }).toEqual({ begun: [1], recovered: [] })
})

test('a run ends during the pause when it is stopped', async () => {
  const cancelled = new BatchQueryError('CANCELLED', 'run was cancelled on request')
  const pauses = { firstMs: 2 ** 30, longestMs: 2 ** 30 }
  const { end, stop, begun, log, runs } = await scene(['DATABASE_LOST', null], { pauses })
  log.attach(text => {
    if (text.includes('attempt 2 of 3')) stop.abort(cancelled)
  })
  expect(await end()).toMatchObject({ failure: cancelled })
  expect(begun).toEqual([1])
  expect(await runs.read(ID)).toMatchObject({ state: 'RUNNING', attempt: 1 })
})

test('a run does not begin again when it was stopped during an attempt', async () => {
  const terminated = new BatchQueryError('TERMINATED', 'the runner was told to stop')
  const { end, begun, stop } = await scene([
    async () => {
      stop.abort(terminated)
      throw terminated
    },
    null,
  ])
  expect(await end()).toMatchObject({ failure: terminated })
  expect(begun).toEqual([1])
})

test('a failed claim counts as an attempt when the store may come back', async () => {
  let claims = 0
  const { end, begun, first, runs, log } = await scene(['DATABASE_LOST', null], {
    next: async run => {
      if (++claims === 1) throw new BatchQueryError('STORE_UNREACHABLE', 'the store is gone')
      return runs.retry(run, RUNNER, log)
    },
  })
  const { run, failure } = await end()
  expect({ failure, claims, attempt: run.record.attempt }).toEqual({ failure: null, claims: 2, attempt: 2 })
  expect(begun).toEqual([1, 2])
  expect(first.record.warnings).toEqual([
    'attempt 1 failed: DATABASE_LOST: it is DATABASE_LOST; attempt 2 of 3 in 0.001 s',
    'attempt 1 failed: STORE_UNREACHABLE: the store is gone; attempt 2 of 2 in 0.002 s',
  ])
})

test('an attempt still owns its run when the next one cannot be claimed', async () => {
  const { first, runs, log, takeAway, bringBack } = await scene([])
  await first.start(PINNED)
  await takeAway()
  await expect(runs.retry(first, RUNNER, log)).rejects.toMatchObject({ code: 'STORE_FAILED' })
  await bringBack()
  const { heartbeatAt } = await runs.read(ID)
  await expect.poll(async () => (await runs.read(ID)).heartbeatAt).not.toBe(heartbeatAt)
  expect(first.lost.aborted).toBe(false)
  const next = await runs.retry(first, RUNNER, log)
  await next.finish(null)
  expect(await runs.read(ID)).toMatchObject({ state: 'SUCCEEDED', attempt: 2 })
})

test('a run is lost when another runner has claimed the next attempt', async () => {
  const { end, put, first } = await scene(
    [
      async () => {
        await put(
          `runs/${ID}/attempt-0002`,
          JSON.stringify({ ...RUNNER, claimedAt: new Date().toISOString() }),
        )
        throw new BatchQueryError('DATABASE_LOST', 'it is gone')
      },
    ],
    { recover: async () => {} },
  )
  expect(await end()).toMatchObject({ failure: { code: 'RUN_CLAIMED' } })
  expect(first.lost.aborted).toBe(true)
})

test('an attempt does not mistake the next one for another runner when its heartbeat is paused', async () => {
  const { first, put } = await scene([])
  await first.start(PINNED)
  await first.pause()
  await put(`runs/${ID}/attempt-0002`, JSON.stringify({ ...RUNNER, claimedAt: new Date().toISOString() }))
  // Longer than many heartbeats.
  await setTimeout(100)
  expect(first.lost.aborted).toBe(false)
  await first.resume()
  expect(first.lost.aborted).toBe(true)
  await first.leave()
})
