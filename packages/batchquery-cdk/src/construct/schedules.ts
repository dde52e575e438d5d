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
import type { BatchQuerySchedule } from './props.ts'
import { explainRule, explainWildcard } from './reasons.ts'
import { CONTAINER, type Size, sizeOf } from './task-definition.ts'

const RETRY_SECONDS = 3_600
const RETRIES = 10

/** The target of a schedule. */
export interface ScheduleTarget {
  readonly name: string
  /** The size of an ECS task without a size of its own. */
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
 * Scheduler delivers at least once, so a run's id contains its schedule and its due time: the second delivery finds
 * the run of the first one, and ends with a conflict.
 *
 * @returns the queue of failed deliveries; null without schedules
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
      // Scheduler reports the group, never the schedule. A separate group keeps out other schedules of the account.
      conditions: {
        StringEquals: { 'aws:SourceAccount': Stack.of(scope).account, 'aws:SourceArn': group.attrArn },
      },
    }),
  })
  target.grantStart(role)
  explainWildcard(
    role,
    everyRevision(scope, target.name),
    'a schedule continues with the next revision; the cluster is a condition',
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
  // The runner makes the run id from them, because the time has characters that an id cannot have.
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

/** The settings in which RunTask differs from the task definition. */
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

/**
 * Why Scheduler or the runner would refuse it, as a part of a sentence. Values that only the deployment knows are not
 * checked.
 */
function scheduleFault(stack: string, name: string, schedule: BatchQuerySchedule): string | null {
  const { expression, timeZone = 'UTC', args = [], task, ephemeralStorageGiB } = schedule
  if (args.length > 0 && /\.sql$/i.test(task))
    return `a SQL task accepts no arguments, but args is ${JSON.stringify(args)}; put its values under params`
  return (
    scheduleNameFault(stack, name) ??
    (Token.isUnresolved(expression) ? null : expressionFault(expression)) ??
    (Token.isUnresolved(timeZone) ? null : timeZoneFault(timeZone)) ??
    (ephemeralStorageGiB === undefined ? null : storageFault(ephemeralStorageGiB))
  )
}

export const everyRevision = (scope: Construct, family: string): string =>
  Stack.of(scope).formatArn({ service: 'ecs', resource: 'task-definition', resourceName: `${family}:*` })

/** The right to RunTask on every revision of a family, and to pass the roles of its tasks, to ECS only. */
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
