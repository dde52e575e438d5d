import { mkdtemp, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import * as logsShapes from '@aws-sdk/client-cloudwatch-logs'
import * as ecsShapes from '@aws-sdk/client-ecs'
import { runSecrets } from '../setup/secrets/run-secrets.ts'
import { describeDefinition, type TaskDefinition } from './definitions.ts'
import { EcsTask } from './ecs-task.ts'
import { LogStreams } from './log-streams.ts'
import { type Answer, type Call, failed, ok, serve } from './protocol.ts'
import { nameIn, readRunTask, refusalOf } from './run-task-rules.ts'
import { shapeFaults } from './shapes.ts'

/** Shapes of requests and answers, by action. */
const SHAPES: Readonly<
  Record<string, readonly [Parameters<typeof shapeFaults>[0], Parameters<typeof shapeFaults>[0]]>
> = {
  RunTask: [ecsShapes.RunTaskRequest$, ecsShapes.RunTaskResponse$],
  StopTask: [ecsShapes.StopTaskRequest$, ecsShapes.StopTaskResponse$],
  DescribeTasks: [ecsShapes.DescribeTasksRequest$, ecsShapes.DescribeTasksResponse$],
  DescribeTaskDefinition: [
    ecsShapes.DescribeTaskDefinitionRequest$,
    ecsShapes.DescribeTaskDefinitionResponse$,
  ],
  DescribeClusters: [ecsShapes.DescribeClustersRequest$, ecsShapes.DescribeClustersResponse$],
  DescribeLogGroups: [logsShapes.DescribeLogGroupsRequest$, logsShapes.DescribeLogGroupsResponse$],
  GetLogEvents: [logsShapes.GetLogEventsRequest$, logsShapes.GetLogEventsResponse$],
}

/** A layer in front of the service. It may answer itself, or change the answer of the service. */
export type Fault = (call: Call, proceed: () => Promise<Answer>) => Promise<Answer>

interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
}

export interface EcsOptions {
  readonly region: string
  /** The credentials of the task role for the containers. */
  readonly credentials: Credentials
}

const START_MS = 30

/**
 * Amazon ECS on Fargate and CloudWatch Logs, as far as batchquery uses them, with their own protocol. Containers
 * really run, as child processes. It checks requests and answers against the SDK's shapes.
 */
export class EcsServer {
  readonly logs = new LogStreams()
  /** In the order in which they were started. */
  readonly tasks: EcsTask[] = []
  readonly calls: Call[] = []
  readonly clusters = new Map<string, readonly string[]>([['batchquery-fg', ['FARGATE', 'FARGATE_SPOT']]])
  readonly definitions = new Map<string, TaskDefinition>()
  readonly #options: EcsOptions
  readonly #folder: string
  /** How long a task is PROVISIONING, and PENDING. */
  startMs = START_MS
  #faults: Fault[] = []
  #server: Server | null = null
  /** The tasks that DescribeTasks does not know. */
  readonly #forgotten = new Set<string>()
  readonly #byToken = new Map<string, { readonly input: unknown; readonly task: EcsTask }>()
  url = ''

  private constructor(options: EcsOptions, folder: string) {
    this.#options = options
    this.#folder = folder
  }

  static async start(options: EcsOptions): Promise<EcsServer> {
    const ecs = new EcsServer(options, await mkdtemp(join(tmpdir(), 'batchquery-ecs-')))
    const { server, url } = await serve({
      call: call => ecs.#call(call),
      get: (path, authorization) => ecs.#get(path, authorization),
    })
    ecs.#server = server
    ecs.url = url
    return ecs
  }

  /** Ends everything that still runs. */
  async stop(): Promise<void> {
    for (const task of this.tasks) task.kill()
    await Promise.all(this.tasks.map(({ stopped }) => stopped))
    this.#server?.closeAllConnections()
    this.#server?.close()
    await rm(this.#folder, { recursive: true, force: true })
  }

  define(definition: Partial<TaskDefinition> = {}): void {
    const { family = 'batchquery', ...rest } = definition
    this.definitions.set(family, {
      family,
      status: 'ACTIVE',
      cpu: 256,
      memory: 512,
      container: 'batchquery',
      image: 'runner',
      environment: {},
      stopTimeoutMs: 30_000,
      logGroup: '/batchquery',
      ...rest,
    })
  }

  /** Adds faults for the following calls. The first fault is the outermost. */
  fail(...faults: readonly Fault[]): void {
    this.#faults.push(...faults)
  }

  withoutFaults(): void {
    this.#faults = []
  }

  /** Removes the faults, and forgets calls, tokens and tasks. */
  reset(): void {
    this.#faults = []
    this.calls.length = 0
    this.tasks.length = 0
    this.logs.lateMs = 0
    this.startMs = START_MS
    this.#forgotten.clear()
    this.#byToken.clear()
  }

  /** Forgets a task, like ECS an hour after its end. */
  forget(task: EcsTask): void {
    this.#forgotten.add(task.arn)
  }

  /** A task that another user starts, with only its command. */
  runPlain(command: readonly string[]): EcsTask {
    const definition = this.definitions.get('batchquery')
    if (definition === undefined) throw new Error('no task definition')
    const overrides = { containerOverrides: [{ name: definition.container, command }] }
    return this.#start(readRunTask({ cluster: 'batchquery-fg', overrides }), definition, {})
  }

  /** A token that another user has used for another request. */
  rememberToken(token: string): void {
    this.#byToken.set(token, { input: {}, task: this.runPlain([]) })
  }

  callsOf(action: string): Call[] {
    return this.calls.filter(call => call.action === action)
  }

  async #call(call: Call): Promise<Answer> {
    this.calls.push(call)
    const [request, response] = SHAPES[call.action] ?? []
    if (request === undefined || response === undefined) throw new Error(`no ${call.action} here`)
    const faults = shapeFaults(request, call.input)
    if (faults.length > 0) return failed('SerializationException', faults.join('; '))
    const chain = this.#faults.reduceRight<() => Promise<Answer>>(
      (proceed, fault) => () => fault(call, proceed),
      async () => this.#answer(call),
    )
    const answer = await chain()
    const wrong = answer.kind === 'ok' ? shapeFaults(response, JSON.parse(JSON.stringify(answer.output))) : []
    if (wrong.length > 0) throw new Error(`the answer to ${call.action} is none of AWS: ${wrong.join('; ')}`)
    return answer
  }

  #answer({ action, input }: Call): Answer {
    switch (action) {
      case 'RunTask':
        return this.#runTask(input)
      case 'StopTask':
        return this.#stopTask(input)
      case 'DescribeTasks':
        return this.#describeTasks(input)
      case 'DescribeTaskDefinition':
        return this.#describeTaskDefinition(input)
      case 'DescribeClusters':
        return this.#describeClusters(input)
      case 'DescribeLogGroups':
        return this.logs.describeLogGroups(input)
      default:
        return this.logs.getLogEvents(input)
    }
  }

  #runTask(input: Record<string, unknown>): Answer {
    const asked = readRunTask(input)
    const providers = this.clusters.get(asked.cluster)
    if (providers === undefined) return failed('ClusterNotFoundException', 'Cluster not found.')
    const definition = this.definitions.get(familyOf(asked.taskDefinition))
    if (definition === undefined) return failed('ClientException', 'TaskDefinition not found.')
    const refusal = refusalOf(input, definition, providers)
    if (refusal !== null) return refusal
    const known = this.#byToken.get(asked.clientToken ?? '')
    if (known !== undefined && !isDeepStrictEqual(known.input, input))
      return failed('ConflictException', 'The request was already made with other parameters.', {
        resourceIds: [known.task.arn],
      })
    const task = known?.task ?? this.#start(asked, definition, input)
    if (asked.clientToken !== undefined) this.#byToken.set(asked.clientToken, { input, task })
    return ok({ tasks: [task.describe()], failures: [] })
  }

  #start(
    asked: ReturnType<typeof readRunTask>,
    definition: TaskDefinition,
    input: Record<string, unknown>,
  ): EcsTask {
    const { cluster, container, overrides, startedBy, isSpot, cpu, memory } = asked
    const line = (task: EcsTask, text: string): void => {
      const { logGroup, container: name } = task.definition
      if (logGroup !== null) this.logs.append(logGroup, `task/${name}/${task.id}`, text)
    }
    const task = new EcsTask(
      {
        ...{
          cluster,
          command: container.command,
          environment: container.environment,
          overrides,
          startedBy,
          isSpot,
        },
        ...{ cpu: cpu ?? definition.cpu, memory: memory ?? definition.memory, tags: input.tags },
      },
      definition,
      { region: this.#options.region, url: this.url, folder: this.#folder, line },
      this.startMs,
    )
    runSecrets()?.register(`the credentials token of ECS task ${task.id}`, task.token)
    this.tasks.push(task)
    return task
  }

  #stopTask(input: Record<string, unknown>): Answer {
    const task = this.#find(String(input.task))
    if (task === undefined) return failed('InvalidParameterException', 'The referenced task was not found.')
    task.stop('UserInitiated', typeof input.reason === 'string' ? input.reason : '')
    return ok({ task: task.describe() })
  }

  #describeTasks(input: Record<string, unknown>): Answer {
    if (!this.clusters.has(nameIn(String(input.cluster ?? 'default'))))
      return failed('ClusterNotFoundException', 'Cluster not found.')
    const arns = Array.isArray(input.tasks) ? input.tasks.map(String) : []
    const found = arns.flatMap(arn => this.#find(arn)?.describe() ?? [])
    const failures = arns
      .filter(arn => this.#find(arn) === undefined)
      .map(arn => ({ arn, reason: 'MISSING' }))
    return ok({ tasks: found, failures })
  }

  #describeTaskDefinition(input: Record<string, unknown>): Answer {
    const definition = this.definitions.get(familyOf(String(input.taskDefinition)))
    if (definition === undefined) return failed('ClientException', 'Unable to describe task definition.')
    return ok({ taskDefinition: describeDefinition(this.#options.region, definition) })
  }

  #describeClusters(input: Record<string, unknown>): Answer {
    const names = Array.isArray(input.clusters) ? input.clusters.map(each => nameIn(String(each))) : []
    const clusters = names.flatMap(clusterName => {
      const capacityProviders = this.clusters.get(clusterName)
      return capacityProviders === undefined ? [] : { clusterName, status: 'ACTIVE', capacityProviders }
    })
    const failures = names
      .filter(name => !this.clusters.has(name))
      .map(name => ({ arn: name, reason: 'MISSING' }))
    return ok({ clusters, failures })
  }

  #find(arn: string): EcsTask | undefined {
    return this.tasks.find(task => task.arn === arn && !this.#forgotten.has(arn))
  }

  /** The endpoints that a container has for itself. */
  #get(path: string, authorization: string | undefined): unknown {
    const [, kind, id, rest = ''] = /^\/(v4|credentials)\/(\w+)(\/task)?$/.exec(path) ?? []
    const task = this.tasks.find(each => each.id === id)
    if (task === undefined) return null
    if (kind === 'credentials') return authorization === task.token ? this.#credentials() : null
    if (rest === '') return { DockerName: task.definition.container, Name: task.definition.container }
    return task.metadata()
  }

  #credentials(): Record<string, string> {
    const { accessKeyId, secretAccessKey, sessionToken } = this.#options.credentials
    return {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Token: sessionToken,
      Expiration: new Date(Date.now() + 3_600_000).toISOString(),
    }
  }
}

/** The family of a name, of `family:revision`, or of an ARN. */
const familyOf = (definition: string): string => nameIn(definition).replace(/:\d+$/, '')
