import { BatchQueryError } from '../../errors/index.ts'
import {
  type EngineLookup,
  Launches,
  NO_OUTLOOK,
  type Outlook,
  type RunnerFate,
  type RunnerRecord,
  type RunRecord,
} from '../../run/index.ts'
import type { Store } from '../../store/index.ts'
import { AwsClients } from './clients.ts'
import { describeTask, type EcsTaskState, hasStopped, stopTask } from './ecs-task.ts'
import { UNKNOWN_MS } from './launch-run.ts'
import { explainStop } from './why-stopped.ts'

/** What ECS knows of the runs of a home bucket, for whoever looks at them from anywhere. */
export class FargateLookup implements EngineLookup {
  readonly #clients = new AwsClients()
  readonly #launches: Launches

  constructor(store: Store, bucket: string) {
    this.#launches = new Launches(store, bucket)
  }

  async fateOf({ ecsTask }: RunnerRecord): Promise<RunnerFate> {
    if (ecsTask === undefined) return 'unknown'
    const state = await this.#ask(ecsTask)
    if (state === null) return 'unknown'
    return hasStopped(state) ? 'ended' : 'lives'
  }

  async outlookOf({ id }: RunRecord): Promise<Outlook> {
    const launch = await this.#launches.latest(id).catch(() => null)
    if (launch === null) return NO_OUTLOOK
    // Whoever launches it may be waiting for room.
    if (launch.ecsTask === null) return { isAwaited: launch.ageMs < UNKNOWN_MS, failure: null }
    const state = await this.#ask(launch.ecsTask)
    if (state === null) return { isAwaited: launch.ageMs < UNKNOWN_MS, failure: null }
    return hasStopped(state)
      ? { isAwaited: false, failure: explainStop(id, state, false) }
      : { isAwaited: true, failure: null }
  }

  async lossOf({ id, runner }: RunRecord): Promise<BatchQueryError | null> {
    const state = runner?.ecsTask === undefined ? null : await this.#ask(runner.ecsTask)
    return state !== null && hasStopped(state) ? explainStop(id, state, true) : null
  }

  /** The ECS task of a run; null where it has none, or ECS does not know it or cannot be asked. */
  async taskOf(record: RunRecord): Promise<EcsTaskState | null> {
    const arn = await this.#arnOf(record)
    return arn === null ? null : this.#ask(arn)
  }

  /** @returns false where there is nothing to stop @throws PERMISSION and what else ECS may say */
  async stop(record: RunRecord, reason: string): Promise<boolean> {
    const arn = await this.#arnOf(record)
    if (arn === null) return false
    await stopTask(this.#clients, arn, record.id, reason)
    return true
  }

  async #arnOf({ id, runner }: RunRecord): Promise<string | null> {
    return runner?.ecsTask ?? (await this.#launches.latest(id))?.ecsTask ?? null
  }

  async #ask(arn: string): Promise<EcsTaskState | null> {
    try {
      return await describeTask(this.#clients, arn)
    } catch (thrown) {
      // Without the right to ask, or without a network, the silence of the run has to do.
      if (thrown instanceof BatchQueryError) return null
      throw thrown
    }
  }
}
