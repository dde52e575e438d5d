import { type FargateSettings, SHARED_STORE } from '../../config/index.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { Log } from '../../platform/index.ts'
import { Launches, type RunRecord, type RunStore, storeEnvironment } from '../../run/index.ts'
import type { Store } from '../../store/index.ts'
import type { Engine, StartedRunner, StartOptions } from '../engine.ts'
import { AwsClients } from './clients.ts'
import { parseTaskArn } from './ecs-task.ts'
import type { FanOutSettings } from './fan-out/index.ts'
import { FargateRunner, type FollowIntervals, INTERVALS } from './fargate-runner.ts'
import { launchRun } from './launch-run.ts'
import { buildRequest, isTooLong, type RunTaskRequest } from './run-task-request.ts'
import { type Screen, ShownLog } from './shown-log.ts'
import { chooseSize, type TaskSize } from './size.ts'
import { checkActive, chooseContainer, describeDefinition, type RunnerDefinition } from './task-definition.ts'

/** How long a run without a timeout waits for capacity. */
const START_MS = 10 * 60 * 1000
/** Characters of JSON. The runner reads longer arguments from the record. */
const LONGEST_ARGUMENTS = 2_000

export interface FargateEngineOptions {
  readonly settings: FargateSettings
  /** The request of the submitter, which takes precedence over the settings. */
  readonly request: Partial<TaskSize> & { readonly spot?: boolean; readonly tasks?: number }
  readonly store: Store
  /** The home bucket. */
  readonly bucket: string
  readonly runs: RunStore
  readonly log: Log
  /** Shows the log of a run. */
  readonly screen: Screen
  readonly intervals?: Partial<FollowIntervals>
}

/** Starts runners as ECS tasks on AWS Fargate. */
export class FargateEngine implements Engine {
  readonly name = 'fargate'
  readonly isRemote = true
  readonly #options: FargateEngineOptions
  readonly #clients = new AwsClients()
  readonly #launches: Launches

  constructor(options: FargateEngineOptions) {
    this.#options = options
    this.#launches = new Launches(options.store, options.bucket)
  }

  async start(run: RunRecord, options: StartOptions): Promise<StartedRunner> {
    const { settings, runs, log, screen, intervals } = this.#options
    const arn = (await this.#liveTask(run)) ?? (await this.#launch(run, options))
    log.info(`run ${run.id}: ECS task ${parseTaskArn(arn).id} in ${settings.cluster}`)
    const out = options.stdout === 'stdout' ? screen.stdout : screen.stderr
    return new FargateRunner({
      id: run.id,
      arn,
      clients: this.#clients,
      runs,
      log,
      shown: options.detached ? null : new ShownLog({ stdout: out, stderr: screen.stderr }, options.talk),
      intervals: { ...INTERVALS, ...intervals },
      prices: settings.prices,
    })
  }

  /** Returns the ECS task that has the run, also if another process launched it. */
  async #liveTask(run: RunRecord): Promise<string | null> {
    const ecsTask = run.runner?.ecsTask
    return ecsTask === undefined || (await this.#options.runs.isDead(run)) ? null : ecsTask
  }

  async #launch(run: RunRecord, options: StartOptions): Promise<string> {
    const { settings, request, runs, log } = this.#options
    const seconds = run.request.timeoutSeconds
    const { ecsTask } = await launchRun(run, {
      clients: this.#clients,
      launches: this.#launches,
      runs,
      log,
      request: spot => this.#runTaskRequest(run, options, spot),
      spot: request.spot ?? settings.spot,
      patience: {
        until: performance.now() + (seconds === null ? START_MS : seconds * 1000),
        signal: options.signal,
        log,
      },
    })
    if (ecsTask === null) throw new BatchQueryError('INTERNAL', `the launch of run ${run.id} has no ECS task`)
    return ecsTask
  }

  async #runTaskRequest(run: RunRecord, options: StartOptions, spot: boolean): Promise<RunTaskRequest> {
    const { settings, request, store, bucket } = this.#options
    const { cpu = settings.cpu, memory = settings.memory } = request
    // Refuse a size that Fargate lacks before anything is requested.
    if (cpu !== undefined && memory !== undefined) chooseSize({ cpu, memory }, null)
    const definition = await this.#definition()
    const { id, task, args } = run
    const parts = {
      settings,
      container: chooseContainer(settings.container, settings.taskDefinition, definition),
      size: chooseSize({ cpu, memory }, definition?.size ?? null),
      spot,
      command: [task.bucket, task.key, ...(JSON.stringify(args).length > LONGEST_ARGUMENTS ? [] : args)],
    }
    const always = {
      ...this.#fanOut(spot, parts.size ?? definition?.size ?? null),
      BATCHQUERY_RUN_ID: id,
      BATCHQUERY_BUCKET: bucket,
      BATCHQUERY_STORE: SHARED_STORE,
      // These may differ between two processes that start the same run, so they are never stored.
      ...(await this.#endedTask(run)),
      BATCHQUERY_TALK: options.talk === 'verbose' ? 'verbose' : 'normal',
      BATCHQUERY_PROGRESS: options.progress ? '1' : '0',
    }
    const complete = buildRequest(id, { ...parts, environment: { ...options.environment, ...always } })
    if (!isTooLong(complete)) return complete
    const stored = await storeEnvironment(store, bucket, id, options.environment)
    return buildRequest(id, { ...parts, environment: { ...stored, ...always } })
  }

  /** What the runner needs to start further machines; empty if it reads alone. @throws CONFIG */
  #fanOut(spot: boolean, size: TaskSize | null): Record<string, string> {
    const { settings, request } = this.#options
    const { tasks: machines = settings.tasks ?? 1 } = request
    if (machines === 1) return {}
    const { stateMachine } = settings
    if (stateMachine === undefined)
      throw new BatchQueryError(
        'CONFIG',
        `--tasks ${machines} needs a state machine, and none is configured`,
        {
          hint: 'Create it with batchquery-cdk (`fanOut: true`), or name it as `fargate.stateMachine` in batchquery.yaml.',
        },
      )
    if (size === null)
      throw new BatchQueryError('CONFIG', `--tasks ${machines} needs the size of the machines`, {
        hint: 'Name it: --cpu and --memory. Or allow ecs:DescribeTaskDefinition to this role or user.',
      })
    // The same place in every process that starts the run: a launch is repeated only if it is the same.
    const fanOut: FanOutSettings = {
      stateMachine,
      machines,
      size: { cpu: size.cpu, memory: size.memory },
      spot,
    }
    return { BATCHQUERY_FAN_OUT: JSON.stringify(fanOut) }
  }

  /** The runner cannot ask ECS whether the runner before it has ended. Without this variable it would wait until that one counts as dead. */
  async #endedTask(run: RunRecord): Promise<Record<string, string>> {
    const ecsTask = run.runner?.ecsTask
    return ecsTask === undefined || (await this.#liveTask(run)) !== null
      ? {}
      : { BATCHQUERY_ENDED_TASK: ecsTask }
  }

  /** Null without the right to read it: the launch itself does not need it. */
  async #definition(): Promise<RunnerDefinition | null> {
    const { taskDefinition } = this.#options.settings
    try {
      const definition = await describeDefinition(this.#clients, null, taskDefinition)
      checkActive(taskDefinition, definition)
      return definition
    } catch (thrown) {
      const error = BatchQueryError.from(thrown)
      if (error.code !== 'PERMISSION') throw error
      this.#options.log.debug(error.message)
      return null
    }
  }
}
