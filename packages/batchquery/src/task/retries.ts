import { setTimeout } from 'node:timers/promises'
import { BatchQueryError } from '../errors/index.ts'
import { type Log, unlessAborted } from '../platform/index.ts'
import type { OwnedRun } from '../run/index.ts'

/** Milliseconds. A pause is twice as long as the one before. */
export interface Pauses {
  readonly firstMs: number
  readonly longestMs: number
}

const PAUSES: Pauses = { firstMs: 5_000, longestMs: 5 * 60_000 }

export interface Retrying {
  /** What ends the run from outside ends the pauses too. */
  readonly signal: AbortSignal
  readonly log: Log
  /** @default - 5 s, and at most 5 min */
  readonly pauses?: Pauses
  /** Does the work of an attempt. What it throws is how the attempt failed. */
  begin(run: OwnedRun): Promise<void>
  /** Settles what an attempt that failed has left. */
  recover(run: OwnedRun): Promise<void>
  /** Claims the next attempt for this process. */
  next(run: OwnedRun): Promise<OwnedRun>
}

/** The last attempt, and how it failed: null where it did not. */
export interface LastAttempt {
  readonly run: OwnedRun
  readonly failure: BatchQueryError | null
}

/**
 * Does the work of a run, and begins again as often as the run has retries:
 *
 *     begin ──(fails: may pass)──▶ settle ──▶ pause ──▶ next ──▶ begin ...
 *       └──(ends well; fails for good; is stopped)──▶ the last attempt
 *
 * The run stays as it is meanwhile, and its heart beats. A claim that fails counts as an attempt: the store may be what is
 * missing. What could not be recovered is recovered by the next attempt.
 */
export async function withRetries(first: OwnedRun, retrying: Retrying): Promise<LastAttempt> {
  const { signal, begin, recover, next, pauses: { firstMs, longestMs } = PAUSES } = retrying
  let run = first
  let failure = await failureOf(() => begin(run))
  let pauseMs = firstMs
  for (let left = run.record.request.retries ?? 0; left > 0; left--) {
    if (failure === null || !failure.retryable || signal.aborted) break
    tell(run, failure, left, pauseMs, retrying.log)
    const unrecovered = await failureOf(() => unlessAborted(signal, () => recover(run)))
    if (unrecovered !== null && !signal.aborted)
      run.warn(`what attempt ${run.record.attempt} left is not recovered yet: ${unrecovered.message}`)
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

/** Into the log of the attempt that failed, and into the record, which has the error of the last one alone otherwise. */
function tell(run: OwnedRun, failure: BatchQueryError, left: number, pauseMs: number, log: Log): void {
  const { attempt } = run.record
  const { code, message, stack } = failure
  run.warn(
    `attempt ${attempt} failed: ${code}: ${message}; attempt ${attempt + 1} of ${attempt + left} in ${pauseMs / 1000} s`,
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
