import { randomBytes, randomUUID } from 'node:crypto'
import { Container, type Ended } from './container.ts'
import { ACCOUNT, definitionArn, type TaskDefinition } from './definitions.ts'

/** The parts of RunTask's request that concern a task. */
export interface TaskRequest {
  readonly cluster: string
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly overrides: Record<string, unknown>
  readonly cpu: number
  readonly memory: number
  readonly startedBy: string | undefined
  readonly tags: unknown
  readonly isSpot: boolean
}

/** The surroundings of a container. */
export interface Surroundings {
  readonly region: string
  /** The URL of metadata and credentials. */
  readonly url: string
  readonly folder: string
  readonly line: (task: EcsTask, text: string) => void
}

const seconds = (date: Date | null): number | undefined => (date === null ? undefined : date.getTime() / 1000)

/**
 * An ECS task on Fargate.
 *
 *     PROVISIONING ─▶ PENDING ─▶ RUNNING ─▶ DEPROVISIONING ─▶ STOPPED
 *           └────────────┴─(StopTask, no image)──────┴───────────▲
 */
export class EcsTask {
  readonly id = randomBytes(16).toString('hex')
  readonly arn: string
  readonly token = randomUUID()
  readonly request: TaskRequest
  readonly definition: TaskDefinition
  readonly #surroundings: Surroundings
  /** Resolves when it has stopped. */
  readonly stopped: Promise<void>
  status = 'PROVISIONING'
  stopCode: string | null = null
  stoppedReason: string | null = null
  #container: Container | null = null
  #ended: Ended = { exitCode: null, reason: null }
  readonly #createdAt = new Date()
  #startedAt: Date | null = null
  #stoppedAt: Date | null = null

  constructor(request: TaskRequest, definition: TaskDefinition, surroundings: Surroundings, startMs: number) {
    this.request = request
    this.definition = definition
    this.#surroundings = surroundings
    this.arn = `arn:aws:ecs:${surroundings.region}:${ACCOUNT}:task/${request.cluster}/${this.id}`
    this.stopped = this.#live(startMs)
  }

  get isRunning(): boolean {
    return this.status === 'RUNNING'
  }

  /** StopTask, and anything else that ends a task from outside: SIGTERM, then SIGKILL. */
  stop(code: string, reason: string): void {
    if (this.stopCode !== null) return
    this.stopCode = code
    this.stoppedReason = reason
    this.#container?.terminate()
    setTimeout(() => this.#container?.kill(), this.definition.stopTimeoutMs).unref()
  }

  /** Ends the task as if the kernel had run out of memory. */
  runOutOfMemory(): void {
    this.#container?.kill('OutOfMemoryError: Container killed due to memory usage')
  }

  kill(): void {
    this.#container?.kill()
  }

  freeze(): void {
    this.#container?.freeze()
  }

  /** The task in the answer of its metadata endpoint. */
  metadata(): Record<string, unknown> {
    const { cluster, cpu, memory } = this.request
    const { family } = this.definition
    return {
      ...{ Cluster: cluster, TaskARN: this.arn, Family: family, Revision: '1' },
      Limits: { CPU: cpu / 1024, Memory: memory },
      PullStartedAt: this.#createdAt.toISOString(),
    }
  }

  /** The task in DescribeTasks' answer. */
  describe(): Record<string, unknown> {
    const { region } = this.#surroundings
    const { cluster, overrides, cpu, memory, startedBy, isSpot } = this.request
    return {
      taskArn: this.arn,
      clusterArn: `arn:aws:ecs:${region}:${ACCOUNT}:cluster/${cluster}`,
      taskDefinitionArn: definitionArn(region, this.definition),
      lastStatus: this.status,
      desiredStatus: this.stopCode === null ? 'RUNNING' : 'STOPPED',
      overrides,
      cpu: String(cpu),
      memory: String(memory),
      startedBy,
      attributes: [{ name: 'ecs.cpu-architecture', value: 'x86_64' }],
      platformVersion: '1.4.0',
      version: 1,
      ...(isSpot ? { capacityProviderName: 'FARGATE_SPOT' } : { launchType: 'FARGATE' }),
      createdAt: seconds(this.#createdAt),
      pullStartedAt: seconds(this.#createdAt),
      startedAt: seconds(this.#startedAt),
      stoppedAt: seconds(this.#stoppedAt),
      stopCode: this.stopCode ?? undefined,
      stoppedReason: this.stoppedReason ?? undefined,
      containers: [this.#describeContainer()],
    }
  }

  #describeContainer(): Record<string, unknown> {
    const { exitCode, reason } = this.#ended
    return {
      name: this.definition.container,
      taskArn: this.arn,
      lastStatus: this.status,
      ...(exitCode !== null && { exitCode }),
      ...(reason !== null && { reason }),
    }
  }

  async #live(startMs: number): Promise<void> {
    await pause(startMs)
    this.status = 'PENDING'
    await pause(startMs)
    if (this.stopCode === null) await this.#run()
    this.status = 'DEPROVISIONING'
    await pause(20)
    this.status = 'STOPPED'
    this.#stoppedAt = new Date()
  }

  async #run(): Promise<void> {
    const { image } = this.definition
    if (image === 'missing') {
      this.#notStarted(
        'CannotPullContainerError: pull image manifest has been retried 1 time(s): batchquery:latest: not found',
      )
      return
    }
    const { folder, line } = this.#surroundings
    const { command, cpu, memory } = this.request
    const size = { cpu, memory }
    const name = `batchquery-ecs-${this.id}`
    this.#container = Container.start(
      { image, name, command, environment: this.#environment(), size, folder },
      text => line(this, text),
    )
    this.status = 'RUNNING'
    this.#startedAt = new Date()
    this.#ended = await this.#container.ended
    if (this.#ended.exitCode === null) this.#notStarted(this.#ended.reason ?? '')
    else if (this.stopCode === null) {
      this.stopCode = 'EssentialContainerExited'
      this.stoppedReason = 'Essential container in task exited'
    }
  }

  #notStarted(reason: string): void {
    this.#ended = { exitCode: null, reason }
    this.stopCode ??= 'TaskFailedToStart'
    this.stoppedReason ??= reason
  }

  #environment(): Record<string, string> {
    const { url, region } = this.#surroundings
    return {
      AWS_REGION: region,
      ECS_CONTAINER_METADATA_URI_V4: `${url}/v4/${this.id}`,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/credentials/${this.id}`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: this.token,
      ...this.definition.environment,
      ...this.request.environment,
    }
  }
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
