import { setTimeout } from 'node:timers/promises'
import { BatchQueryError } from '../errors/index.ts'
import { type Log, unlessAborted } from '../platform/index.ts'
import type { OwnedRun } from '../run/index.ts'

/** Milliseconds. Each pause is twice as long as the one before. */
export interface Pauses {
  readonly firstMs: number
  readonly longestMs: number
}

const PAUSES: Pauses = { firstMs: 5_000, longestMs: 5 * 60_000 }

export interface Retrying {
  /** Aborts when the run is ended from outside. It ends the pauses too. */
  readonly signal: AbortSignal
  readonly log: Log
  /** @default - 5 s, and at most 5 min */
  readonly pauses?: Pauses
  /** Does the work of an attempt. The attempt fails with the error that it throws. */
  begin(run: OwnedRun): Promise<void>
  /** Recovers a failed attempt. */
  recover(run: OwnedRun): Promise<void>
  /** Claims the next attempt for this process. */
  next(run: OwnedRun): Promise<OwnedRun>
}

/** The last attempt and its error; null if it succeeded. */
export interface LastAttempt {
  readonly run: OwnedRun
  readonly failure: BatchQueryError | null
}

/**
 * Does the work of a run and begins again as often as the run has retries:
 *
 *     begin ──(fails: may pass)──▶ recover ──▶ pause ──▶ next ──▶ begin ...
 *       └──(succeeds; fails for good; is stopped)──▶ the last attempt
 *
 * Meanwhile the run keeps its state and its heartbeat. A failed claim counts as an attempt, because the store may be the thing that is
 * away. If recovery fails, the next attempt recovers the rest.
 */
export async function withRetries(first: OwnedRun, retrying: Retrying): Promise<LastAttempt> {
  const { signal, begin, recover, next, pauses: { firstMs, longestMs } = PAUSES } = retrying
  let run = first
  let failure = await failureOf(() => begin(run))
  let pauseMs = firstMs
  for (let remaining = run.record.request.retries ?? 0; remaining > 0; remaining--) {
    if (failure === null || !failure.retryable || signal.aborted) break
    report(run, failure, remaining, pauseMs, retrying.log)
    const unrecovered = await failureOf(() => unlessAborted(signal, () => recover(run)))
    if (unrecovered !== null && !signal.aborted)
      run.warn(`the leftovers of attempt ${run.record.attempt} are not recovered yet: ${unrecovered.message}`)
    if (run.recovered.isComplete) return { run, failure: null }
    const stopped = await failureOf(() =>
      unlessAborted(signal, () => setTimeout(pauseMs, undefined, { signal })),
    )
    if (stopped !== null) return { run, failure: stopped }
    pauseMs = Math.min(2 * pauseMs, longestMs)
    failure = await failureOf(async () => {
      run = await next(run)
      await begin(run)
    })
  }
  return { run, failure }
}

/** Reports a failed attempt in the log, and in the record, whose error is that of the last attempt. */
function report(run: OwnedRun, failure: BatchQueryError, remaining: number, pauseMs: number, log: Log): void {
  const { attempt } = run.record
  const { code, message, stack } = failure
  run.warn(
    `attempt ${attempt} failed: ${code}: ${message}; attempt ${attempt + 1} of ${attempt + remaining} in ${pauseMs / 1000} s`,
  )
  if (stack !== undefined) log.debug(stack)
}

async function failureOf(work: () => Promise<void>): Promise<BatchQueryError | null> {
  try {
    await work()
    return null
  } catch (thrown) {
    return BatchQueryError.from(thrown)
  }
}
