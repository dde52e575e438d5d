import { BatchQueryError } from '../errors/index.ts'
import type { Outlook } from './engine-lookup.ts'
import { isFinal, type RunRecord } from './record.ts'
import { fateHere } from './runner-process.ts'

/** Answers questions about the runner of a run. */
export interface RunnerSource {
  isDead(record: RunRecord): Promise<boolean>
  outlookOf(record: RunRecord): Promise<Outlook>
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
    return runner !== null && (await fateHere(runner)) === 'ended'
  }

  /** A QUEUED run has none if no runner is on its way. Any process may start it again then, because only one can claim it. */
  async #hasNone(record: RunRecord): Promise<boolean> {
    if (record.state === 'QUEUED') return !(await this.#source.outlookOf(record)).isAwaited
    return this.#source.isDead(record)
  }
}

/** The error for a run without a runner. Its engine may know the cause. */
export async function deadRunError(record: RunRecord, source: RunnerSource): Promise<BatchQueryError> {
  const { failure } = record.state === 'QUEUED' ? await source.outlookOf(record) : { failure: null }
  if (failure !== null) return failure
  const { id, state, attempt, runner } = record
  const whose =
    runner === null ? 'a runner' : `its runner (attempt ${attempt}, process ${runner.pid} on ${runner.host})`
  return new BatchQueryError('RUNNER_LOST', `run ${id} is ${state}, and nothing is heard of ${whose}`, {
    hint: `Run it again with its id, ${id}, or end it with \`batchquery reap\`.`,
  })
}
