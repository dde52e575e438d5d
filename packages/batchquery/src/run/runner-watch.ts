import { BatchQueryError } from '../errors/index.ts'
import type { Outlook } from './engine-lookup.ts'
import { isFinal, type RunRecord } from './record.ts'
import { fateHere } from './runner-process.ts'

/** Whom to ask for the runner of a run. */
export interface RunnerSource {
  isDead(record: RunRecord): Promise<boolean>
  outlookOf(record: RunRecord): Promise<Outlook>
}

/**
 * Whether a run that is looked at again and again has a runner still. The store is asked when its record did not change for
 * long, and at once where this machine knows that the runner is dead.
 */
export class RunnerWatch {
  readonly #source: RunnerSource
  readonly #patienceMs: number
  #seen = ''
  #changedAt: number

  /** @param patienceMs how long a run may wait to be claimed, and its record may stay as it is */
  constructor(source: RunnerSource, patienceMs: number) {
    this.#source = source
    this.#patienceMs = patienceMs
    this.#changedAt = performance.now()
  }

  /** @returns true where the run has not ended, and no runner has it or will come for it */
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
    // It may have died long ago.
    if (isFirst && state !== 'QUEUED') return true
    if (performance.now() - this.#changedAt >= this.#patienceMs) return true
    return runner !== null && (await fateHere(runner)) === 'ended'
  }

  /** A run that nobody claimed in this time may be started by anybody: one of them will claim it. */
  async #hasNone(record: RunRecord): Promise<boolean> {
    if (record.state === 'QUEUED') return !(await this.#source.outlookOf(record)).isAwaited
    return this.#source.isDead(record)
  }
}

/** What is said of a run that is left; its engine may know why. */
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
