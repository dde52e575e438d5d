/*
 * The state machine of the exports that several machines read. Step Functions starts and watches the ECS tasks; the coordinator, which is
 * the runner of the run, starts one execution for each export, follows it and publishes. Everything that differs between executions
 * comes with their input, and the machines find their ranges in the home bucket:
 *
 *     { "run": "r1", "bucket": "...", "command": ["BUCKET", "KEY"], "work": "0001-0002/SHA-256", "workers": ["1", "2"], "isMany": false,
 *       "cpu": "1024", "memory": "2048", "capacity": [{ "CapacityProvider": "FARGATE", "Weight": 1 }], "startedBy": "batchquery/r1" }
 *
 *     HowMany ─▶ Few, an inline Map       ┐     an item:  Machine ─▶ Read
 *         └────▶ Many, a distributed Map  ┘                  └─▶ Why ─▶ out of memory, or for the third time ─▶ Lost
 *                                                                 └──▶ Pause ─▶ Again ─▶ Machine
 *
 * An item is one machine, which reads ranges until none is left. A lost machine does not end the others, because they read its ranges.
 * The output has `worker`, `error` and `cause` of each lost one.
 */

/** An inline Map runs at most so many iterations at once. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
export const MOST_INLINE = 40
/** A machine is started again so often. */
const MOST_RETRIES = 2
const PAUSE_SECONDS = 30

/** What every machine has in common. */
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
  Comment: 'Starts the machines that read the ranges of one export of batchquery.',
  StartAt: 'HowMany',
  States: {
    HowMany: {
      Type: 'Choice',
      Choices: [{ Variable: '$.isMany', BooleanEquals: true, Next: 'Many' }],
      Default: 'Few',
    },
    Few: { ...machines(place, 'Few', { Mode: 'INLINE' }), MaxConcurrency: MOST_INLINE },
    Many: machines(place, 'Many', { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }),
  },
})

const INPUT = ['run', 'bucket', 'command', 'work', 'startedBy', 'cpu', 'memory', 'capacity']

/** @param map that the machines are in: Step Functions refuses two states with one name, also in different Maps */
const machines = (place: FanOutPlace, map: 'Few' | 'Many', ProcessorConfig: States): States => ({
  Type: 'Map',
  ItemsPath: '$.workers',
  ItemSelector: { 'worker.$': '$$.Map.Item.Value', retries: 0, ...passed(...INPUT) },
  ItemProcessor: { ProcessorConfig, StartAt: `Machine${map}`, States: machineStates(place, map) },
  End: true,
})

const passed = (...names: readonly string[]): States =>
  Object.fromEntries(names.map(name => [`${name}.$`, `$.${name}`]))

const machineStates = (place: FanOutPlace, map: string): States => ({
  [`Machine${map}`]: {
    Type: 'Task',
    // It waits for the end of the ECS task, and stops it when the execution is stopped.
    Resource: 'arn:aws:states:::ecs:runTask.sync',
    Parameters: runTask(place),
    // What ECS reports of a task has several kilobytes, and all items together may have 256 KiB.
    ResultPath: null,
    Retry: [REFUSED],
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: `Why${map}` }],
    Next: `Read${map}`,
  },
  [`Read${map}`]: { Type: 'Pass', Parameters: passed('worker', 'retries'), End: true },
  [`Why${map}`]: {
    Type: 'Choice',
    Choices: [
      // The same size would not be enough the next time either.
      { Variable: '$.failure.Cause', StringMatches: '*OutOfMemory*', Next: `Lost${map}` },
      { Variable: '$.retries', NumericGreaterThanEquals: MOST_RETRIES, Next: `Lost${map}` },
    ],
    Default: `Pause${map}`,
  },
  [`Pause${map}`]: { Type: 'Wait', Seconds: PAUSE_SECONDS, Next: `Again${map}` },
  [`Again${map}`]: {
    Type: 'Pass',
    Parameters: { 'retries.$': 'States.MathAdd($.retries, 1)', ...passed('worker', ...INPUT) },
    Next: `Machine${map}`,
  },
  [`Lost${map}`]: {
    Type: 'Pass',
    Parameters: { 'error.$': '$.failure.Error', 'cause.$': '$.failure.Cause', ...passed('worker') },
    End: true,
  },
})

/**
 * ECS launches 20 tasks a second, so many machines must wait for each other. A failure in an answer that looks well, such as missing
 * capacity, has the name `AmazonECS.Unknown`.
 */
const REFUSED: States = {
  ErrorEquals: [
    'ECS.AmazonECSException',
    'AmazonECS.Unknown',
    'ECS.ThrottlingException',
    'ECS.ServerException',
  ],
  IntervalSeconds: 5,
  MaxAttempts: 6,
  BackoffRate: 2,
  MaxDelaySeconds: 60,
  JitterStrategy: 'FULL',
}

const runTask = (place: FanOutPlace): States => ({
  Count: 1,
  Cluster: place.cluster,
  TaskDefinition: place.taskDefinition,
  'CapacityProviderStrategy.$': '$.capacity',
  NetworkConfiguration: {
    AwsvpcConfiguration: {
      Subnets: place.subnets,
      SecurityGroups: place.securityGroups,
      AssignPublicIp: place.assignPublicIp ? 'ENABLED' : 'DISABLED',
    },
  },
  Overrides: {
    ContainerOverrides: [
      {
        Name: place.container,
        'Command.$': '$.command',
        Environment: [
          { Name: 'BATCHQUERY_RUN_ID', 'Value.$': '$.run' },
          { Name: 'BATCHQUERY_BUCKET', 'Value.$': '$.bucket' },
          { Name: 'BATCHQUERY_STORE', Value: 's3' },
          { Name: 'BATCHQUERY_WORK', 'Value.$': '$.work' },
          { Name: 'BATCHQUERY_WORKER', 'Value.$': '$.worker' },
        ],
      },
    ],
    'Cpu.$': '$.cpu',
    'Memory.$': '$.memory',
  },
  'StartedBy.$': '$.startedBy',
  Tags: [{ Key: 'batchquery:run', 'Value.$': '$.run' }],
})
