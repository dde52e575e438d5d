import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { expect, test } from 'vitest'
import { parseStackDocument } from '../../../batchquery/src/config/discovery.ts'
import { readSettings } from '../../../batchquery/src/config/index.ts'
import { readRunnerSettings } from '../../../batchquery/src/task/runner-settings.ts'
import type { BatchQuerySchedule } from '../../src/index.ts'
import { templateOf } from '../app/template.ts'
import { given, main } from './stacks.ts'

const SCHEDULED_TIME = '2026-11-23T02:15:00Z'
const params = { day: '<aws.scheduler.scheduled-time>', note: 'a "b"' }
const schedules = { nightly: { expression: 'rate(1 day)', task: 'script/a.sh', args: ['x'], params } }

/**
 * Every `{ Name, Value }` of the task definition, and every override of a schedule, as CloudFormation would pass it.
 */
function handedOver(changed: Partial<BatchQuerySchedule> = {}) {
  const nightly = { ...schedules.nightly, ...changed }
  const { template } = given({ databases: { main }, schedules: { nightly } })
  const resources = template()
  const [definition] = Object.values(resources.findResources('AWS::ECS::TaskDefinition'))
  const [schedule] = Object.values(resources.findResources('AWS::Scheduler::Schedule'))
  const own = definition?.Properties.ContainerDefinitions[0].Environment
  const { containerOverrides } = JSON.parse(text(schedule?.Properties.Target.Input))
  const [override] = containerOverrides
  return {
    container: override.name,
    command: override.command,
    environment: {
      ...Object.fromEntries(
        own.map(({ Name, Value }: { Name: string; Value: unknown }) => [Name, text(Value)]),
      ),
      ...Object.fromEntries(
        override.environment.map(({ name, value }: { name: string; value: string }) => [
          name,
          value.replace('<aws.scheduler.scheduled-time>', SCHEDULED_TIME),
        ]),
      ),
    },
  }
}

/** The result of CloudFormation's functions, with placeholders for values that only the deployment knows. */
function text(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) throw new Error(`no text: ${value}`)
  if ('Fn::GetAtt' in value) return [value['Fn::GetAtt']].flat().join('-')
  if ('Ref' in value && value.Ref === 'AWS::Region') return 'us-east-1'
  if ('Ref' in value) return String(value.Ref).replaceAll(/[^\w]/g, '-')
  if (!('Fn::Join' in value) || !Array.isArray(value['Fn::Join'])) throw new Error(JSON.stringify(value))
  const [separator, parts] = value['Fn::Join']
  return parts.map(text).join(separator)
}

test('the runner reads every variable that the construct sets', () => {
  const { environment, command } = handedOver()
  const read = new Set<string>()
  const watched = new Proxy(environment, {
    get: (target, name) => {
      read.add(String(name))
      return Reflect.get(target, name)
    },
  })
  readRunnerSettings(command, watched, '/tmp')
  expect(Object.keys(environment).filter(name => !read.has(name))).toEqual([])
  expect(Object.keys(environment)).toContain('BATCHQUERY_BUCKET')
})

test('the run id of a schedule contains its name and due time, and the run gets bucket, task and database', () => {
  const { environment, command, container } = handedOver()
  const settings = readRunnerSettings(command, environment, '/tmp')
  expect(container).toBe('batchquery')
  expect(settings).toMatchObject({
    runId: 'nightly-20261123T021500Z',
    key: 'script/a.sh',
    args: ['x'],
    params: { day: SCHEDULED_TIME, note: 'a "b"' },
    store: 's3',
    homeBucket: settings.bucket,
    turnOf: 'nightly',
  })
  expect(settings.configured.database).toMatch(
    /^mysql:\/\/batchquery@db01cl\..*:3306\/db01\?auth=iam&region=/,
  )
})

test('the command line reads the parameter', () => {
  const { template } = given({ databases: { main } })
  const [parameter] = Object.values(template().findResources('AWS::SSM::Parameter'))
  expect(parameter?.Properties.Name).toBe('/batchquery/batchquery')
  const value = text(parameter?.Properties.Value)
  const at = { parameter: '/batchquery/batchquery', region: 'us-east-1', value, isChosen: false }
  const stack = parseStackDocument(at, '/tmp')
  expect(stack).toMatchObject({ name: 'batchquery', logGroup: expect.anything() })
  expect(readSettings({}, {}, '/tmp', null, stack)).toMatchObject({
    engine: 'fargate',
    store: 's3',
    shownDatabase: 'main',
    fargate: { container: 'batchquery', subnets: expect.arrayContaining([expect.anything()]) },
  })
})

test('runs of a schedule take no turns when they may overlap', () => {
  const { environment, command } = handedOver({ overlap: 'allow' })
  expect(readRunnerSettings(command, environment, '/tmp')).toMatchObject({ turnOf: null })
})

test('tasks have no default database when there are several', () => {
  const { template } = given({ databases: { main, other: main } })
  expect(JSON.stringify(template().findResources('AWS::ECS::TaskDefinition'))).not.toContain(
    '"BATCHQUERY_DATABASE"',
  )
})

test('the runner gets the receivers of the ends of runs from the file, and the task role may read their addresses', () => {
  const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:hooks-AbCdEf'
  const template = templateOf(`
notify: [{ slack: "secret:${arn}#slack", on: failed }, { url: "secret:${arn}" }]
`)
  const [definition] = Object.values(template.findResources('AWS::ECS::TaskDefinition'))
  const environment: { Name: string; Value: unknown }[] =
    definition?.Properties.ContainerDefinitions[0].Environment
  const notify = text(environment.find(({ Name }) => Name === 'BATCHQUERY_NOTIFY')?.Value)
  expect(
    readRunnerSettings(['b', 'k'], { BATCHQUERY_NOTIFY: notify }, '/tmp').configured.notifications,
  ).toEqual([
    { kind: 'slack', address: `secret:${arn}#slack`, on: 'failed' },
    { kind: 'url', address: `secret:${arn}`, on: 'ended' },
  ])
  const policies = JSON.stringify(template.findResources('AWS::IAM::Policy'))
  expect(policies).toContain('secretsmanager:GetSecretValue')
  expect(policies).toContain(arn)
})

test('the construct passes receivers to the runner', () => {
  const { stack } = given({})
  const secret = Secret.fromSecretCompleteArn(
    stack,
    'Hook',
    'arn:aws:secretsmanager:us-east-1:123456789012:secret:hook-AbCdEf',
  )
  const { template } = given({ notify: [{ kind: 'url', secret }] })
  expect(JSON.stringify(template().findResources('AWS::ECS::TaskDefinition'))).toContain('BATCHQUERY_NOTIFY')
})

test.each([
  ['{ slack: "https://hooks.slack.com/services/geheim" }', 'every user who may read the task definition'],
  ['{ command: [curl] }', 'command works only with the engine local'],
  ['[{ url: "secret:arn:aws:secretsmanager:x", to: y }]', 'expected { slack: secret:ARN }'],
  ['{ on: failed }', 'expected { slack: secret:ARN }'],
])('a file with notify: %s is refused without its address', (notify, why) => {
  expect(() => templateOf(`notify: ${notify}\n`)).toThrow(why)
  expect(() => templateOf(`notify: ${notify}\n`)).not.toThrow('geheim')
})
