import { ArnFormat, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib'
import { type IGrantable, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import type { Construct } from 'constructs'
import { type FanOutPlace, fanOutDefinition } from './fan-out-states.ts'
import { letLogsUse } from './keys.ts'
import { explainRule, explainWildcard } from './reasons.ts'
import { everyRevision } from './schedules.ts'

/** The rule by which Step Functions learns that an ECS task has stopped. It has this name in each account. */
const EVENTS_RULE = 'StepFunctionsGetEventsForECSTaskRule'

/** What the state machine needs of the stack. */
export interface FanOutTarget extends FanOutPlace {
  readonly name: string
  readonly encryptionKey: IKey | undefined
  readonly logRetention: RetentionDays | undefined
  readonly grantStart: (grantee: IGrantable) => void
}

const nameOf = (name: string): string => `${name}-fan-out`

/** The state machine that starts and watches the machines of an export, its role, and its log. */
export function createFanOut(scope: Construct, target: FanOutTarget): StateMachine {
  const { name, encryptionKey, logRetention = RetentionDays.THREE_MONTHS } = target
  const stateMachineName = nameOf(name)
  // States' own logs have this prefix, because the policy of the log service has no room for many groups.
  const logGroupName = `/aws/vendedlogs/states/${stateMachineName}`
  if (encryptionKey) letLogsUse(encryptionKey, scope, logGroupName)
  const logs = new LogGroup(scope, 'FanOutLogs', {
    logGroupName,
    retention: logRetention,
    ...(encryptionKey && { encryptionKey }),
    removalPolicy: RemovalPolicy.DESTROY,
  })
  const machine = new StateMachine(scope, 'FanOut', {
    stateMachineName,
    comment: 'batchquery: several machines read the rows of one export',
    role: createRole(scope, target),
    definitionBody: DefinitionBody.fromString(Stack.of(scope).toJsonString(fanOutDefinition(target))),
    // Inputs and outputs have names of tasks, and nothing that the history of the execution lacks.
    logs: { destination: logs, level: LogLevel.ALL, includeExecutionData: false },
  })
  explainRule(machine, 'SF2', 'a trace would show only when the ECS tasks start and stop, as the log does')
  Tags.of(machine).add('batchquery:stack', name)
  return machine
}

function createRole(scope: Construct, target: FanOutTarget): Role {
  const { name, cluster, grantStart } = target
  const { account, partition, region } = Stack.of(scope)
  const arn = machineArn(scope, name)
  const role = new Role(scope, 'FanOutRole', {
    description: 'batchquery: Step Functions starts ECS tasks',
    assumedBy: new ServicePrincipal('states.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': account },
        ArnLike: {
          'aws:SourceArn': `arn:${partition}:states:${region}:${account}:stateMachine:${nameOf(name)}`,
        },
      },
    }),
  })
  grantStart(role)
  explainWildcard(
    role,
    everyRevision(scope, name),
    'an execution has the latest revision; the cluster is a condition',
  )
  const tasks = taskArns(scope, cluster)
  role.addToPolicy(
    new PolicyStatement({ actions: ['ecs:StopTask', 'ecs:DescribeTasks'], resources: [tasks] }),
  )
  role.addToPolicy(
    new PolicyStatement({
      actions: ['ecs:TagResource'],
      resources: [tasks],
      conditions: { StringEquals: { 'ecs:CreateAction': 'RunTask' } },
    }),
  )
  explainWildcard(role, tasks, 'ECS chooses the ids of tasks; they are those of the one cluster')
  role.addToPolicy(
    new PolicyStatement({
      actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
      resources: [
        Stack.of(scope).formatArn({ service: 'events', resource: 'rule', resourceName: EVENTS_RULE }),
      ],
    }),
  )
  // A distributed Map is an execution of its own for each machine.
  role.addToPolicy(new PolicyStatement({ actions: ['states:StartExecution'], resources: [arn] }))
  const executions = executionArns(scope, name)
  role.addToPolicy(
    new PolicyStatement({
      actions: ['states:DescribeExecution', 'states:StopExecution'],
      resources: [executions],
    }),
  )
  explainWildcard(role, executions, 'Step Functions chooses the names of the executions of a distributed Map')
  // The rights to deliver the log, which CDK adds, have no resources.
  explainWildcard(role, '*', 'the delivery of the log: these actions have no resources')
  return role
}

/** The rights of the coordinator: executions of this state machine only. */
export const coordinatorStatements = (scope: Construct, name: string): PolicyStatement[] => [
  new PolicyStatement({ actions: ['states:StartExecution'], resources: [machineArn(scope, name)] }),
  ...followerStatements(scope, name),
]

/** The rights of a submitter, who ends what a dead coordinator left. */
export const submitterOfFanOut = (scope: Construct, name: string): PolicyStatement[] =>
  followerStatements(scope, name)

const followerStatements = (scope: Construct, name: string): PolicyStatement[] => [
  new PolicyStatement({
    actions: ['states:DescribeExecution', 'states:StopExecution'],
    resources: [executionArns(scope, name)],
  }),
]

/** Explains the wildcard of the coordinator's rights. */
export const explainExecutions = (scope: Construct, role: Role, name: string): void =>
  explainWildcard(
    role,
    executionArns(scope, name),
    'executions of the one state machine, one for each export',
  )

const machineArn = (scope: Construct, name: string): string =>
  Stack.of(scope).formatArn({
    service: 'states',
    resource: 'stateMachine',
    resourceName: nameOf(name),
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  })

const executionArns = (scope: Construct, name: string): string =>
  Stack.of(scope).formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${nameOf(name)}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  })

const taskArns = (scope: Construct, cluster: string): string =>
  Stack.of(scope).formatArn({ service: 'ecs', resource: 'task', resourceName: `${cluster}/*` })
