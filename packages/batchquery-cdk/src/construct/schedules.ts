import { Stack, Token } from 'aws-cdk-lib'
import type { ICluster } from 'aws-cdk-lib/aws-ecs'
import { type IGrantable, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { CfnSchedule, CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import { scheduleNameFault } from '../rules/names.ts'
import { expressionFault, timeZoneFault } from '../rules/schedule-expression.ts'
import { storageFault } from '../rules/sizes.ts'
import { grantKey } from './keys.ts'
import { explainRule, explainWildcard } from './reasons.ts'
import { CONTAINER, type Size, sizeOf } from './task-definition.ts'

export interface BatchQuerySchedule {
  /** `cron(15 2 * * ? *)`, `rate(1 day)` or `at(2026-11-23T02:15:00)`. */
  readonly expression: string
  /** Key of the task in the home bucket, as in `script/batchquery.sql`. */
  readonly task: string
  /** Arguments of a script; SQL has `params`. @default - none */
  readonly args?: readonly string[]
  /**
   * Parameters of the task, by name; no secrets, but `secret:ARN` of one in `secrets`. `<aws.scheduler.scheduled-time>` in a value
   * becomes the time that the run was due at, as in 2026-11-23T02:15:00Z.
   *
   * @default - none
   */
  readonly params?: Readonly<Record<string, string>>
  /** CPU units of its runs. @default - as all have */
  readonly cpu?: number
  /** Of its runs. @default - as all have */
  readonly memoryLimitMiB?: number
  /** Of its runs, 21 to 200. @default - as all have */
  readonly ephemeralStorageGiB?: number
  /**
   * Whether its runs take spare capacity, which is cheaper and may be taken away again. If there is none, Scheduler tries for an
   * hour, and none of the runs goes on demand.
   *
   * @default - false
   */
  readonly spot?: boolean
  /** @default - UTC */
  readonly timeZone?: string
  /** @default - true */
  readonly enabled?: boolean
  /**
   * What becomes of a run that is due while an earlier one of the schedule has not ended: `skip` ends it at once, FAILED with
   * SCHEDULE_OVERLAP and the id of the other; nothing starts it again. A run that somebody started by hand is not looked at.
   *
   * @default 'skip'
   */
  readonly overlap?: 'skip' | 'allow'
}

const RETRY_SECONDS = 3_600
const RETRIES = 10

/** What a schedule starts, and where. */
export interface ScheduleTarget {
  readonly name: string
  /** Of an ECS task that is not told otherwise. */
  readonly size: Size
  readonly cluster: ICluster
  readonly taskDefinitionArn: string
  readonly bucketName: string
  readonly subnets: readonly string[]
  readonly securityGroups: readonly string[]
  readonly assignPublicIp: boolean
  readonly encryptionKey: IKey | undefined
  readonly grantStart: (grantee: IGrantable) => void
}

/**
 * Scheduler delivers at least once, so a run is called after its schedule and the time it was due at: the second delivery finds the
 * first one's run, and ends with a conflict.
 *
 * @returns where deliveries end that could not be made; null without schedules
 */
export function createSchedules(
  scope: Construct,
  schedules: Readonly<Record<string, BatchQuerySchedule>>,
  target: ScheduleTarget,
): Queue | null {
  const named = Object.entries(schedules)
  if (named.length === 0) return null
  const { encryptionKey } = target
  const deadLetters = new Queue(scope, 'ScheduleDeadLetters', {
    enforceSSL: true,
    encryption: encryptionKey ? QueueEncryption.KMS : QueueEncryption.SQS_MANAGED,
    ...(encryptionKey && { encryptionMasterKey: encryptionKey }),
  })
  explainRule(deadLetters, 'SQS3', 'it is the queue of dead letters itself')
  const group = new CfnScheduleGroup(scope, 'ScheduleGroup', { name: target.name })
  const role = new Role(scope, 'ScheduleRole', {
    description: 'batchquery: EventBridge Scheduler starts ECS tasks',
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      // Scheduler tells the group, never the schedule: a group of its own keeps other schedules of the account out.
      conditions: {
        StringEquals: { 'aws:SourceAccount': Stack.of(scope).account, 'aws:SourceArn': group.attrArn },
      },
    }),
  })
  target.grantStart(role)
  explainWildcard(
    role,
    everyRevision(scope, target.name),
    'a schedule goes on with the next revision; the cluster is a condition',
  )
  role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [deadLetters.queueArn] }))
  if (encryptionKey) grantKey(role, encryptionKey, scope, 'sqs')
  for (const [name, schedule] of named)
    createSchedule(scope, name, schedule, { ...target, group, role, deadLetters })
  return deadLetters
}

interface PlacedTarget extends ScheduleTarget {
  readonly group: CfnScheduleGroup
  readonly role: Role
  readonly deadLetters: Queue
}

function createSchedule(
  scope: Construct,
  name: string,
  schedule: BatchQuerySchedule,
  { group, role, deadLetters, ...target }: PlacedTarget,
): void {
  const fault = scheduleFault(target.name, name, schedule)
  if (fault !== null) throw new Error(`schedule ${JSON.stringify(name)}: ${fault}.`)
  const command = [target.bucketName, schedule.task, ...(schedule.args ?? [])]
  // The runner makes the run id of them: the time has characters that an id cannot have.
  const environment = [
    { name: 'BATCHQUERY_SCHEDULE', value: name },
    { name: 'BATCHQUERY_SCHEDULED_TIME', value: '<aws.scheduler.scheduled-time>' },
    { name: 'BATCHQUERY_OVERLAP', value: schedule.overlap ?? 'skip' },
    ...(schedule.params ? [{ name: 'BATCHQUERY_PARAMS', value: JSON.stringify(schedule.params) }] : []),
  ]
  new CfnSchedule(scope, `Schedule-${name}`, {
    name: `${target.name}-${name}`,
    groupName: group.ref,
    scheduleExpression: schedule.expression,
    scheduleExpressionTimezone: schedule.timeZone ?? 'UTC',
    state: (schedule.enabled ?? true) ? 'ENABLED' : 'DISABLED',
    flexibleTimeWindow: { mode: 'OFF' },
    target: {
      arn: target.cluster.clusterArn,
      roleArn: role.roleArn,
      input: Stack.of(scope).toJsonString({
        containerOverrides: [{ name: CONTAINER, command, environment }],
        ...taskOverrides(schedule, target.size),
      }),
      ecsParameters: {
        taskDefinitionArn: target.taskDefinitionArn,
        ...(schedule.spot
          ? { capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }] }
          : { launchType: 'FARGATE' }),
        taskCount: 1,
        networkConfiguration: {
          awsvpcConfiguration: {
            subnets: [...target.subnets],
            securityGroups: [...target.securityGroups],
            assignPublicIp: target.assignPublicIp ? 'ENABLED' : 'DISABLED',
          },
        },
      },
      retryPolicy: { maximumEventAgeInSeconds: RETRY_SECONDS, maximumRetryAttempts: RETRIES },
      deadLetterConfig: { arn: deadLetters.queueArn },
    },
  })
}

/** What RunTask is to have otherwise than the task definition. */
function taskOverrides(
  { cpu, memoryLimitMiB, ephemeralStorageGiB: sizeInGiB }: BatchQuerySchedule,
  usual: Size,
): Record<string, unknown> {
  const size = sizeOf({ cpu: cpu ?? usual.cpu, memoryLimitMiB: memoryLimitMiB ?? usual.memoryLimitMiB })
  const isOther = cpu !== undefined || memoryLimitMiB !== undefined
  return {
    ...(isOther && { cpu: String(size.cpu), memory: String(size.memoryLimitMiB) }),
    ...(sizeInGiB !== undefined && { ephemeralStorage: { sizeInGiB } }),
  }
}

/** Why Scheduler or the runner would not take it, as a part of a sentence. Values that are known on deployment alone are not looked at. */
function scheduleFault(stack: string, name: string, schedule: BatchQuerySchedule): string | null {
  const { expression, timeZone = 'UTC', args = [], task, ephemeralStorageGiB } = schedule
  if (args.length > 0 && /\.sql$/i.test(task))
    return `SQL takes no arguments, and ${JSON.stringify(args)} are given; params has its values`
  return (
    scheduleNameFault(stack, name) ??
    (Token.isUnresolved(expression) ? null : expressionFault(expression)) ??
    (Token.isUnresolved(timeZone) ? null : timeZoneFault(timeZone)) ??
    (ephemeralStorageGiB === undefined ? null : storageFault(ephemeralStorageGiB))
  )
}

const everyRevision = (scope: Construct, family: string): string =>
  Stack.of(scope).formatArn({ service: 'ecs', resource: 'task-definition', resourceName: `${family}:*` })

/** RunTask on every revision of a family, and passing the roles of its tasks, to ECS alone. */
export const startStatements = (
  scope: Construct,
  family: string,
  clusterArn: string,
  roleArns: readonly string[],
): PolicyStatement[] => [
  new PolicyStatement({
    actions: ['ecs:RunTask'],
    resources: [everyRevision(scope, family)],
    conditions: { ArnEquals: { 'ecs:cluster': clusterArn } },
  }),
  new PolicyStatement({
    actions: ['iam:PassRole'],
    resources: [...roleArns],
    conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
  }),
]
