import type { FargateLookup } from '../engine/fargate/index.ts'
import type { BatchQueryError } from '../errors/index.ts'
import {
  type EngineLookup,
  type LaunchState,
  NO_LAUNCH,
  type RunnerRecord,
  type RunnerState,
  type RunRecord,
} from '../run/index.ts'
import type { Store } from '../store/index.ts'

/** The ECS task of a run, as `show` prints it. */
export interface ShownEcsTask {
  readonly arn: string
  readonly status: string
  readonly stopCode: string | null
  readonly stoppedReason: string | null
  /** The exit code of the runner's container; null if it has not ended, or never ran. */
  readonly exitCode: number | null
  /** All of it, for the user. */
  readonly facts: string
}

/** The engines' knowledge about the runs of a home bucket. AWS code is loaded with the first run that needs it. */
export class CombinedLookup implements EngineLookup {
  readonly #store: Store
  readonly #bucket: string
  #fargate: Promise<FargateLookup> | null = null

  constructor(store: Store, bucket: string) {
    this.#store = store
    this.#bucket = bucket
  }

  async runnerState(runner: RunnerRecord): Promise<RunnerState> {
    return runner.ecsTask === undefined ? 'unknown' : (await this.#lookup()).runnerState(runner)
  }

  async launchState(record: RunRecord): Promise<LaunchState> {
    return isElsewhere(record) ? (await this.#lookup()).launchState(record) : NO_LAUNCH
  }

  async explainLoss(record: RunRecord): Promise<BatchQueryError | null> {
    return isElsewhere(record) ? (await this.#lookup()).explainLoss(record) : null
  }

  /** Returns the ECS task of a run; null for a run on another engine, or if ECS does not report it. */
  async ecsTaskOf(record: RunRecord): Promise<ShownEcsTask | null> {
    if (!isElsewhere(record)) return null
    const { factsOf } = await import('../engine/fargate/index.ts')
    const state = await (await this.#lookup()).taskOf(record)
    if (state === null) return null
    const { name, status, stopCode, stoppedReason, container } = state
    const exitCode = container?.exitCode ?? null
    return { arn: name.arn, status, stopCode, stoppedReason, exitCode, facts: factsOf(state) }
  }

  /** Has the engine stop the runner of a run. @returns false if the run has no runner elsewhere @throws as `stopTask` */
  async stop(record: RunRecord, reason: string): Promise<boolean> {
    return isElsewhere(record) && (await this.#lookup()).stop(record, reason)
  }

  /** Stops the machines of a dead run. @throws as `Executions.stop` */
  async stopMachines(execution: string): Promise<void> {
    const { Executions } = await import('../engine/fargate/index.ts')
    await new Executions().stop(execution, 'the coordinator of the machines is dead')
  }

  #lookup(): Promise<FargateLookup> {
    this.#fargate ??= import('../engine/fargate/index.ts').then(
      ({ FargateLookup }) => new FargateLookup(this.#store, this.#bucket),
    )
    return this.#fargate
  }
}

/** Whether the runner of a run is elsewhere. Also true if ECS started it without a launch of batchquery. */
export const isElsewhere = ({ engine, runner }: RunRecord): boolean =>
  engine.name === 'fargate' || runner?.ecsTask !== undefined
