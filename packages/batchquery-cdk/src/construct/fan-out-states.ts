/*
 * The state machine of one export that several machines read. Step Functions starts and watches the ECS tasks; the coordinator, which is
 * the runner of the run, starts one execution for each export, follows it and publishes. The workers find their work in the home
 * bucket, so an item of the Map is only the number of a machine:
 *
 *     { "run": "r1", "bucket": "...", "key": "script/a.sql", "job": "0001-0002", "machines": ["1", "2"], "isDistributed": false,
 *       "cpu": "1024", "memory": "2048", "capacityProvider": "FARGATE", "startedBy": "batchquery/r1" }
 *
 *     Size ─▶ Few  ─▶ Map, INLINE       ┐     a machine:  Run ─▶ Read
 *         └─▶ Many ─▶ Map, DISTRIBUTED  ┘                  └─▶ Why ─▶ (memory) ─▶ Lost
 *                                                               └──▶ Pause ─▶ Run      twice
 *
 * A machine that is lost does not end the others: they read its ranges. The coordinator sees which ranges no machine has read.
 */

/** An inline Map runs at most so many iterations at once. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
export const MOST_INLINE = 40
/** A machine is started again so often. */
const MOST_RETRIES = 2
const PAUSE_SECONDS = 30
/** Of ECS, while it has no capacity or throttles: the request is repeated, and no machine has run. */
const REFUSED = [
  'ECS.AmazonECSException',
  'AmazonECS.Unknown',
  'ECS.ThrottlingException',
  'ECS.ServerException',
]

/** The place of the machines. */
export interface FanOutPlace {
  readonly cluster: string
  /** The family: each execution has the latest revision. */
  readonly taskDefinition: string
  readonly container: string
  readonly subnets: readonly string[]
  readonly securityGroups: readonly string[]
  readonly assignPublicIp: boolean
}

type States = Readonly<Record<string, unknown>>

/** The definition of the state machine in Amazon States Language, as data. */
export const fanOutDefinition = (place: FanOutPlace): States => ({
  Comment: 'batchquery: several machines read the rows of one export',
  StartAt: 'Size',
  States: {
    Size: {
      Type: 'Choice',
      Choices: [{ Variable: '$.isDistributed', BooleanEquals: true, Next: 'Many' }],
      Default: 'Few',
    },
    Few: { ...machines(place, 'Few', { Mode: 'INLINE' }), MaxConcurrency: MOST_INLINE },
    Many: machines(place, 'Many', { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }),
  },
})

/** @param map in which the machines are: each state of a state machine has a name of its own */
const machines = (place: FanOutPlace, map: 'Few' | 'Many', ProcessorConfig: States): States => ({
  Type: 'Map',
  ItemsPath: '$.machines',
  ItemSelector: {
    'machine.$': '$$.Map.Item.Value',
    retries: 0,
    ...passed('run', 'bucket', 'key', 'job', 'cpu', 'memory', 'capacityProvider', 'startedBy'),
  },
  ItemProcessor: { ProcessorConfig, StartAt: `Run${map}`, States: machineStates(place, map) },
  End: true,
})

const passed = (...names: readonly string[]): States =>
  Object.fromEntries(names.map(name => [`${name}.$`, `$.${name}`]))

const machineStates = (place: FanOutPlace, map: string): States => ({
  [`Run${map}`]: {
    Type: 'Task',
    Resource: 'arn:aws:states:::ecs:runTask.sync',
    Parameters: runTask(place),
    // The answer describes the whole task. Many of them would exceed what an execution can keep.
    ResultSelector: {},
    ResultPath: '$.read',
    Retry: [
      { ErrorEquals: REFUSED, IntervalSeconds: 5, MaxAttempts: 6, BackoffRate: 2, JitterStrategy: 'FULL' },
    ],
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.fault', Next: `Why${map}` }],
    Next: `Read${map}`,
  },
  [`Read${map}`]: result('READ'),
  [`Why${map}`]: {
    Type: 'Choice',
    Choices: [
      // The same size would not be enough the next time either.
      { Variable: '$.fault.Cause', StringMatches: '*OutOfMemory*', Next: `NoMemory${map}` },
      { Variable: '$.retries', NumericGreaterThanEquals: MOST_RETRIES, Next: `Lost${map}` },
    ],
    Default: `Pause${map}`,
  },
  [`Pause${map}`]: { Type: 'Wait', Seconds: PAUSE_SECONDS, Next: `Again${map}` },
  [`Again${map}`]: {
    Type: 'Pass',
    Parameters: {
      'retries.$': 'States.MathAdd($.retries, 1)',
      ...passed('machine', 'run', 'bucket', 'key', 'job', 'cpu', 'memory', 'capacityProvider', 'startedBy'),
    },
    Next: `Run${map}`,
  },
  [`NoMemory${map}`]: result('OUT_OF_MEMORY'),
  [`Lost${map}`]: result('LOST'),
})

/** How a machine ended. Its reason is in the history of the execution, and in ECS. */
const result = (outcome: 'READ' | 'OUT_OF_MEMORY' | 'LOST'): States => ({
  Type: 'Pass',
  Parameters: { outcome, ...passed('machine', 'retries') },
  End: true,
})

const runTask = ({
  cluster,
  taskDefinition,
  container,
  subnets,
  securityGroups,
  assignPublicIp,
}: FanOutPlace): States => ({
  Cluster: cluster,
  TaskDefinition: taskDefinition,
  CapacityProviderStrategy: [{ 'CapacityProvider.$': '$.capacityProvider', Weight: 1 }],
  NetworkConfiguration: {
    AwsvpcConfiguration: {
      Subnets: subnets,
      SecurityGroups: securityGroups,
      AssignPublicIp: assignPublicIp ? 'ENABLED' : 'DISABLED',
    },
  },
  Overrides: {
    'Cpu.$': '$.cpu',
    'Memory.$': '$.memory',
    ContainerOverrides: [
      {
        Name: container,
        'Command.$': 'States.Array($.bucket, $.key)',
        Environment: [
          { Name: 'BATCHQUERY_RUN_ID', 'Value.$': '$.run' },
          { Name: 'BATCHQUERY_JOB', 'Value.$': '$.job' },
          { Name: 'BATCHQUERY_WORKER', 'Value.$': '$.machine' },
        ],
      },
    ],
  },
  'StartedBy.$': '$.startedBy',
  Tags: [
    { Key: 'batchquery:run', 'Value.$': '$.run' },
    { Key: 'batchquery:worker', 'Value.$': '$.machine' },
  ],
})
