import {
  DescribeTasksRequest$,
  ECS,
  type RunTaskCommandInput,
  RunTaskRequest$,
  Task$,
} from '@aws-sdk/client-ecs'
import { afterAll, expect, test } from 'vitest'
import { EcsServer } from '../../ecs/ecs-server.ts'
import { shapeFaults } from '../../ecs/shapes.ts'

// The clients of the tests stay quiet under Node 20, as ours do.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'

const CREDENTIALS = { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' }

const server = await EcsServer.start({ region: 'us-east-1', credentials: CREDENTIALS })
server.define({ image: 'another' })
const ecs = new ECS({ endpoint: server.url, region: 'us-east-1', credentials: CREDENTIALS, maxAttempts: 1 })
afterAll(async () => {
  ecs.destroy()
  await server.stop()
})

const REQUEST: RunTaskCommandInput = {
  cluster: 'batchquery-fg',
  taskDefinition: 'batchquery',
  count: 1,
  launchType: 'FARGATE',
  networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
  overrides: { containerOverrides: [{ name: 'batchquery', command: ['b', 'k'] }] },
  clientToken: 'token',
}

test('an ECS task runs, writes its log, and is found by its token', async () => {
  const { tasks = [] } = await ecs.runTask(REQUEST)
  const again = await ecs.runTask(REQUEST)
  const arn = tasks[0]?.taskArn ?? ''
  expect(again.tasks?.[0]?.taskArn).toBe(arn)
  await server.tasks[0]?.stopped
  const described = await ecs.describeTasks({ cluster: 'batchquery-fg', tasks: [arn, `${arn}0`] })
  expect(described).toMatchObject({
    tasks: [
      {
        lastStatus: 'STOPPED',
        stopCode: 'EssentialContainerExited',
        createdAt: expect.any(Date),
        containers: [{ exitCode: 127 }],
      },
    ],
    failures: [{ arn: `${arn}0`, reason: 'MISSING' }],
  })
  await expect(ecs.runTask({ ...REQUEST, startedBy: 'another' })).rejects.toMatchObject({
    name: 'ConflictException',
    resourceIds: [arn],
  })
})

test.each<[string, Partial<RunTaskCommandInput>, string]>([
  ['a strategy with a launch type', { capacityProviderStrategy: [{ capacityProvider: 'FARGATE' }] }, 'both'],
  ['no network', { networkConfiguration: {} }, 'Network Configuration must be provided'],
  ['another container', { overrides: { containerOverrides: [{ name: 'other' }] } }, 'named other'],
  ['a size that there is not', { overrides: { ...REQUEST.overrides, cpu: '300' } }, '300 CPU'],
  ['overrides too long', { overrides: { containerOverrides: [{ name: 'x'.repeat(8192) }] } }, 'at most 8192'],
  ['another cluster', { cluster: 'other' }, 'Cluster not found'],
])('%s is refused', async (_name, changed, message) => {
  await expect(ecs.runTask({ ...REQUEST, clientToken: undefined, ...changed })).rejects.toThrow(message)
})

test('the stand-in finds answers that differ from the shapes of the SDK', () => {
  expect(shapeFaults(RunTaskRequest$, { taskDefinition: 't', clientToken: 'c' })).toEqual([])
  expect(shapeFaults(RunTaskRequest$, { taskdefinition: 't', count: '1' })).toEqual([
    '$: unknown member taskdefinition',
    '$.count: expected number, found string',
    '$: no taskDefinition',
  ])
  expect(shapeFaults(DescribeTasksRequest$, { tasks: 'arn' })).toEqual(['$.tasks: expected a list'])
  expect(shapeFaults(Task$, { createdAt: '2026', containers: [{ exitcode: 1 }] })).toEqual([
    '$.createdAt: expected number, found string',
    '$.containers[0]: unknown member exitcode',
  ])
})
