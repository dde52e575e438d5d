import { expect, inject, test } from 'vitest'
import { LoadingObserver } from '../setup/loaded-sources.ts'
import { freshBucket, taskEnvironment } from '../setup/s3-client.ts'
import { Workspace } from './workspace.ts'

/** Packages that take long to load, by their purpose. */
const COSTLY = {
  commandLine: 'commander',
  records: 'valibot',
  mysql: 'mysql2',
  postgres: 'pg',
  duckdb: '@duckdb/node-api',
  s3: '@aws-sdk/client-s3',
  tokens: '@aws-sdk/rds-signer',
  secrets: '@aws-sdk/client-secrets-manager',
  ecs: '@aws-sdk/client-ecs',
  cloudwatch: '@aws-sdk/client-cloudwatch-logs',
  ssm: '@aws-sdk/client-ssm',
  doctor: '@aws-sdk/client-ec2',
  sdk: '@smithy/core',
  yaml: 'yaml',
  console: 'hono',
} as const

/** Returns the purposes for which the processes of a command line load packages. */
async function costly(
  args: readonly string[],
  files: Record<string, string>,
  environment: NodeJS.ProcessEnv,
) {
  const workspace = await Workspace.create()
  for (const [name, content] of Object.entries(files)) await workspace.write(name, content)
  const observer = await LoadingObserver.create()
  const ended = await workspace.run(args, { environment: { ...environment, ...observer.environment } })
  expect(ended).toMatchObject({ code: 0 })
  const processes = await observer.loaded()
  return processes.map(({ program, packages }) => [
    program,
    ...Object.entries(COSTLY).flatMap(([need, name]) => (packages.includes(name) ? need : [])),
  ])
}

const mysql = () => {
  const { port, user, password, database } = inject('mariadb')
  return {
    BATCHQUERY_DATABASE: `mysql://${user}@127.0.0.1:${port}/${database}`,
    MYSQL_PWD: password,
  }
}

const postgres = () => {
  const { port, user, password, database, caFile } = inject('postgres')
  return {
    BATCHQUERY_DATABASE: `postgres://${user}@localhost:${port}/${database}?sslmode=verify-full&sslrootcert=${caFile}`,
    PGPASSWORD: password,
  }
}

const run = ['run', './task.sql']
const task = { 'task.sql': "SELECT 1 INTO OUTFILE S3 './out/result'" }

test.each([['version'], ['help'], ['help run'], ['completion bash']])(
  '%s loads only the parser of the command line',
  async line => {
    expect(await costly(line.split(' '), {}, {})).toEqual([['batchquery.js', 'commandLine']])
  },
)

test.each([
  ['mysql', mysql],
  ['postgres', postgres],
  ['duckdb', () => ({})],
])('a run on %s in a folder loads its driver, in the runner', async (dialect, environment) => {
  expect(await costly(run, task, environment())).toEqual([
    ['batchquery-task.js', 'records', dialect],
    ['batchquery.js', 'commandLine', 'records'],
  ])
})

test('a run loads the SDK when the store is on S3', async () => {
  const environment = { ...(await taskEnvironment(await freshBucket())), ...mysql() }
  expect(await costly(run, task, environment)).toEqual([
    ['batchquery-task.js', 'records', 'mysql', 's3', 'sdk'],
    ['batchquery.js', 'commandLine', 'records', 's3', 'sdk'],
  ])
})

test('doctor loads nothing of AWS when the engine is local', async () => {
  expect(await costly(['doctor'], {}, {})).toEqual([['batchquery.js', 'commandLine', 'records', 'duckdb']])
})

test('ls loads the YAML parser when a batchquery.yaml exists', async () => {
  const files = { 'batchquery.yaml': 'bucket: b1' }
  expect(await costly(['ls'], files, {})).toEqual([['batchquery.js', 'commandLine', 'records', 'yaml']])
})
