import type { FargateLookup } from '../engine/fargate/index.ts'
import type { BatchQueryError } from '../errors/index.ts'
import {
  type EngineLookup,
  NO_OUTLOOK,
  type Outlook,
  type RunnerFate,
  type RunnerRecord,
  type RunRecord,
} from '../run/index.ts'
import type { Store } from '../store/index.ts'

/** The ECS task of a run, as `show` has it. */
export interface ShownEcsTask {
  readonly arn: string
  readonly status: string
  readonly stopCode: string | null
  readonly stoppedReason: string | null
  /** Of the runner's container; null where it goes on, or never ran. */
  readonly exitCode: number | null
  /** All of it, for people. */
  readonly facts: string
}

/** What the engines know of the runs of a home bucket. Nothing of AWS is loaded before a run that needs it. */
export class CombinedLookup implements EngineLookup {
  readonly #store: Store
  readonly #bucket: string
  #fargate: Promise<FargateLookup> | null = null

  constructor(store: Store, bucket: string) {
    this.#store = store
    this.#bucket = bucket
  }

  async fateOf(runner: RunnerRecord): Promise<RunnerFate> {
    return runner.ecsTask === undefined ? 'unknown' : (await this.#view()).fateOf(runner)
  }

  async outlookOf(record: RunRecord): Promise<Outlook> {
    return isElsewhere(record) ? (await this.#view()).outlookOf(record) : NO_OUTLOOK
  }

  async lossOf(record: RunRecord): Promise<BatchQueryError | null> {
    return isElsewhere(record) ? (await this.#view()).lossOf(record) : null
  }

  /** Null for a run that is none of Fargate's, and where ECS tells nothing of it. */
  async ecsTaskOf(record: RunRecord): Promise<ShownEcsTask | null> {
    if (!isElsewhere(record)) return null
    const { factsOf } = await import('../engine/fargate/index.ts')
    const state = await (await this.#view()).taskOf(record)
    if (state === null) return null
    const { name, status, stopCode, stoppedReason, container } = state
    const exitCode = container?.exitCode ?? null
    return { arn: name.arn, status, stopCode, stoppedReason, exitCode, facts: factsOf(state) }
  }

  /** Ends the runner of a run from outside. @returns false where there is none to be ended so @throws as `stopTask` */
  async stop(record: RunRecord, reason: string): Promise<boolean> {
    return isElsewhere(record) && (await this.#view()).stop(record, reason)
  }

  #view(): Promise<FargateLookup> {
    this.#fargate ??= import('../engine/fargate/index.ts').then(
      ({ FargateLookup }) => new FargateLookup(this.#store, this.#bucket),
    )
    return this.#fargate
  }
}

/** Also of a run that nobody here has launched: its runner says where it is. */
export const isElsewhere = ({ engine, runner }: RunRecord): boolean =>
  engine.name === 'fargate' || runner?.ecsTask !== undefined
