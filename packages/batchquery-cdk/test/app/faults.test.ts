import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { ConfigError, readAppConfig } from '../../src/app/config.ts'
import { expressionFault, timeZoneFault } from '../../src/rules/schedule-expression.ts'

const folder = mkdtempSync(join(tmpdir(), 'batchquery-cdk-faults-'))
afterAll(() => rmSync(folder, { recursive: true }))
const path = join(folder, 'batchquery.yaml')

function read(stack: unknown) {
  writeFileSync(path, JSON.stringify({ stack }))
  return readAppConfig(path).stack
}

/** The error that refuses the file, without its own name. */
function refusal(stack: unknown): string {
  try {
    read(stack)
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown
    expect(thrown.code).toBe('CONFIG')
    return thrown.message.slice(`${path}: `.length)
  }
  return 'none'
}

const TASK = { expression: 'rate(1 day)', task: 'script/a.sql' }
const scheduled = (changed: object) => ({ schedules: { nightly: { ...TASK, ...changed } } })
const aurora = (changed: object) => ({ databases: { main: { create: 'aurora-mysql', ...changed } } })
const server = (changed: object) => ({ databases: { main: { dialect: 'mysql', host: 'a', ...changed } } })

test.each<[string, string, unknown]>([
  ['stack.name', 'is not a valid name', { name: 'Batch' }],
  ['stack.cpu', 'Fargate has no 300 CPU units', { cpu: 300 }],
  ['stack.memory', 'Fargate has no 512 MiB with 1024 CPU units', { cpu: 1024 }],
  ['stack.memory', 'Fargate has no 700 MiB', { memory: 700 }],
  ['stack.ephemeralStorage', '20 GiB', { ephemeralStorage: 20 }],
  ['stack.cpuArchitecture', 'Invalid type', { cpuArchitecture: 'arm' }],
  ['stack.image', 'no registry except ECR', { image: 'example.com/batchquery:1' }],
  [
    'stack.vpc.id',
    'is vpc- and',
    { vpc: { id: 'main', subnets: ['subnet-0123abcd'], availabilityZones: ['a'] } },
  ],
  [
    'stack.vpc.subnets.0',
    'is subnet-',
    { vpc: { id: 'vpc-0123abcd', subnets: ['a'], availabilityZones: ['a'] } },
  ],
  ['stack.schedules.nightly.expression', 'is not a schedule', scheduled({ expression: '15 2 * * *' })],
  [
    'stack.schedules.nightly.expression',
    'cron() has 5 fields',
    scheduled({ expression: 'cron(15 2 * * *)' }),
  ],
  ['stack.schedules.nightly.timeZone', 'is not a time zone', scheduled({ timeZone: 'Asia/Tokio' })],
  ['stack.schedules.nightly.args', 'a SQL task accepts no arguments', scheduled({ args: ['x'] })],
  [
    'stack.schedules.nightly.params.a-b',
    'is not a valid parameter name',
    scheduled({ params: { 'a-b': 'x' } }),
  ],
  ['stack.schedules.nightly.memory', 'with 2048 CPU units', scheduled({ cpu: 2048, memory: 1024 })],
  ['stack.schedules.a b', 'is not a valid name', { schedules: { 'a b': TASK } }],
  ['stack.databases.a b', 'is not a valid name', { databases: { 'a b': { create: 'aurora-mysql' } } }],
  ['stack.databases.main', 'set either resourceId', server({})],
  ['stack.databases.main.port', 'Invalid value', server({ resourceId: 'cluster-A', port: 70_000 })],
  ['stack.databases.main.minCapacity', '0.7 is not a capacity', aurora({ minCapacity: 0.7 })],
  ['stack.databases.main.minCapacity', 'more than the maxCapacity of 4', aurora({ minCapacity: 8 })],
  ['stack.databases.main.maxCapacity', '256.5 is not a capacity', aurora({ maxCapacity: 256.5 })],
  ['stack.databases.main.maxCapacity', 'at least 1', aurora({ minCapacity: 0, maxCapacity: 0.5 })],
  [
    'stack.databases.main.secondsUntilAutoPause',
    '200 seconds',
    aurora({ minCapacity: 0, secondsUntilAutoPause: 200 }),
  ],
  ['stack.databases.main.secondsUntilAutoPause', 'minCapacity is 0', aurora({ secondsUntilAutoPause: 300 })],
  ['stack.databases.main.engineVersion', 'is not a version of Aurora', aurora({ engineVersion: '8.0' })],
  ['stack.databases.main.engineVersion', 'in quotes', aurora({ engineVersion: 17.5 })],
])('the schema refuses a file with a fault at %s: %s', (key, why, stack) => {
  const message = refusal(stack)
  expect(message.startsWith(`${key}: `), message).toBe(true)
  expect(message).toContain(why)
})

test('the schema accepts every size, capacity and version at its limits', () => {
  const made = { create: 'aurora-mysql', minCapacity: 0, maxCapacity: 256, secondsUntilAutoPause: 86_400 }
  const params = { month: '2026-11', rows: 10, all: true }
  const stack = read({
    cpu: 16_384,
    memory: 122_880,
    ephemeralStorage: 200,
    databases: { made, other: { create: 'aurora-postgres', engineVersion: '16.9', enableDataApi: true } },
    ...scheduled({ cpu: 256, memory: 2048, spot: true, ephemeralStorage: 21, params }),
  })
  expect(stack.schedules.nightly?.params).toEqual({ month: '2026-11', rows: '10', all: 'true' })
})

describe('the schema', () => {
  test.each([
    'cron(15 2 * * ? *)',
    'cron(0/15 8-18 ? * MON-FRI 2026-2030)',
    'cron(0 10 L * ? *)',
    'cron(0 10 15W JAN,jul ? *)',
    'cron(0 10 ? * 6L *)',
    'cron(0 10 ? * TUE#2 *)',
    'rate(1 hour)',
    'rate(15 minutes)',
    'at(2026-11-23T02:15:00)',
  ])('accepts the expression %s', expression => {
    expect(expressionFault(expression)).toBeNull()
  })

  test.each([
    'cron(60 2 * * ? *)',
    'cron(0 24 * * ? *)',
    'cron(0 2 0 * ? *)',
    'cron(0 2 * 13 ? *)',
    'cron(0 2 ? * 8 *)',
    'cron(0 2 * * ? 1969)',
    'cron(0 2 * * * *)',
    'cron(0 2 ? * ? *)',
    'cron(0 2 1 * 1 *)',
    'cron(0/0 2 * * ? *)',
    'cron(0, 2 * * ? *)',
    'rate(0 days)',
    'rate(1 week)',
    'rate(1.5 hours)',
    'at(2026-02-30T00:00:00)',
    'at(2026-11-23)',
    ' rate(1 day)',
    'every day',
  ])('refuses the expression %s', expression => {
    expect(expressionFault(expression)).not.toBeNull()
  })
})

test.each([
  ['UTC', null],
  ['Asia/Tokyo', null],
  ['America/Argentina/Buenos_Aires', null],
  ['asia/tokyo', 'write Asia/Tokyo for asia/tokyo'],
  ['+09:00', '+09:00'],
  ['Mars/Base', 'is not a time zone'],
])('the fault of the time zone %s is %s', (zone, expected) => {
  const fault = timeZoneFault(zone)
  expect(fault === null ? null : expected !== null && fault.includes(expected)).toBe(
    expected === null ? null : true,
  )
})
