import { AwsFailure } from '../../../aws/index.ts'
import { BatchQueryError } from '../../../errors/index.ts'
import { AwsClients, requestPatiently } from '../clients.ts'
import type { TaskSize } from '../size.ts'
import { type LostMachine, lostMachines } from './lost-machines.ts'

/** Beyond this, the state machine uses a distributed Map. An inline one runs so many items at once. */
const INLINE_MACHINES = 40

/** What the coordinator of a run needs to start machines. */
export interface FanOutSettings {
  /** The ARN of the state machine. */
  readonly stateMachine: string
  readonly machines: number
  readonly size: TaskSize
  readonly spot: boolean
}

/** The input of an execution, apart from its settings. */
export interface ExecutionOrder {
  /** The id of the run. */
  readonly run: string
  /** The home bucket. */
  readonly bucket: string
  /** Bucket and key of the task. */
  readonly command: readonly string[]
  /** Names the work of the machines: `0001-0002/<SHA-256>`. */
  readonly work: string
  readonly machines: number
}

/** An execution as Step Functions reports it. */
export interface ExecutionStatus {
  readonly isOver: boolean
  /** Null if it runs or has succeeded. */
  readonly failure: string | null
  /** Those that no retry could replace. */
  readonly lost: readonly LostMachine[]
}

/** The executions of state machines that start machines. */
export class Executions {
  readonly #clients: AwsClients

  constructor(clients = new AwsClients()) {
    this.#clients = clients
  }

  /**
   * Starts an execution. Safe to repeat: Step Functions starts one execution for a name and an input.
   *
   * @throws as `requestPatiently`
   */
  async start(arn: string, settings: FanOutSettings, order: ExecutionOrder): Promise<void> {
    const { region, stateMachine, name } = parseExecutionArn(arn)
    const sfn = await this.#clients.sfn(region)
    await requestPatiently(doing('start the machines', 'StartExecution', stateMachine), () =>
      sfn.startExecution({
        stateMachineArn: stateMachine,
        name,
        input: JSON.stringify(inputOf(settings, order)),
      }),
    )
  }

  async describe(arn: string): Promise<ExecutionStatus> {
    const { region } = parseExecutionArn(arn)
    const sfn = await this.#clients.sfn(region)
    const { status, error, cause, output } = await requestPatiently(
      doing('look at the machines', 'DescribeExecution', arn),
      () => sfn.describeExecution({ executionArn: arn }),
    )
    const failure =
      status === 'RUNNING' || status === 'SUCCEEDED'
        ? null
        : [status, error, cause].filter(Boolean).join(': ')
    return { isOver: status !== 'RUNNING', failure, lost: lostMachines(output ?? '[]') }
  }

  /** Does nothing if there is no such execution, or if it has ended. */
  async stop(arn: string, reason: string): Promise<void> {
    const { region } = parseExecutionArn(arn)
    const sfn = await this.#clients.sfn(region)
    try {
      await requestPatiently(doing('stop the machines', 'StopExecution', arn), () =>
        sfn.stopExecution({ executionArn: arn, error: 'Stopped', cause: reason }),
      )
    } catch (thrown) {
      const { cause } = BatchQueryError.from(thrown)
      if (!(cause instanceof AwsFailure && cause.code === 'ExecutionDoesNotExist')) throw thrown
    }
  }
}

const doing = (what: string, action: string, resource: string) => ({
  what: `${what} (Step Functions)`,
  action: `states:${action}`,
  resource,
})

function inputOf({ size, spot }: FanOutSettings, { machines, ...order }: ExecutionOrder): object {
  return {
    ...order,
    // ECS accepts no dots here.
    startedBy: `batchquery/${order.run.replaceAll('.', '_')}`,
    workers: Array.from({ length: machines }, (_, index) => String(index + 1)),
    isMany: machines > INLINE_MACHINES,
    cpu: String(size.cpu),
    memory: String(size.memory),
    capacity: [{ CapacityProvider: spot ? 'FARGATE_SPOT' : 'FARGATE', Weight: 1 }],
  }
}

const MOST_NAME = 80

/**
 * The ARN of an execution, which is known before its start. Its name has the run, the attempt and the export, so that a repeated start
 * finds it.
 *
 * @param number counts the executions of the export, from 1
 * @throws CONFIG for another text than the ARN of a state machine
 */
export function executionArn(stateMachine: string, run: string, board: string, number: number): string {
  const [, partition, place, name] =
    /^arn:([a-z-]+):states:([a-z0-9-]+:\d{12}):stateMachine:([\w-]{1,80})$/.exec(stateMachine) ?? []
  if (name === undefined)
    throw new BatchQueryError('CONFIG', `${JSON.stringify(stateMachine)} is not the ARN of a state machine`, {
      hint: 'Correct `fargate.stateMachine` in batchquery.yaml: arn:aws:states:REGION:ACCOUNT:stateMachine:NAME.',
    })
  const rest = `-${board}-${number}`
  return `arn:${partition}:states:${place}:execution:${name}:${run.slice(0, MOST_NAME - rest.length)}${rest}`
}

/** @throws ENGINE_FAILED for a text that is not such an ARN: it may come from the store, where other programs write too */
export function parseExecutionArn(arn: string): {
  readonly region: string
  readonly stateMachine: string
  readonly name: string
} {
  const [, partition, region, account, machine, name] =
    /^arn:([a-z-]+):states:([a-z0-9-]+):(\d{12}):execution:([\w-]{1,80}):([\w.-]{1,80})$/.exec(arn) ?? []
  if (name === undefined || region === undefined)
    throw new BatchQueryError('ENGINE_FAILED', `${JSON.stringify(arn.slice(0, 200))} is not an execution`, {
      hint: 'Run the task again as a new run. A program other than batchquery wrote this object.',
    })
  return {
    region,
    name,
    stateMachine: `arn:${partition}:states:${region}:${account}:stateMachine:${machine}`,
  }
}
