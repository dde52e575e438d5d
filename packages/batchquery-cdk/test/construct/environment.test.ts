import { expect, test } from 'vitest'
import { parseStackDocument } from '../../../batchquery/src/config/discovery.ts'
import { readSettings } from '../../../batchquery/src/config/index.ts'
import { readRunnerSettings } from '../../../batchquery/src/task/runner-settings.ts'
import type { BatchQuerySchedule } from '../../src/index.ts'
import { given, main } from './stacks.ts'

const SCHEDULED_TIME = '2026-11-23T02:15:00Z'
const params = { day: '<aws.scheduler.scheduled-time>', note: 'a "b"' }
const schedules = { nightly: { expression: 'rate(1 day)', task: 'script/a.sh', args: ['x'], params } }

/** Every `{ Name, Value }` of the task definition, and every override of a schedule, as CloudFormation would hand them over. */
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

/** What CloudFormation makes of its functions, with names for what is only known then. */
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

test('every variable that the construct sets is one that the runner reads', () => {
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

test('a schedule’s run is called after it and the time it was due at, and knows bucket, task and database', () => {
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

test('what the parameter says is what the command line reads', () => {
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

test('GIVEN a schedule whose runs may overlap THEN they take no turns', () => {
  const { environment, command } = handedOver({ overlap: 'allow' })
  expect(readRunnerSettings(command, environment, '/tmp')).toMatchObject({ turnOf: null })
})

test('GIVEN several databases THEN none is chosen for a task', () => {
  const { template } = given({ databases: { main, other: main } })
  expect(JSON.stringify(template().findResources('AWS::ECS::TaskDefinition'))).not.toContain(
    '"BATCHQUERY_DATABASE"',
  )
})
