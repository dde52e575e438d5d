import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { Account } from '../../aws/account.ts'
import { AwsServer } from '../../aws/aws-server.ts'
import { stackDocument } from '../../aws/stack-document.ts'
import { EXPIRED, writeExpiredSession } from '../fargate/expired-session.ts'
import { stage } from '../fargate/stage.ts'
import { documentOf, Workspace } from '../workspace.ts'

const aws = await AwsServer.start()
afterAll(() => aws.stop())
const { ecs, bucket, environment: configured } = await stage()

/** A shell without settings of batchquery, apart from the engine if it is given. */
const { BATCHQUERY_STORE, BATCHQUERY_BUCKET, BATCHQUERY_ENGINE, ...bare } = configured
const environment = { ...bare, ...aws.environment }
const fargate = { ...environment, BATCHQUERY_ENGINE }

beforeEach(() => {
  aws.account = new Account()
  aws.account.region = String(bare.AWS_REGION)
  aws.account.parameters.set('/batchquery/batchquery', stackDocument(bucket))
  aws.asked.length = 0
})

test('run needs only the engine to run a task on Fargate after deploy', async () => {
  const workspace = await Workspace.create()
  await workspace.write('t.sql', `SELECT 1 INTO OUTFILE S3 's3://${bucket}/output/found'`)
  const ran = await workspace.run(['run', './t.sql', '--engine', 'fargate', '--run-id', 'found'], {
    environment,
  })
  expect({ code: ran.code, stderr: ran.stderr }).toMatchObject({ code: 0 })
  expect(ran.stderr).toMatch(
    new RegExp(`^stack batchquery in ${bare.AWS_REGION}: bucket ${bucket}, cluster batchquery-fg$`, 'm'),
  )
  expect(ran.stdout).toContain(`s3://${bucket}/output/found.part_00000`)
  expect(ecs.tasks).toHaveLength(1)
  expect(aws.asked).toEqual(['ssm:GetParametersByPath'])
})

test('ls, show and logs find the same home bucket by the name of the stack', async () => {
  const workspace = await Workspace.create()
  const run = async (...args: string[]) => {
    const ended = await workspace.run(args, {
      environment: { ...environment, BATCHQUERY_STACK: 'batchquery' },
    })
    expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code: 0 })
    return ended
  }
  const { runs } = documentOf(await run('ls', '--json'))
  expect(runs.map(({ id }: { id: string }) => id)).toContain('found')
  expect(documentOf(await run('show', 'found', '--json'))).toMatchObject({ state: 'SUCCEEDED' })
  expect((await run('logs', 'found')).stdout).toContain('published 1 rows')
  expect(new Set(aws.asked)).toEqual(new Set(['ssm:GetParameter']))
})

test('AWS is not asked, and the engine is local, without engine and stack', async () => {
  const workspace = await Workspace.create()
  const { code, stderr } = await workspace.run(['ls'], { environment })
  expect(code).toBe(0)
  expect(stderr).toContain('nothing is configured: engine local')
  expect(aws.asked).toEqual([])
})

test('AWS is not asked when all is configured', async () => {
  const workspace = await Workspace.create()
  const { code } = await workspace.run(['ls'], {
    environment: { ...fargate, BATCHQUERY_STORE: 's3', BATCHQUERY_BUCKET: bucket },
  })
  expect(code).toBe(0)
  expect(aws.asked).toEqual([])
})

interface Bad {
  readonly prepare?: (account: Account) => void
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly environment?: NodeJS.ProcessEnv
  readonly yaml?: string
  readonly code: number
  readonly says: RegExp
  readonly hint: RegExp
}

const second = (account: Account) =>
  void account.parameters.set('/batchquery/other', stackDocument(bucket, { name: 'other' }))

const NO_CREDENTIALS = {
  AWS_ACCESS_KEY_ID: '',
  AWS_SECRET_ACCESS_KEY: '',
  AWS_SESSION_TOKEN: '',
  AWS_EC2_METADATA_DISABLED: 'true',
}

const BAD: Record<string, Bad> = {
  'no stack': {
    prepare: account => account.parameters.clear(),
    ...{ code: 3, says: /found no stack of batchquery in us-east-1/, hint: /AWS_REGION.*--stack.*deploy/ },
  },
  'the wrong region': {
    environment: { AWS_REGION: 'eu-west-1' },
    ...{ code: 3, says: /no stack of batchquery in eu-west-1/, hint: /Name its region/ },
  },
  'no region': {
    environment: { AWS_REGION: undefined },
    ...{ code: 2, says: /Region is missing/, hint: /AWS_REGION/ },
  },
  'a region that cannot be': {
    environment: { AWS_REGION: 'us east' },
    ...{ code: 2, says: /Region not accepted/, hint: /AWS_REGION/ },
  },
  'no stack for a run, whose bucket is configured': {
    prepare: account => account.parameters.clear(),
    command: ['run', './t.sql'],
    environment: { BATCHQUERY_BUCKET: bucket },
    ...{ code: 3, says: /found no stack of batchquery in us-east-1/, hint: /deploy/ },
  },
  'a stack that says nothing of Fargate': {
    prepare: account =>
      void account.parameters.set('/batchquery/batchquery', stackDocument(bucket, { settings: { bucket } })),
    command: ['run', './t.sql'],
    ...{ code: 2, says: /the engine fargate is not configured/, hint: /--stack NAME/ },
  },
  'three stacks, on two pages': {
    prepare: account => {
      second(account)
      account.parameters.set('/batchquery/third', stackDocument(bucket, { name: 'third' }))
    },
    ...{
      code: 2,
      says: /us-east-1 has 3 stacks of batchquery: batchquery, other, third/,
      hint: /--stack batchquery/,
    },
  },
  'another name': {
    prepare: second,
    args: ['--stack', 'prod'],
    ...{
      code: 3,
      says: /no stack prod of batchquery in us-east-1/,
      hint: /This region has: batchquery, other/,
    },
  },
  'a name that batchquery.yaml describes, and that is not deployed': {
    yaml: 'stack: { name: mine }',
    ...{ code: 3, says: /no stack mine/, hint: /npx batchquery-cdk deploy/ },
  },
  'no right to list, and no stack of the usual name': {
    prepare: account => {
      account.denied.add('ssm:GetParametersByPath')
      account.parameters.clear()
    },
    ...{
      code: 4,
      says: /Cannot look for stacks of batchquery in us-east-1: .*ssm:GetParametersByPath/,
      hint: /--stack NAME.*Allow ssm:GetParametersByPath on arn:aws:ssm:us-east-1:\*:parameter\/batchquery\/\*/,
    },
  },
  'no right to read': {
    prepare: account => void account.denied.add('ssm:GetParameter'),
    args: ['--stack', 'batchquery'],
    ...{
      code: 4,
      says: /not authorized to perform: ssm:GetParameter/,
      hint: /Allow ssm:GetParameter on arn:aws:ssm:us-east-1:\*:parameter\/batchquery\/batchquery/,
    },
  },
  'a session of AWS that has expired': {
    environment: EXPIRED,
    ...{
      code: 4,
      says: /Cannot look for stacks of batchquery in us-east-1: .*expired/,
      hint: /aws sso login/,
    },
  },
  'no credentials': {
    environment: NO_CREDENTIALS,
    ...{
      code: 4,
      says: /Cannot look for stacks of batchquery in us-east-1: cannot get AWS credentials/,
      hint: /aws sso login/,
    },
  },
  'a document with a setting that cannot be': {
    prepare: account =>
      void account.parameters.set(
        '/batchquery/batchquery',
        stackDocument(bucket, { settings: { fargate: {} } }),
      ),
    ...{ code: 2, says: /fargate\.subnets is missing/, hint: /Deploy the stack again/ },
  },
}

test.each(Object.entries(BAD))(
  '%s',
  async (_, { prepare, command = ['ls'], args = [], code, says, hint, ...bad }) => {
    prepare?.(aws.account)
    const workspace = await Workspace.create()
    await workspace.write('t.sql', 'SELECT 1')
    await writeExpiredSession(workspace)
    if (bad.yaml !== undefined) await workspace.write('batchquery.yaml', bad.yaml)
    const ended = await workspace.run([...command, ...args], {
      environment: { ...fargate, ...bad.environment },
    })
    expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code })
    expect(ended.stderr).toMatch(new RegExp(`^error: .*${says.source}`, 'm'))
    expect(ended.stderr).toMatch(new RegExp(`^hint: .*${hint.source}`, 'm'))
  },
)

test('a user who may not list finds the stack of the usual name', async () => {
  aws.account.denied.add('ssm:GetParametersByPath')
  second(aws.account)
  const workspace = await Workspace.create()
  const { code, stderr } = await workspace.run(['ls'], { environment: fargate })
  expect({ code, stderr }).toMatchObject({ code: 0 })
  expect(stderr).toMatch(/^stack batchquery in us-east-1/m)
})

test('a named stack takes precedence over batchquery.yaml, a found one does not', async () => {
  const workspace = await Workspace.create()
  await workspace.write(
    'batchquery.yaml',
    'engine: fargate\ndatabase: "duckdb::memory:"\ndatabases: { main: { url: duckdb:x } }',
  )
  await workspace.write('t.sql', 'SELECT 1')
  const planned = async (...args: string[]) =>
    documentOf(await workspace.run(['run', './t.sql', '--dry-run', '--json', ...args], { environment }))
  expect(await planned()).toMatchObject({
    engine: 'fargate',
    store: 's3',
    bucket,
    database: { name: null, url: 'duckdb::memory:' },
  })
  expect(await planned('--stack', 'batchquery')).toMatchObject({
    database: { name: 'main', url: 'duckdb::memory:' },
  })
})

test('init writes the settings of the stack, and AWS is not asked for them again', async () => {
  const workspace = await Workspace.create()
  expect(await workspace.run(['init', '--stack', 'batchquery'], { environment })).toMatchObject({ code: 0 })
  expect(aws.asked).toEqual(['ssm:GetParameter'])
  await workspace.write('t.sql', 'SELECT 1')
  const planned = await workspace.run(['run', './t.sql', '--dry-run', '--json'], { environment: bare })
  expect(documentOf(planned)).toMatchObject({
    engine: 'fargate',
    store: 's3',
    bucket,
    database: { name: 'main' },
  })
  const again = await workspace.run(['init', '--stack', 'batchquery'], { environment })
  expect(again).toMatchObject({ code: 5, stderr: expect.stringContaining('already exists') })
})

test('the library finds the stack, too', async () => {
  const workspace = await Workspace.create()
  const library = pathToFileURL(join(import.meta.dirname, '../../../dist/index.js'))
  const source = `import { list } from '${library}'
    console.log(JSON.stringify((await list({ stack: 'batchquery', log: text => console.error(text) })).map(({ id }) => id)))`
  await workspace.write('p.mjs', source)
  const ended = await workspace.run([], { environment, program: join(workspace.folder, 'p.mjs') })
  expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code: 0 })
  expect(JSON.parse(ended.stdout)).toContain('found')
})
