import { afterAll, expect, test } from 'vitest'
import { adminClient, dropBucket, makeBucket, taskEnvironment } from '../../setup/s3-client.ts'
import { type Ended, RUNNER, Workspace } from '../workspace.ts'

const bucket = await makeBucket()
afterAll(() => dropBucket(bucket))

/** A runner that was started as a plain ECS task, or a schedule, starts one: with the task alone. */
interface Home {
  readonly bucket: string
  put(key: string, text: string): Promise<void>
  get(key: string): Promise<string>
  run(key: string, environment?: NodeJS.ProcessEnv): Promise<Ended>
}

async function inFolder(): Promise<Home> {
  const workspace = await Workspace.create()
  const home = 'batchquery-s3'
  return {
    bucket: home,
    put: (key, text) => workspace.writeObject(key, text),
    get: key => workspace.readObject(key),
    run: (key, environment) =>
      workspace.run([home, key], { program: RUNNER, ...(environment && { environment }) }),
  }
}

async function inBucket(): Promise<Home> {
  const workspace = await Workspace.create()
  const own = await taskEnvironment(bucket)
  return {
    bucket,
    put: async (Key, Body) => void (await adminClient().putObject({ Bucket: bucket, Key, Body })),
    get: async Key => {
      const { Body } = await adminClient().getObject({ Bucket: bucket, Key })
      return (await Body?.transformToString()) ?? ''
    },
    run: (key, environment) =>
      workspace.run([bucket, key], { program: RUNNER, environment: { ...own, ...environment } }),
  }
}

const YAML = [
  'bucket: elsewhere',
  'engine: fargate',
  'news: [a newer version may write more]',
  'fargate: { subnets: [subnet-1] }',
  'database: main',
  'databases:',
  '  main: { url: "duckdb:home.duckdb" }',
  '  other: { url: "duckdb:other.duckdb" }',
].join('\n')

const place = (text: string, at: Home) => text.replaceAll('BUCKET', at.bucket)
const WHERE =
  "SELECT database_name AS d FROM duckdb_databases() WHERE NOT internal INTO OUTFILE S3 's3://BUCKET/output/where' OVERWRITE ON"

async function databaseOf(at: Home, task: string, environment: NodeJS.ProcessEnv = {}): Promise<string> {
  await at.put('script/where.sql', place(task, at))
  const { code, stderr } = await at.run('script/where.sql', environment)
  expect({ code, stderr }).toMatchObject({ code: 0 })
  return (await at.get('output/where.part_00000')).trim()
}

test.each([
  ['a folder', inFolder],
  ['S3', inBucket],
])('the home bucket in %s names the databases of a runner whose environment does not', async (_, open) => {
  const at = await open()
  expect(await databaseOf(at, WHERE)).toBe('db01')
  await at.put('batchquery.yaml', YAML)
  expect(await databaseOf(at, WHERE)).toBe('home')
  expect(await databaseOf(at, `-- @database other\n${WHERE}`)).toBe('other')
})

test.each([
  [WHERE, { BATCHQUERY_DATABASE: 'other' }, 'other'],
  [WHERE, { BATCHQUERY_DATABASE: 'duckdb:env.duckdb' }, 'env'],
  [`-- @database other\n${WHERE}`, { BATCHQUERY_DATABASES: '{"other":"duckdb:env.duckdb"}' }, 'env'],
])('the environment takes precedence over it: %s with %j', async (task, environment, name) => {
  const at = await inFolder()
  await at.put('batchquery.yaml', YAML)
  expect(await databaseOf(at, task, environment)).toBe(name)
})

test('a script finds the databases, too', async () => {
  const at = await inFolder()
  await at.put('batchquery.yaml', YAML)
  await at.put('script/s.sh', 'echo "$BATCHQUERY_DATABASE $BATCHQUERY_DATABASES"')
  const { code, stdout } = await at.run('script/s.sh')
  expect(code).toBe(0)
  expect(stdout).toMatch(/duckdb:\S*home\.duckdb \{.*"other":"duckdb:\S*other\.duckdb"/)
})

test.each([
  ['databases: { main: { url: "ftp://x" } }', /batchquery\.yaml, line 1: databases\.main\.url/],
  ['database: gone', /line 1: database: "gone" is not a name under databases/],
  ['databases: [', /not YAML/],
])('a run fails with the line of an invalid file: %s', async (yaml, says) => {
  const at = await inFolder()
  await at.put('batchquery.yaml', yaml)
  await at.put('script/t.sql', 'SELECT 1')
  const { code, stderr } = await at.run('script/t.sql', { BATCHQUERY_RUN_ID: 'r1' })
  expect({ code, stderr }).toMatchObject({ code: 2 })
  expect(stderr).toMatch(says)
  expect(JSON.parse(await at.get('runs/r1/run.json'))).toMatchObject({
    state: 'FAILED',
    error: { code: 'CONFIG', hint: expect.stringContaining('s3://batchquery-s3/batchquery.yaml') },
  })
})

test('a run fails when no settings have the name of its database', async () => {
  const at = await inFolder()
  await at.put('script/t.sql', 'SELECT 1')
  const { code, stderr } = await at.run('script/t.sql', { BATCHQUERY_DATABASE: 'gone' })
  expect({ code, stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no database has the name "gone"'),
  })
})
