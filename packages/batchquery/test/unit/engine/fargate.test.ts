import { describe, expect, test } from 'vitest'
import { AwsFailure } from '../../../src/aws/index.ts'
import { describeCost } from '../../../src/engine/fargate/cost.ts'
import { explainFailure } from '../../../src/engine/fargate/ecs-errors.ts'
import { type EcsTaskState, parseTaskArn, stateOf } from '../../../src/engine/fargate/ecs-task.ts'
import {
  asksTheSame,
  buildRequest,
  clientTokenOf,
  isTooLong,
} from '../../../src/engine/fargate/run-task-request.ts'
import { ShownLog } from '../../../src/engine/fargate/shown-log.ts'
import { chooseSize } from '../../../src/engine/fargate/size.ts'
import { explainStop } from '../../../src/engine/fargate/why-stopped.ts'

const ARN = 'arn:aws:ecs:us-east-1:123456789012:task/batchquery-fg/0123abcd'

const STATE: EcsTaskState = {
  name: parseTaskArn(ARN),
  status: 'STOPPED',
  stopCode: 'EssentialContainerExited',
  stoppedReason: 'Essential container in task exited',
  stoppedAt: new Date('2026-11-23T03:00:00Z'),
  chargedFrom: new Date('2026-11-23T02:00:00Z'),
  cpu: 256,
  memory: 512,
  architecture: 'X86_64',
  isSpot: false,
  taskDefinition: null,
  runId: 'r1',
  container: { name: 'batchquery', exitCode: 1, reason: null },
}

describe('sizes', () => {
  test.each([
    [256, 512],
    [512, 4096],
    [1024, 8192],
    [4096, 30720],
    [8192, 20480],
    [16384, 122880],
    [32768, 249856],
  ])('Fargate has %i CPU units with %i MiB', (cpu, memory) => {
    expect(chooseSize({ cpu, memory }, null)).toEqual({ cpu, memory })
  })

  test.each([
    [300, 101376, '300 CPU units (and 101376 MiB)'],
    [256, 4096, '256 CPU units and 4096 MiB'],
    [1024, 1024, '1024 CPU units and 1024 MiB'],
    [8192, 17408, '8192 CPU units and 17408 MiB'],
  ])('Fargate does not have %i CPU units with %i MiB', (cpu, memory, message) => {
    expect(() => chooseSize({ cpu, memory }, null)).toThrow(message)
  })

  test('the size comes from the task definition when it is not requested', () => {
    const defined = { cpu: 512, memory: 1024 }
    expect(chooseSize({}, defined)).toBeNull()
    expect(chooseSize({ memory: 2048 }, defined)).toEqual({ cpu: 512, memory: 2048 })
    expect(() => chooseSize({ cpu: 256 }, null)).toThrow('only one of --cpu and --memory is set')
  })
})

describe('a request', () => {
  const settings = {
    ...{ cluster: 'c', taskDefinition: 't', subnets: ['s'], assignPublicIp: false, spot: false },
    tags: { team: 'reports' },
  }
  const parts = { settings, container: 'batchquery', size: null, spot: false, command: ['b', 'k'] }

  test('has a token of 64 characters for each launch, and a startedBy that ECS accepts', () => {
    expect(clientTokenOf('r1', 1)).toMatch(/^[0-9a-f]{64}$/)
    expect(clientTokenOf('r1', 1)).not.toBe(clientTokenOf('r1', 2))
    expect(buildRequest('r.1', { ...parts, environment: {} })).toMatchObject({
      startedBy: 'batchquery/r_1',
      launchType: 'FARGATE',
      tags: [
        { key: 'team', value: 'reports' },
        { key: 'batchquery:run', value: 'r.1' },
      ],
    })
  })

  test('from the store is sent again only when it starts the same runner', () => {
    const own = buildRequest('r', {
      ...parts,
      environment: { BATCHQUERY_RUN_ID: 'r', BATCHQUERY_TALK: 'normal' },
    })
    const changed = (changes: Partial<typeof parts> & { environment?: Record<string, string> }) =>
      buildRequest('r', { ...parts, environment: { BATCHQUERY_RUN_ID: 'r' }, ...changes })
    expect(asksTheSame(JSON.parse(JSON.stringify(own)), own)).toBe(true)
    expect(asksTheSame(changed({ spot: true }), own)).toBe(true)
    expect(asksTheSame(changed({ command: ['b', 'other'] }), own)).toBe(false)
    expect(asksTheSame(changed({ settings: { ...settings, taskDefinition: 'admin' } }), own)).toBe(false)
    expect(asksTheSame(changed({ environment: { BATCHQUERY_RUN_ID: 'r', NODE_OPTIONS: 'x' } }), own)).toBe(
      false,
    )
    const open = { ...settings, securityGroups: ['sg-open'], assignPublicIp: true }
    expect(asksTheSame(changed({ settings: open }), own)).toBe(false)
    const capacityProviderStrategy = [{ capacityProvider: 'somebody-elses', weight: 1 }]
    expect(asksTheSame({ ...own, capacityProviderStrategy }, own)).toBe(false)
    expect(asksTheSame({ cluster: 'c' }, own)).toBe(false)
    // The execution role has rights of its own: a task never gets it as its role.
    for (const role of ['taskRoleArn', 'executionRoleArn'])
      expect(asksTheSame({ ...own, overrides: { ...own.overrides, [role]: 'arn' } }, own), role).toBe(false)
  })

  test('is too long when its overrides have more than 8,192 characters', () => {
    const request = (length: number) =>
      buildRequest('r', { ...parts, environment: { A: 'x'.repeat(length) } })
    const frame = JSON.stringify(request(0).overrides).length
    expect(isTooLong(request(8_192 - frame))).toBe(false)
    expect(isTooLong(request(8_193 - frame))).toBe(true)
  })
})

test.each([
  [{ BATCHQUERY_RUN_ID: 'r1' }, 'r1'],
  [
    { BATCHQUERY_SCHEDULE: 'nightly', BATCHQUERY_SCHEDULED_TIME: '2026-11-23T02:15:00Z' },
    'nightly-20261123T021500Z',
  ],
  [{}, '0123abcd'],
])('an ECS task with the variables %j belongs to the run %s', (variables, runId) => {
  const environment = Object.entries(variables).map(([name, value]) => ({ name, value }))
  const overrides = { containerOverrides: [{ name: 'batchquery', environment }] }
  expect(stateOf(parseTaskArn(ARN), { overrides })).toMatchObject({ runId })
})

test.each([
  [
    'User: arn:aws:iam::1:user/ada is not authorized to perform: ecs:TagResource on resource: arn:aws:ecs:x:1:task/c/* because',
    'Allow ecs:TagResource on arn:aws:ecs:x:1:task/c/* in',
  ],
  [
    'User: ada is not authorized to perform: iam:PassRole on resource: arn:aws:iam::1:role/r because',
    'Allow iam:PassRole on arn:aws:iam::1:role/r to',
  ],
  ['', 'Allow ecs:RunTask on the cluster and the task definition in'],
])('a refusal names the missing right: %s', (message, hint) => {
  const failure = new AwsFailure({ code: 'AccessDeniedException', message, status: 400 })
  const error = explainFailure({ what: 'start an ECS task', action: 'ecs:RunTask' }, failure)
  expect(error).toMatchObject({ code: 'PERMISSION', hint: expect.stringContaining(hint) })
})

test.each([
  [ARN, 'batchquery-fg'],
  ['arn:aws-cn:ecs:cn-north-1:123456789012:task/0123abcd', null],
])('the ARN %s is parsed', (arn, cluster) => {
  expect(parseTaskArn(arn)).toMatchObject({ arn, cluster, id: '0123abcd' })
})

test.each([
  '',
  'arn:aws:ecs:us-east-1:1:cluster/c',
  `${ARN}/../x`,
  'arn:aws:ecs:evil.example.com:1:task/c/1',
])('%j is no ARN of an ECS task', arn => {
  expect(() => parseTaskArn(arn)).toThrow('is not an ECS task')
})

describe('the cost', () => {
  test('is that of an hour for the task of the article', () => {
    expect(describeCost(STATE, 0)).toBe(
      'ECS task: 3600 s of 0.25 vCPU and 0.5 GB, about $0.0123 at the prices of us-east-1',
    )
  })

  test('covers ARM, Spot, and the shortest charged time', () => {
    const task = {
      ...STATE,
      cpu: 4096,
      memory: 8192,
      stoppedAt: null,
      isSpot: true,
      architecture: 'ARM64',
    } as const
    const now = new Date('2026-11-23T02:00:10Z').getTime()
    expect(describeCost(task, now)).toBe(
      'ECS task: 10 s of 4 vCPU and 8 GB, less than $0.0026 at the prices of us-east-1 (Spot)',
    )
  })

  test.each([
    [{ currency: 'USD' }, false, 'about $0.1000 at'],
    [{ currency: 'EUR' }, false, 'about EUR 0.1000 at'],
    [{ currency: 'EUR' }, true, 'less than EUR 0.1000 at'],
    [{ currency: 'USD', spotDiscount: 0.7 }, true, 'about $0.0300 at'],
    [{ currency: 'USD', spotDiscount: 0.7 }, false, 'about $0.1000 at'],
  ])('uses configured prices: %j, Spot %j', (more, isSpot, text) => {
    const prices = { vcpuHour: 0.2, gbHour: 0.1, ...more }
    expect(describeCost({ ...STATE, isSpot }, 0, prices)).toContain(`${text} the prices of batchquery.yaml`)
  })

  test('is null when ECS has not reported enough', () => {
    expect(describeCost({ ...STATE, chargedFrom: null }, 0)).toBeNull()
  })
})

describe('why an ECS task has stopped', () => {
  const failed = { stopCode: 'TaskFailedToStart', container: { name: 'c', exitCode: null, reason: null } }
  test.each<[Partial<EcsTaskState>, boolean, string, string, boolean]>([
    [
      { ...failed, stoppedReason: 'CannotPullContainerError: not found' },
      false,
      'ENGINE_FAILED',
      'ecr.api',
      false,
    ],
    [
      { ...failed, stoppedReason: 'failed to initialize logging driver: no group' },
      false,
      'ENGINE_FAILED',
      'log group',
      false,
    ],
    [
      { ...failed, stoppedReason: 'ResourceInitializationError: unable to pull secrets' },
      false,
      'ENGINE_FAILED',
      'execution role',
      false,
    ],
    [
      { ...failed, stoppedReason: 'CannotPullContainerError: registry/maintenance-tools:1: not found' },
      false,
      'ENGINE_FAILED',
      'Check the image',
      false,
    ],
    [{ ...failed, stoppedReason: 'InternalError: retry' }, false, 'ENGINE_FAILED', 'batchquery rerun', true],
    [{ stopCode: 'SpotInterruption' }, true, 'RUNNER_LOST', '--spot', true],
    [
      { stopCode: 'TerminationNotice', stoppedReason: 'Your Spot Task was interrupted.' },
      true,
      'RUNNER_LOST',
      '--spot',
      true,
    ],
    [
      { stopCode: 'TerminationNotice', stoppedReason: 'ECS is performing maintenance' },
      true,
      'RUNNER_LOST',
      'batchquery rerun',
      true,
    ],
    [
      { stopCode: 'UserInitiated', stoppedReason: 'me' },
      true,
      'RUNNER_LOST',
      'unless a user stopped it',
      true,
    ],
    [
      { container: { name: 'c', exitCode: 137, reason: 'OutOfMemoryError: x' } },
      true,
      'RUNNER_LOST',
      '--memory',
      false,
    ],
    [{}, false, 'ENGINE_FAILED', 'batchquery-task', false],
    [{}, true, 'RUNNER_LOST', 'batchquery rerun', true],
  ])('%j', (changed, wasClaimed, code, hint, retryable) => {
    const error = explainStop('r1', { ...STATE, ...changed }, wasClaimed)
    expect(error).toMatchObject({ code, retryable, hint: expect.stringContaining(hint) })
    expect(error.message).toContain('ECS task 0123abcd STOPPED')
  })
})

describe('the log of a run elsewhere, shown here', () => {
  const LOG = [
    '2026-11-23T02:15:45.123Z INFO run r1: s3://b/k\n',
    '2026-11-23T02:15:45.123Z WARN two\n  lines\n',
    '2026-11-23T02:15:45.123Z OUT from the script\n',
    '2026-11-23T02:15:45.123Z ERR its complaint\n',
    '2026-11-23T02:15:45.123Z ERROR all is lost\n',
  ].join('')

  test.each([
    ['normal', 'run r1: s3://b/k\nwarning: two\n  lines\nits complaint\nerror: all is lost\n'],
    ['quiet', 'warning: two\n  lines\nits complaint\nerror: all is lost\n'],
  ] as const)('is the same for every split into pieces: %s', (talk, expected) => {
    for (const size of [1, 7, 1000]) {
      const shown = { out: '', err: '' }
      const log = new ShownLog(
        { stdout: text => (shown.out += text), stderr: text => (shown.err += text) },
        talk,
      )
      for (let at = 0; at < LOG.length; at += size) log.write(LOG.slice(at, at + size))
      log.end()
      expect(shown).toEqual({ out: 'from the script\n', err: expected })
    }
  })
})
