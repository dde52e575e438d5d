/*
 * The state machine that starts and watches the machines of one export, in Amazon States Language. It is a pure function of what a stack
 * knows. Everything that differs between executions comes with their input (input.ts).
 *
 *     HowMany ─▶ Few (inline Map, up to 40 at once) ──────▶ end      an item: Machine ─▶ end
 *         └────▶ Many (distributed Map, an execution each) ─▶ end                 └─(after its retries)─▶ Lost
 *
 * An item is one machine, which reads ranges until none is left. A machine that is lost for good does not end the others: they read its
 * ranges.
 */

/** The most machines that an inline Map runs at once. */
export const INLINE_MACHINES = 40

export interface FanOutPlace {
  /** Name or ARN. */
  readonly cluster: string
  /** Family, `family:revision`, or ARN. */
  readonly taskDefinition: string
  /** The container that the runner is in. */
  readonly container: string
  readonly subnets: readonly string[]
  readonly securityGroups?: readonly string[] | undefined
  readonly assignPublicIp: boolean
  /** @default - LATEST */
  readonly platformVersion?: string | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
}

/** JSON of Amazon States Language. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/** Returns the definition of the state machine. */
export function fanOutDefinition(place: FanOutPlace): { readonly [name: string]: Json } {
  return {
    Comment: 'Starts the machines that read the ranges of one export of batchquery.',
    StartAt: 'HowMany',
    States: {
      HowMany: {
        Type: 'Choice',
        Choices: [{ Variable: '$.isMany', BooleanEquals: true, Next: 'Many' }],
        Default: 'Few',
      },
      Few: map(place, 'Few', { Mode: 'INLINE' }),
      Many: map(place, 'Many', { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }),
    },
  }
}

/** @param name of the Map: Step Functions refuses two states with one name, also in different Maps */
const map = (place: FanOutPlace, name: string, mode: { readonly [name: string]: Json }): Json => ({
  Type: 'Map',
  ItemsPath: '$.workers',
  ItemSelector: {
    'worker.$': '$$.Map.Item.Value',
    ...passed('run', 'bucket', 'command', 'work', 'startedBy', 'cpu', 'memory', 'capacity'),
  },
  ItemProcessor: {
    ProcessorConfig: mode,
    StartAt: `Machine${name}`,
    States: { [`Machine${name}`]: machine(place, `Lost${name}`), [`Lost${name}`]: LOST },
  },
  End: true,
})

const passed = (...names: readonly string[]): Record<string, Json> =>
  Object.fromEntries(names.map(name => [`${name}.$`, `$.${name}`]))

const machine = (place: FanOutPlace, lost: string): Json => ({
  Type: 'Task',
  // It waits for the end of the ECS task, and stops it when the execution is stopped.
  Resource: 'arn:aws:states:::ecs:runTask.sync',
  Parameters: runTask(place),
  // What ECS reports of a task has several kilobytes, and all items together may have 256 KiB.
  ResultPath: null,
  Retry: RETRY,
  Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: lost }],
  End: true,
})

/**
 * The first entry whose names match counts. ECS launches 20 tasks a second, so many machines must wait for each other; a failure in an
 * answer that looks well, such as missing capacity, has the name `AmazonECS.Unknown`.
 */
const RETRY: Json = [
  {
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
  },
  { ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 10, MaxAttempts: 2, BackoffRate: 3 },
]

const LOST: Json = {
  Type: 'Pass',
  Parameters: { 'worker.$': '$.worker', 'error.$': '$.failure.Error', 'cause.$': '$.failure.Cause' },
  End: true,
}

const runTask = (place: FanOutPlace): Json => ({
  Count: 1,
  Cluster: place.cluster,
  TaskDefinition: place.taskDefinition,
  'CapacityProviderStrategy.$': '$.capacity',
  ...(place.platformVersion !== undefined && { PlatformVersion: place.platformVersion }),
  NetworkConfiguration: {
    AwsvpcConfiguration: {
      Subnets: place.subnets,
      ...(place.securityGroups !== undefined && { SecurityGroups: place.securityGroups }),
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
  Tags: [
    ...Object.entries(place.tags ?? {}).map(([key, value]) => ({ Key: key, Value: value })),
    { Key: 'batchquery:run', 'Value.$': '$.run' },
  ],
})
