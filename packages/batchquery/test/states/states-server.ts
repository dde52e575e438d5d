import type { Server } from 'node:http'
import { isDeepStrictEqual } from 'node:util'
import { ECS, type RunTaskCommandInput, type Task } from '@aws-sdk/client-ecs'
import * as shapes from '@aws-sdk/client-sfn'
import { ACCOUNT } from '../ecs/definitions.ts'
import { type Answer, type Call, failed, ok, serve } from '../ecs/protocol.ts'
import { shapeFaults } from '../ecs/shapes.ts'
import { type Document, isDocument, runStates, StateError } from './interpreter.ts'

const SHAPES: Readonly<Record<string, Parameters<typeof shapeFaults>[0]>> = {
  StartExecution: shapes.StartExecutionInput$,
  DescribeExecution: shapes.DescribeExecutionInput$,
  StopExecution: shapes.StopExecutionInput$,
}

const POLL_MS = 50
/** Seconds of a pause take so many milliseconds here. */
const SECOND_MS = 20

class Execution {
  readonly arn: string
  readonly machine: string
  readonly name: string
  readonly input: string
  readonly startedAt = Date.now()
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED' = 'RUNNING'
  output: string | undefined
  error: string | undefined
  cause: string | undefined
  readonly ending = new AbortController()

  constructor(machine: string, name: string, input: string) {
    this.machine = machine
    this.name = name
    this.input = input
    this.arn = `${machine.replace(':stateMachine:', ':execution:')}:${name}`
  }

  end(status: Execution['status'], error?: string, cause?: string): void {
    if (this.status !== 'RUNNING') return
    this.status = status
    this.error = error
    this.cause = cause
    this.ending.abort()
  }
}

/**
 * AWS Step Functions, as far as batchquery uses it, with its own protocol. Its tasks are those of an ECS server. It checks requests against
 * the SDK's shapes.
 */
export class StatesServer {
  readonly executions: Execution[] = []
  readonly calls: Call[] = []
  readonly #machines = new Map<string, Document>()
  readonly #ecs: ECS
  readonly #region: string
  #server: Server | null = null
  url = ''

  private constructor(region: string, ecsUrl: string) {
    this.#region = region
    this.#ecs = new ECS({
      region,
      endpoint: ecsUrl,
      maxAttempts: 1,
      credentials: { accessKeyId: 'states', secretAccessKey: 'states' },
    })
  }

  static async start(region: string, ecsUrl: string): Promise<StatesServer> {
    const states = new StatesServer(region, ecsUrl)
    const { server, url } = await serve({ call: call => states.#call(call), get: () => null }, '1.0')
    states.#server = server
    states.url = url
    return states
  }

  stop(): void {
    for (const execution of this.executions) execution.end('ABORTED')
    this.#server?.closeAllConnections()
    this.#server?.close()
    this.#ecs.destroy()
  }

  /** Forgets executions and calls. */
  reset(): void {
    for (const execution of this.executions) execution.end('ABORTED')
    this.executions.length = 0
    this.calls.length = 0
  }

  /** @returns its ARN */
  create(name: string, definition: Document): string {
    const arn = `arn:aws:states:${this.#region}:${ACCOUNT}:stateMachine:${name}`
    this.#machines.set(arn, definition)
    return arn
  }

  async #call(call: Call): Promise<Answer> {
    this.calls.push(call)
    const { action, input } = call
    const shape = SHAPES[action]
    if (shape === undefined) throw new Error(`no ${action} here`)
    const faults = shapeFaults(shape, input)
    if (faults.length > 0) return failed('ValidationException', faults.join('; '))
    if (action === 'StartExecution') return this.#start(input)
    const execution = this.executions.find(({ arn }) => arn === input.executionArn)
    if (execution === undefined)
      return failed('ExecutionDoesNotExist', `Execution Does Not Exist: '${input.executionArn}'`)
    if (action === 'StopExecution') {
      execution.end('ABORTED', String(input.error), String(input.cause))
      return ok({ stopDate: Date.now() / 1000 })
    }
    return this.#describe(execution)
  }

  #start({ stateMachineArn, name, input }: Document): Answer {
    const machine = this.#machines.get(String(stateMachineArn))
    if (machine === undefined)
      return failed('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`)
    const known = this.executions.find(
      execution => execution.machine === stateMachineArn && execution.name === name,
    )
    if (known !== undefined && (known.status !== 'RUNNING' || !isDeepStrictEqual(known.input, input)))
      return failed('ExecutionAlreadyExists', `Execution Already Exists: '${known.arn}'`)
    const execution = known ?? new Execution(String(stateMachineArn), String(name), String(input))
    if (known === undefined) {
      this.executions.push(execution)
      void this.#run(machine, execution)
    }
    return ok({ executionArn: execution.arn, startDate: execution.startedAt / 1000 })
  }

  #describe({ arn, machine, name, input, startedAt, status, output, error, cause }: Execution): Answer {
    return ok({
      ...{ executionArn: arn, stateMachineArn: machine, name, input, status },
      startDate: startedAt / 1000,
      ...(output !== undefined && { output }),
      ...(error !== undefined && { error }),
      ...(cause !== undefined && { cause }),
    })
  }

  async #run(machine: Document, execution: Execution): Promise<void> {
    const { signal } = execution.ending
    try {
      const output = await runStates(machine, JSON.parse(execution.input), {
        signal,
        pauseMs: seconds => seconds * SECOND_MS,
        task: (resource, parameters) => this.#runTask(resource, parameters, signal),
      })
      execution.output = JSON.stringify(output)
      execution.end('SUCCEEDED')
    } catch (thrown) {
      if (thrown instanceof StateError) execution.end('FAILED', thrown.error, thrown.message)
      else execution.end('FAILED', 'States.Runtime', String(thrown))
    }
  }

  /** `ecs:runTask.sync`: it waits for the end of the ECS task, and stops it when the execution is stopped. */
  async #runTask(resource: string, parameters: Document, signal: AbortSignal): Promise<unknown> {
    if (resource !== 'arn:aws:states:::ecs:runTask.sync') throw new Error(`no ${resource} here`)
    const request = recased(parameters, name => name.charAt(0).toLowerCase() + name.slice(1))
    if (!isRunTask(request)) throw new StateError('States.Runtime', 'no RunTask')
    const { tasks = [], failures = [] } = await this.#ecs.runTask(request).catch((thrown: Error) => {
      throw new StateError(`ECS.${thrown.name}`, thrown.message)
    })
    const [started] = tasks
    if (started?.taskArn === undefined)
      throw new StateError('AmazonECS.Unknown', JSON.stringify(pascal({ failures })))
    const name = { tasks: [started.taskArn], cluster: request.cluster }
    for (;;) {
      if (signal.aborted) {
        await this.#ecs.stopTask({
          task: started.taskArn,
          cluster: request.cluster,
          reason: 'stopped by AWS Step Functions',
        })
        throw new StateError('States.TaskFailed', 'the execution was stopped')
      }
      const [task] = (await this.#ecs.describeTasks(name)).tasks ?? []
      if (task?.lastStatus === 'STOPPED') return result(task)
      await new Promise(resolve => setTimeout(resolve, POLL_MS))
    }
  }
}

function result(task: Task): unknown {
  const isWell = task.containers?.every(({ exitCode }) => exitCode === 0) ?? false
  if (!isWell) throw new StateError('States.TaskFailed', JSON.stringify(pascal(task)))
  return pascal(task)
}

/** Step Functions has the names of all services in PascalCase. */
const pascal = (value: unknown): unknown =>
  recased(value, name => name.charAt(0).toUpperCase() + name.slice(1))

function recased(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map(item => recased(item, rename))
  if (!isDocument(value) || value instanceof Date) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [rename(name), recased(inner, rename)]),
  )
}

const isRunTask = (request: unknown): request is RunTaskCommandInput =>
  isDocument(request) && typeof request.taskDefinition === 'string'
