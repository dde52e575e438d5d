import { mkdir, readFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { ECS, type RunTaskCommandInput } from '@aws-sdk/client-ecs'
import { execa } from 'execa'
import { beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { adminClient } from '../../setup/s3-client.ts'
import { PROGRAM } from '../workspace.ts'
import { stage } from './stage.ts'

const { ecs, bucket, environment, credentials, object, workspace } = await stage()
const PAGE = new URL('../../../../../docs/orchestration.md', import.meta.url)

/** The blocks of a language on the page, in order, for the bucket of this test. */
async function blocks(language: string): Promise<readonly string[]> {
  const page = await readFile(PAGE, 'utf8')
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(([, text]) =>
    text.replaceAll('"exports"', `"${bucket}"`).replaceAll('s3://exports/', `s3://${bucket}/`),
  )
}

beforeEach(async () => {
  const [sql = ''] = await blocks('sql')
  // The page's table does not exist here.
  const Body = sql.replace('FROM orders', 'FROM (SELECT :month AS month) orders')
  await adminClient().putObject({ Bucket: bucket, Key: 'script/monthly.sql', Body })
})

const recordOf = async (id: string) => JSON.parse(await object(`runs/${id}/run.json`))

/** Sends requests to the stand-in for ECS as another AWS service would, and waits for the ECS tasks. */
async function runTasks(requests: readonly RunTaskCommandInput[]): Promise<void> {
  const client = new ECS({ endpoint: ecs.url, region: 'us-east-1', credentials, maxAttempts: 1 })
  for (const request of requests) await client.runTask({ ...request, count: 1 })
  client.destroy()
  await Promise.all(ecs.tasks.map(({ stopped }) => stopped))
}

/** AWS services write the names of a request with a capital. */
const inSdkForm = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(inSdkForm)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name[0].toLowerCase() + name.slice(1), inSdkForm(inner)]),
  )
}

/** What Step Functions makes of the parameters of an item. */
const filled = (value: unknown, params: { readonly month: string }): unknown => {
  if (Array.isArray(value)) return value.map(inner => filled(inner, params))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) =>
      name.endsWith('.$')
        ? [name.slice(0, -2), intrinsic(String(inner), params)]
        : [name, filled(inner, params)],
    ),
  )
}

function intrinsic(expression: string, params: { readonly month: string }): string {
  const [, format] = /^States\.Format\('([^']*)', \$\.params\.month\)$/.exec(expression) ?? []
  if (format !== undefined) return format.replace('{}', params.month)
  expect(expression).toBe('States.JsonToString($.params)')
  return JSON.stringify(params)
}

test('the Map of Step Functions starts a run for each month, and none twice', async () => {
  const [definition = ''] = await blocks('json')
  const { Parameters } = JSON.parse(definition).States.Months.ItemProcessor.States.Export
  const request = (month: string): RunTaskCommandInput => Object(inSdkForm(filled(Parameters, { month })))
  await runTasks([request('2026-10'), request('2026-11')])
  for (const month of ['2026-10', '2026-11'])
    expect(await recordOf(`monthly-${month}`)).toMatchObject({
      state: 'SUCCEEDED',
      attempt: 1,
      params: { month },
      exports: [{ uri: `s3://${bucket}/output/orders-${month}`, rows: 1 }],
    })
  // A redriven execution.
  await runTasks([request('2026-11')])
  expect(await recordOf('monthly-2026-11')).toMatchObject({ state: 'SUCCEEDED', attempt: 1 })
  expect(ecs.tasks.at(-1)?.describe()).toMatchObject({ containers: [{ exitCode: 0 }] })
})

test('the schedule of EventBridge starts a run with its due time', async () => {
  const [, text = ''] = await blocks('json')
  const { Target } = JSON.parse(text)
  const { EcsParameters } = Target
  const input = Target.Input.replaceAll('"exports"', `"${bucket}"`).replaceAll(
    '<aws.scheduler.scheduled-time>',
    '2026-11-01T02:15:00Z',
  )
  await runTasks([
    {
      cluster: Target.Arn.split('/').at(-1),
      taskDefinition: EcsParameters.TaskDefinitionArn,
      launchType: EcsParameters.LaunchType,
      networkConfiguration: Object(inSdkForm(EcsParameters.NetworkConfiguration)),
      overrides: JSON.parse(input),
    },
  ])
  expect(await recordOf('monthly-20261101T021500Z')).toMatchObject({
    state: 'SUCCEEDED',
    params: { month: '2026-11-01T02:15:00Z' },
  })
})

/** In place of Airflow: prints what the operator gets. */
const AIRFLOW = `import json
class EcsRunTaskOperator:
    def __init__(self, **given):
        print(json.dumps(given))
`
const DAG = `class DAG:
    def __init__(self, *names, **given): pass
    def __enter__(self): return self
    def __exit__(self, *error): pass
`

test('the operator of Airflow starts a run with the number of the try in its id', async () => {
  const here = await workspace()
  const [code = ''] = await blocks('python')
  await mkdir(join(here.folder, 'airflow/providers/amazon/aws/operators'), { recursive: true })
  await here.write('airflow/__init__.py', DAG)
  await here.write('airflow/providers/amazon/aws/operators/ecs.py', AIRFLOW)
  const { stdout } = await execa('python3', ['-'], {
    input: code,
    cwd: here.folder,
    env: { PYTHONPATH: here.folder },
  })
  const given = JSON.parse(
    stdout
      .replaceAll('{{ ds_nodash }}', '20261101')
      .replaceAll('{{ ds }}', '2026-11-01')
      .replaceAll('{{ ti.try_number }}', '1'),
  )
  const { cluster, task_definition, launch_type, network_configuration, overrides } = given
  await runTasks([
    {
      ...{ cluster, overrides },
      taskDefinition: task_definition,
      launchType: launch_type,
      networkConfiguration: network_configuration,
    },
  ])
  expect(await recordOf('monthly-20261101-1')).toMatchObject({
    state: 'SUCCEEDED',
    params: { month: '2026-11-01' },
  })
})

const MONTH = /^\d{4}-\d{2}$/

/** Runs a command line of the page with `batchquery` and `npx batchquery` of this clone. @returns the id of its run */
async function runLine(line: string): Promise<string> {
  const here = await workspace()
  await here.write('batchquery', `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`)
  await here.write('npx', '#!/bin/sh\nexec "$@"\n')
  await execa('chmod', ['755', 'batchquery', 'npx'], { cwd: here.folder })
  const PATH = [here.folder, dirname(process.execPath), process.env.PATH].join(delimiter)
  const [, id = ''] = /--run-id (.+)$/m.exec(line) ?? []
  const env = { ...environment, PATH, HOME: here.folder }
  await execa('sh', ['-c', line.replace('/srv/exports', here.folder)], {
    cwd: here.folder,
    extendEnv: false,
    env,
  })
  const { stdout } = await execa('sh', ['-c', `printf %s ${id}`])
  return stdout
}

test('the workflow of GitHub Actions starts a run and waits for it', async () => {
  const [text = ''] = await blocks('yaml')
  const { on, jobs } = parse(text)
  expect(on.schedule[0].cron.split(' ')).toHaveLength(5)
  const { run } = jobs.monthly.steps.at(-1)
  const line = run
    .replace(/\$\{\{ github\.run_id \}\}/, '77')
    .replace(/\$\{\{ github\.run_attempt \}\}/, '1')
    .replace('\\\n', ' ')
  expect(await runLine(line.trim())).toBe('monthly-77-1')
  expect(await recordOf('monthly-77-1')).toMatchObject({
    state: 'SUCCEEDED',
    params: { month: expect.stringMatching(MONTH) },
  })
})

test('the line for cron starts a run, and a second one with its id starts none', async () => {
  const [text = ''] = await blocks('cron')
  const [, command = ''] = /^(?:\S+ ){5}(.*)\n$/.exec(text) ?? []
  const line = command.replaceAll('\\%', '%')
  const id = await runLine(line)
  expect(await recordOf(id)).toMatchObject({ state: 'SUCCEEDED', attempt: 1 })
  expect(await runLine(line)).toBe(id)
  expect(ecs.tasks).toHaveLength(1)
})

test('the units of systemd are valid, and the service starts a run', async () => {
  const [service = '', timer = ''] = await blocks('ini')
  const here = await workspace()
  await here.write('monthly.service', service)
  await here.write('monthly.timer', timer)
  const verified = await execa('systemd-analyze', ['verify', './monthly.service', './monthly.timer'], {
    cwd: here.folder,
    all: true,
  })
  expect(verified.all).not.toMatch(/monthly\.(?:service|timer)/)
  const [, start = ''] = /^ExecStart=\/bin\/sh -c '(.*)'$/m.exec(service) ?? []
  const id = await runLine(start.replaceAll('%%', '%').replace('monthly-$', 'unit-$'))
  expect(await recordOf(id)).toMatchObject({ state: 'SUCCEEDED', engine: { name: 'fargate' } })
})
