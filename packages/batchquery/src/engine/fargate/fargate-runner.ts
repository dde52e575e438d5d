import { setTimeout } from 'node:timers/promises'
import type { FargatePrices } from '../../config/index.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { Log } from '../../platform/index.ts'
import { isFinal, type RunRecord, type RunStore } from '../../run/index.ts'
import type { Launched, LostRunner } from '../engine.ts'
import type { AwsClients } from './clients.ts'
import { lastLinesOf } from './container-log.ts'
import { describeCost } from './cost.ts'
import { describeTask, type EcsTaskState, hasStopped, stopTask } from './ecs-task.ts'
import type { ShownLog } from './shown-log.ts'
import { explainStop } from './why-stopped.ts'

/** Milliseconds. */
export interface FollowIntervals {
  /** How often ECS is asked before the task runs, and from then on. */
  readonly startMs: number
  readonly pollMs: number
  /** How long a runner may take to heed a cancel request before its ECS task is stopped. */
  readonly graceMs: number
}

export const INTERVALS: FollowIntervals = { startMs: 2_000, pollMs: 5_000, graceMs: 25_000 }

const LAST_LINES = 20
/** How long a runner may take to come where ECS does not tell of it. */
const LONGEST_START_MS = 10 * 60 * 1000
/** The log is looked at every 2 s. */
const LOG_MS = 2_500

export interface Following {
  readonly id: string
  readonly arn: string
  readonly clients: AwsClients
  readonly runs: RunStore
  readonly log: Log
  /** Null where nobody looks. */
  readonly shown: ShownLog | null
  readonly intervals: FollowIntervals
  /** @default - as `describeCost` */
  readonly prices?: FargatePrices | undefined
}

/**
 * A run on Fargate, followed. Its log and its end come from the store, where they stand before the record says that the
 * run has ended; ECS is asked whether there is anybody still who could write it.
 */
export class FargateRunner implements Launched {
  readonly isElsewhere = true
  readonly #following: Following
  readonly #startedAt = performance.now()
  #exitCode: Promise<number> | null = null
  #arn: string
  #state: EcsTaskState | null = null
  #isStopAsked = false

  constructor(following: Following) {
    this.#following = following
    this.#arn = following.arn
  }

  /** Followed from the first time on that somebody asks. */
  get exitCode(): Promise<number> {
    this.#exitCode ??= this.#follow()
    return this.#exitCode
  }

  /** SIGINT cancels the run: by its record, and where the runner does not heed that, by StopTask. SIGTERM stops the task. */
  signal(name: 'SIGINT' | 'SIGTERM'): void {
    const stopping = name === 'SIGINT' ? this.#cancel() : this.#stop('terminated by batchquery run')
    stopping.catch(thrown => this.#following.log.warn(BatchQueryError.from(thrown).message))
  }

  kill(): void {
    this.#stop('killed by batchquery run').catch(thrown =>
      this.#following.log.warn(BatchQueryError.from(thrown).message),
    )
  }

  async explain(left: RunRecord): Promise<LostRunner> {
    const { id } = this.#following
    const state = this.#state
    if (state === null || !hasStopped(state)) return { error: forgotten(id, this.#arn), lastLines: [] }
    return {
      error: explainStop(id, state, left.attempt > 0),
      lastLines: await this.#lastLines(state, left.attempt),
    }
  }

  /** Of the container, which may have said more than the run's log has; of that one where CloudWatch does not tell. */
  async #lastLines(state: EcsTaskState, attempt: number): Promise<readonly string[]> {
    const { id, clients, runs, log } = this.#following
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
    const { prices } = this.#following
    const state = (await this.#look()) ?? this.#state
    if (state === null) return []
    const { stopCode, stoppedReason } = state
    const isOwnEnd = stopCode === null || stopCode === 'EssentialContainerExited'
    const cost = describeCost(state, Date.now(), prices)
    return [
      ...(isOwnEnd ? [] : [`ECS has stopped it: stopCode ${stopCode}, ${JSON.stringify(stoppedReason)}`]),
      ...(cost === null ? [] : [cost]),
    ]
  }

  async #follow(): Promise<number> {
    const over = new AbortController()
    const showing = this.#showLog(over.signal)
    // The log ends with the run: then the record has the exit code.
    const ended = showing.then(() => 'ended' as const)
    const watching = this.#watch(over.signal)
    // A rejection that nobody waits for any more ends the process.
    ended.catch(() => {})
    watching.catch(() => {})
    try {
      const stopped = await Promise.race([ended, watching])
      if (stopped === 'ended') return await this.#ended()
      await Promise.race([showing, setTimeout(LOG_MS)])
      return stopped?.container?.exitCode ?? 1
    } catch (thrown) {
      this.#following.log.warn(
        `run ${this.#following.id} goes on: the same command with its id follows it again`,
      )
      throw thrown
    } finally {
      over.abort()
      await showing.catch(() => {})
    }
  }

  /** The last word of the runner stands in no log of the run. */
  async #ended(): Promise<number> {
    const { id, log } = this.#following
    const { state, exitCode } = await this.#read()
    log.info(`run ${id} ${state}`)
    return exitCode ?? 1
  }

  async #showLog(signal: AbortSignal): Promise<void> {
    const { id, runs, shown } = this.#following
    for await (const piece of runs.followLog(id, { signal, isWatched: true })) shown?.write(piece)
    shown?.end()
  }

  /**
   * Settles once nobody is left to end the run: with the ECS task that has stopped, or null where ECS does not tell of it.
   * Never settles where the run ends, or is somebody else's to end.
   */
  async #watch(signal: AbortSignal): Promise<EcsTaskState | null> {
    for (;;) {
      const { startMs, pollMs } = this.#following.intervals
      await setTimeout(this.#state?.status === 'RUNNING' ? pollMs : startMs, undefined, { signal })
      const state = await this.#look()
      if (state !== null && !hasStopped(state)) continue
      const record = await this.#read()
      if (isFinal(record.state)) continue
      const owner = record.runner?.ecsTask
      // It lost the run to another ECS task.
      if (owner !== undefined && owner !== this.#arn) this.#arn = owner
      // Or to whoever cancelled it, and is about to end it.
      else if (owner === undefined && record.attempt > 0 && !(await this.#following.runs.isDead(record)))
        continue
      else if (state !== null || (await this.#isGone(record))) return state
    }
  }

  /** Of a run whose ECS task is unknown, or may not be asked for: the silence has to tell. */
  async #isGone(record: RunRecord): Promise<boolean> {
    if (record.state === 'QUEUED') return performance.now() - this.#startedAt > LONGEST_START_MS
    return this.#following.runs.isDead(record)
  }

  /** Null where ECS does not know it (yet), or cannot be asked: the record tells more. */
  async #look(): Promise<EcsTaskState | null> {
    const { clients, log } = this.#following
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
    const { id, runs, intervals } = this.#following
    const { state } = await runs.requestCancel(id)
    // Nobody is there yet to heed it.
    if (state !== 'QUEUED') await setTimeout(intervals.graceMs, undefined, { ref: false })
    if (!isFinal((await this.#read()).state)) await this.#stop('cancelled by batchquery run')
  }

  async #stop(reason: string): Promise<void> {
    if (this.#isStopAsked) return
    this.#isStopAsked = true
    await stopTask(this.#following.clients, this.#arn, this.#following.id, reason)
  }

  #read(): Promise<RunRecord> {
    return this.#following.runs.read(this.#following.id)
  }
}

const forgotten = (id: string, arn: string): BatchQueryError =>
  new BatchQueryError('RUNNER_LOST', `run ${id} has lost its runner: ECS does not tell of ${arn}`, {
    hint: 'Start a new run of the task with `batchquery rerun`.',
  })
