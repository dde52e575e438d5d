import { setTimeout } from 'node:timers/promises'
import type { FargatePrices } from '../../config/index.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { Log } from '../../platform/index.ts'
import { isFinal, type RunRecord, type RunStore, stopAfterGrace } from '../../run/index.ts'
import type { LostRunner, StartedRunner } from '../engine.ts'
import type { AwsClients } from './clients.ts'
import { lastLinesOf } from './container-log.ts'
import { describeCost } from './cost.ts'
import { describeTask, type EcsTaskState, hasStopped, stopTask } from './ecs-task.ts'
import type { ShownLog } from './shown-log.ts'
import { explainStop } from './why-stopped.ts'

/** Milliseconds. */
export interface FollowIntervals {
  /** How often ECS is asked before the ECS task runs. */
  readonly startMs: number
  /** How often ECS is asked from then on. */
  readonly pollMs: number
  /** How long a runner may take to react to a cancel request before its ECS task is stopped. */
  readonly graceMs: number
}

export const INTERVALS: FollowIntervals = { startMs: 2_000, pollMs: 5_000, graceMs: 25_000 }

const LAST_LINES = 20
/** How long a runner may take to start if ECS does not report its ECS task. */
const LONGEST_START_MS = 10 * 60 * 1000
/** The log is read every 2 s. */
const LOG_MS = 2_500

export interface FargateRunnerOptions {
  readonly id: string
  readonly arn: string
  readonly clients: AwsClients
  readonly runs: RunStore
  readonly log: Log
  /** Null if the log is not shown. */
  readonly shown: ShownLog | null
  readonly intervals: FollowIntervals
  /** @default - as `describeCost` */
  readonly prices?: FargatePrices | undefined
}

/**
 * The runner of a run on Fargate, followed by this process. Log and end of the run come from the store: both are written before
 * the record has a final state. ECS is asked only whether the runner, which writes them, still lives.
 */
export class FargateRunner implements StartedRunner {
  readonly isElsewhere = true
  readonly #options: FargateRunnerOptions
  readonly #startedAt = performance.now()
  #exitCode: Promise<number> | null = null
  #arn: string
  #state: EcsTaskState | null = null
  #isStopRequested = false

  constructor(options: FargateRunnerOptions) {
    this.#options = options
    this.#arn = options.arn
  }

  /** The first access starts following. */
  get exitCode(): Promise<number> {
    this.#exitCode ??= this.#follow()
    return this.#exitCode
  }

  /** SIGINT requests the cancel of the run, and stops the ECS task if the runner does not react. SIGTERM stops the ECS task. */
  signal(name: 'SIGINT' | 'SIGTERM'): void {
    const stopping = name === 'SIGINT' ? this.#cancel() : this.#stop('terminated by batchquery run')
    stopping.catch(thrown => this.#options.log.warn(BatchQueryError.from(thrown).message))
  }

  kill(): void {
    this.#stop('killed by batchquery run').catch(thrown =>
      this.#options.log.warn(BatchQueryError.from(thrown).message),
    )
  }

  async explain(record: RunRecord): Promise<LostRunner> {
    const { id } = this.#options
    const state = this.#state
    if (state === null || !hasStopped(state)) return { error: unknownTask(id, this.#arn), lastLines: [] }
    return {
      error: explainStop(id, state, record.attempt > 0),
      lastLines: await this.#lastLines(state, record.attempt),
    }
  }

  /** The last lines of the container, which may have more than the log of the run. Without CloudWatch, those of the log of the run. */
  async #lastLines(state: EcsTaskState, attempt: number): Promise<readonly string[]> {
    const { id, clients, runs, log } = this.#options
    try {
      const lines = await lastLinesOf(clients, state, LAST_LINES)
      if (lines.length > 0) return lines
    } catch (thrown) {
      log.debug(BatchQueryError.from(thrown).message)
    }
    let text = ''
    for await (const piece of runs.readLog(id, attempt)) text += piece
    return text === '' ? [] : text.trimEnd().split('\n').slice(-LAST_LINES)
  }

  async summary(): Promise<readonly string[]> {
    const { prices } = this.#options
    const state = (await this.#look()) ?? this.#state
    if (state === null) return []
    const { stopCode, stoppedReason } = state
    const hasEndedItself = stopCode === null || stopCode === 'EssentialContainerExited'
    const cost = describeCost(state, Date.now(), prices)
    return [
      ...(hasEndedItself
        ? []
        : [`ECS has stopped it: stopCode ${stopCode}, ${JSON.stringify(stoppedReason)}`]),
      ...(cost === null ? [] : [cost]),
    ]
  }

  async #follow(): Promise<number> {
    const over = new AbortController()
    const showing = this.#showLog(over.signal)
    // The log ends when the run has ended. Then the record has the exit code.
    const ended = showing.then(() => 'ended' as const)
    const watching = this.#watch(over.signal)
    // An unhandled rejection would end the process.
    ended.catch(() => {})
    watching.catch(() => {})
    try {
      const stopped = await Promise.race([ended, watching])
      if (stopped === 'ended') return await this.#ended()
      await Promise.race([showing, setTimeout(LOG_MS)])
      return stopped?.container?.exitCode ?? 1
    } catch (thrown) {
      this.#options.log.warn(
        `run ${this.#options.id} continues; run the same command with its id to follow it again`,
      )
      throw thrown
    } finally {
      over.abort()
      await showing.catch(() => {})
    }
  }

  /** The runner writes its last line to no log of the run. */
  async #ended(): Promise<number> {
    const { id, log } = this.#options
    const { state, exitCode } = await this.#read()
    log.info(`run ${id} ${state}`)
    return exitCode ?? 1
  }

  async #showLog(signal: AbortSignal): Promise<void> {
    const { id, runs, shown } = this.#options
    for await (const piece of runs.followLog(id, { signal, isWatched: true })) shown?.write(piece)
    shown?.end()
  }

  /**
   * Resolves when no process will end the run: with the stopped ECS task, or null if ECS does not report it. Does not resolve if the
   * run has ended, or if another process ends it.
   */
  async #watch(signal: AbortSignal): Promise<EcsTaskState | null> {
    for (;;) {
      const { startMs, pollMs } = this.#options.intervals
      await setTimeout(this.#state?.status === 'RUNNING' ? pollMs : startMs, undefined, { signal })
      const state = await this.#look()
      if (state !== null && !hasStopped(state)) continue
      const record = await this.#read()
      if (isFinal(record.state)) continue
      const owner = record.runner?.ecsTask
      // Another ECS task has taken the run over.
      if (owner !== undefined && owner !== this.#arn) this.#arn = owner
      // Another process has claimed the run to end it.
      else if (owner === undefined && record.attempt > 0 && !(await this.#options.runs.isDead(record)))
        continue
      else if (state !== null || (await this.#isGone(record))) return state
    }
  }

  /** Decides by the silence of the run: ECS does not know its ECS task, or this process may not ask. */
  async #isGone(record: RunRecord): Promise<boolean> {
    if (record.state === 'QUEUED') return performance.now() - this.#startedAt > LONGEST_START_MS
    return this.#options.runs.isDead(record)
  }

  /** Null if ECS does not know the ECS task (yet), or cannot be asked. */
  async #look(): Promise<EcsTaskState | null> {
    const { clients, log } = this.#options
    const before = this.#state?.status
    try {
      const state = await describeTask(clients, this.#arn)
      if (state === null) return null
      if (state.status !== before) log.info(`ECS task ${state.name.id}: ${state.status}`)
      this.#state = state
      return state
    } catch (thrown) {
      log.debug(BatchQueryError.from(thrown).message)
      return null
    }
  }

  async #cancel(): Promise<void> {
    const { id, runs, intervals } = this.#options
    const { state } = await runs.requestCancel(id)
    // No runner can react yet.
    const graceMs = state === 'QUEUED' ? 0 : intervals.graceMs
    await stopAfterGrace(id, runs, graceMs, () => this.#stop('cancelled by batchquery run'))
  }

  async #stop(reason: string): Promise<void> {
    if (this.#isStopRequested) return
    this.#isStopRequested = true
    await stopTask(this.#options.clients, this.#arn, this.#options.id, reason)
  }

  #read(): Promise<RunRecord> {
    return this.#options.runs.read(this.#options.id)
  }
}

const unknownTask = (id: string, arn: string): BatchQueryError =>
  new BatchQueryError('RUNNER_LOST', `run ${id} has lost its runner: ECS does not know ${arn}`, {
    hint: 'Start a new run of the task with `batchquery rerun`.',
  })
