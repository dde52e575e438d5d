import { BatchQueryError, type ErrorCode } from '../../errors/index.ts'
import type { EcsTaskState } from './ecs-task.ts'

const RERUN = 'Start a new run of the task with `batchquery rerun`.'

interface Cause {
  readonly code: ErrorCode
  /** The text that follows "run ID ". */
  readonly what: string
  readonly hint: string
  readonly retryable: boolean
}

const KILLED = 137

/** Why an ECS task did not start. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html */
const NOT_STARTED: readonly (readonly [RegExp, hint: string, retryable: boolean])[] = [
  [
    /CannotPull/,
    'Check the image in the task definition and the rights of its execution role. In a private subnet, also check the endpoints ecr.api, ecr.dkr and S3.',
    false,
  ],
  [
    /logging driver/,
    'Create the log group of the task definition, or set awslogs-create-group. Allow the execution role logs:CreateLogStream and logs:PutLogEvents.',
    false,
  ],
  [
    /ResourceInitializationError/,
    'Check the execution role (secrets, registry). Check that the subnet reaches ECR, Secrets Manager and CloudWatch Logs by a NAT gateway, endpoints or a public IP.',
    false,
  ],
  [
    /CannotStartContainer|CannotCreateContainer|ContainerRuntimeError/,
    'Check the ENTRYPOINT of the image, which must start batchquery-task, and `fargate.container` in batchquery.yaml.',
    false,
  ],
  [/InternalError|Timeout|Capacity/i, RERUN, true],
]

/**
 * Returns why the runner of a run ended before its run, from the state of its ECS task.
 *
 * @param wasClaimed whether a runner had the run
 */
export function explainStop(id: string, task: EcsTaskState, wasClaimed: boolean): BatchQueryError {
  const { code, what, hint, retryable } = causeOf(task, wasClaimed)
  return new BatchQueryError(code, `run ${id} ${what} (${factsOf(task)})`, { hint, retryable })
}

/** The facts as ECS reports them: `stopCode EssentialContainerExited, stoppedReason "...", exit code 137`. */
export function factsOf({ name, status, stopCode, stoppedReason, container }: EcsTaskState): string {
  return [
    `ECS task ${name.id} ${status}`,
    ...(stopCode === null ? [] : [`stopCode ${stopCode}`]),
    ...(stoppedReason === null ? [] : [`stoppedReason ${JSON.stringify(stoppedReason)}`]),
    ...(container?.reason ? [`container ${container.name} ${JSON.stringify(container.reason)}`] : []),
    ...(container === null || container.exitCode === null ? [] : [`exit code ${container.exitCode}`]),
  ].join(', ')
}

function causeOf(task: EcsTaskState, wasClaimed: boolean): Cause {
  const { stopCode, stoppedReason, container, memory } = task
  const said = `${stoppedReason ?? ''} ${container?.reason ?? ''}`
  const exitCode = container?.exitCode ?? null
  const lost = (what: string, hint: string, retryable = true): Cause => ({
    code: 'RUNNER_LOST',
    what,
    hint,
    retryable,
  })
  // AWS has called it by both names.
  if (stopCode === 'SpotInterruption' || /Spot Task was interrupted/i.test(said))
    return lost(
      'lost its Spot capacity',
      'Start a new run of the task with `batchquery rerun`, without --spot if it is urgent.',
    )
  // The reason of a failed start may contain this word in the name of the image.
  const hasStarted = stopCode !== 'TaskFailedToStart'
  if (stopCode === 'TerminationNotice' || (hasStarted && /maintenance|retire/i.test(said)))
    return lost('lost its machine, which AWS retired', RERUN)
  if (stopCode === 'UserInitiated')
    return lost(
      'was stopped by StopTask',
      'Start a new run of the task with `batchquery rerun`, unless a user stopped it on purpose.',
    )
  if (/OutOfMemory/.test(said) || exitCode === KILLED)
    return lost(
      `was killed${/OutOfMemory/.test(said) ? ' because it ran out of memory' : ''}, with ${memory ?? 'unknown'} MiB`,
      'Raise --memory, or find out what needs so much in the task.',
      false,
    )
  if (exitCode === null) return notStarted(said)
  if (wasClaimed) return lost('lost its runner, which ended without an error', RERUN)
  return {
    code: 'ENGINE_FAILED',
    what: 'has an ECS task that ended before a runner claimed the run',
    hint: 'Check the ENTRYPOINT of the image, which must start batchquery-task. Then read the log of the container, which says why batchquery-task ended.',
    retryable: false,
  }
}

function notStarted(said: string): Cause {
  const [, hint, retryable] = NOT_STARTED.find(([reason]) => reason.test(said)) ?? [
    null,
    'Correct the cause in the message, then run again.',
    true,
  ]
  return { code: 'ENGINE_FAILED', what: 'did not start', hint, retryable }
}
