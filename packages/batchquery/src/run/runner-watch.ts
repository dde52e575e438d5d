import { setTimeout } from 'node:timers/promises'
import { BatchQueryError } from '../errors/index.ts'
import type { LaunchState } from './engine-lookup.ts'
import { isFinal, type RunRecord } from './record.ts'
import { runnerStateHere } from './runner-process.ts'

const POLL_MS = 500

/** Answers questions about the runner of a run. */
export interface RunnerSource {
  isDead(record: RunRecord): Promise<boolean>
  launchState(record: RunRecord): Promise<LaunchState>
}

/**
 * Reports whether a run still has a runner, for a caller that reads its record again and again. Asks the store only if the
 * record has not changed for long, or if this machine knows that the runner has ended.
 */
export class RunnerWatch {
  readonly #source: RunnerSource
  readonly #patienceMs: number
  #seen = ''
  #changedAt: number

  /** @param patienceMs how long a run may wait for a claim, and how long its record may stay unchanged */
  constructor(source: RunnerSource, patienceMs: number) {
    this.#source = source
    this.#patienceMs = patienceMs
    this.#changedAt = performance.now()
  }

  /** @returns true if the run has not ended, and no runner has it or will start for it */
  async isDead(record: RunRecord): Promise<boolean> {
    if (isFinal(record.state) || !(await this.#isDoubtful(record))) return false
    if (await this.#hasNone(record)) return true
    this.#changedAt = performance.now()
    return false
  }

  async #isDoubtful({ state, attempt, heartbeatAt, runner }: RunRecord): Promise<boolean> {
    const seen = `${state} ${attempt} ${heartbeatAt}`
    const isFirst = this.#seen === ''
    if (seen !== this.#seen) this.#changedAt = performance.now()
    this.#seen = seen
    // Its runner may have died long ago.
    if (isFirst && state !== 'QUEUED') return true
    if (performance.now() - this.#changedAt >= this.#patienceMs) return true
    return runner !== null && (await runnerStateHere(runner)) === 'ended'
  }

  /** A QUEUED run has none if no runner is on its way. Any process may start it again then, because only one can claim it. */
  async #hasNone(record: RunRecord): Promise<boolean> {
    if (record.state === 'QUEUED') return !(await this.#source.launchState(record)).isAwaited
    return this.#source.isDead(record)
  }
}

/** The error for a run without a runner. Its engine may know the cause. */
export async function deadRunError(record: RunRecord, source: RunnerSource): Promise<BatchQueryError> {
  const { failure } = record.state === 'QUEUED' ? await source.launchState(record) : { failure: null }
  if (failure !== null) return failure
  const { id, state, attempt, runner } = record
  const whose =
    runner === null ? 'a runner' : `its runner (attempt ${attempt}, process ${runner.pid} on ${runner.host})`
  return new BatchQueryError('RUNNER_LOST', `run ${id} is ${state}, but ${whose} does not respond`, {
    hint: `Run it again with its id, ${id}, or end it with \`batchquery reap\`.`,
  })
}

/** Reads the record of a run and watches its runner, as `RunStore` does. */
interface WatchedRuns {
  read(id: string): Promise<RunRecord>
  watch(): RunnerWatch
}

/**
 * Reads the record of a run every 500 ms until the run has ended, no runner has it any more, or the time is over.
 *
 * @param options `forMs`: milliseconds @default - no limit
 * @returns the record that was read last
 * @throws RUN_NOT_FOUND; an AbortError when the signal aborts
 */
export async function waitForEnd(
  id: string,
  runs: WatchedRuns,
  {
    forMs = Number.POSITIVE_INFINITY,
    signal,
  }: { readonly forMs?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<RunRecord> {
  const watch = runs.watch()
  const startedAt = performance.now()
  for (;;) {
    const record = await runs.read(id)
    if (isFinal(record.state) || (await watch.isDead(record))) return record
    const remainingMs = forMs - (performance.now() - startedAt)
    if (remainingMs <= 0) return record
    await setTimeout(Math.min(POLL_MS, remainingMs), undefined, { signal })
  }
}

/**
 * Gives the runner of a run time to react to a cancel request. If the run has not ended by then, `stop` ends the runner.
 *
 * @throws as `waitForEnd` and `stop`
 */
export async function stopAfterGrace(
  id: string,
  runs: WatchedRuns,
  graceMs: number,
  stop: (record: RunRecord) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const record = await waitForEnd(id, runs, { forMs: graceMs, signal })
  if (!isFinal(record.state)) await stop(record)
}
