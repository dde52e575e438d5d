import { BatchQueryError } from '../../errors/index.ts'
import {
  type EngineLookup,
  Launches,
  type LaunchState,
  NO_LAUNCH,
  type RunnerRecord,
  type RunnerState,
  type RunRecord,
} from '../../run/index.ts'
import type { Store } from '../../store/index.ts'
import { AwsClients } from './clients.ts'
import { describeTask, type EcsTaskState, hasStopped, stopTask } from './ecs-task.ts'
import { UNKNOWN_MS } from './launch-run.ts'
import { explainStop } from './why-stopped.ts'

/** What ECS knows about the runs of a home bucket, on any machine. */
export class FargateLookup implements EngineLookup {
  readonly #clients = new AwsClients()
  readonly #launches: Launches

  constructor(store: Store, bucket: string) {
    this.#launches = new Launches(store, bucket)
  }

  async runnerState({ ecsTask }: RunnerRecord): Promise<RunnerState> {
    if (ecsTask === undefined) return 'unknown'
    const state = await this.#describe(ecsTask)
    if (state === null) return 'unknown'
    return hasStopped(state) ? 'ended' : 'lives'
  }

  async launchState({ id }: RunRecord): Promise<LaunchState> {
    const launch = await this.#launches.latest(id).catch(() => null)
    if (launch === null) return NO_LAUNCH
    // The process that launches it may be waiting for capacity.
    if (launch.ecsTask === null) return { isAwaited: launch.ageMs < UNKNOWN_MS, failure: null }
    const state = await this.#describe(launch.ecsTask)
    if (state === null) return { isAwaited: launch.ageMs < UNKNOWN_MS, failure: null }
    return hasStopped(state)
      ? { isAwaited: false, failure: explainStop(id, state, false) }
      : { isAwaited: true, failure: null }
  }

  async explainLoss({ id, runner }: RunRecord): Promise<BatchQueryError | null> {
    const state = runner?.ecsTask === undefined ? null : await this.#describe(runner.ecsTask)
    return state !== null && hasStopped(state) ? explainStop(id, state, true) : null
  }

  /** Returns the ECS task of a run; null if it has none, or if ECS does not know it or cannot be asked. */
  async taskOf(record: RunRecord): Promise<EcsTaskState | null> {
    const arn = await this.#arnOf(record)
    return arn === null ? null : this.#describe(arn)
  }

  /** Stops the ECS task of a run. @returns false if it has none @throws as `stopTask` */
  async stop(record: RunRecord, reason: string): Promise<boolean> {
    const arn = await this.#arnOf(record)
    if (arn === null) return false
    await stopTask(this.#clients, arn, record.id, reason)
    return true
  }

  async #arnOf({ id, runner }: RunRecord): Promise<string | null> {
    return runner?.ecsTask ?? (await this.#launches.latest(id))?.ecsTask ?? null
  }

  async #describe(arn: string): Promise<EcsTaskState | null> {
    try {
      return await describeTask(this.#clients, arn)
    } catch (thrown) {
      // Without the right to ask, or without a network, only the silence of the run shows that its runner is dead.
      if (thrown instanceof BatchQueryError) return null
      throw thrown
    }
  }
}
