import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  capacityException,
  capacityFailure,
  emptyContainers,
  lostAnswer,
  missingAtFirst,
  noSpot,
  serverError,
  slow,
  throttled,
} from '../../ecs/faults.ts'
import type { Workspace } from '../workspace.ts'
import { FARGATE, stage } from './stage.ts'

const { ecs, bucket, environment, workspace, define, object, keys } = await stage()

/** Runs a task of its own that succeeds. */
async function run(id: string, args: readonly string[] = [], here?: Workspace) {
  const place = here ?? (await workspace())
  await place.write('t.sql', `SELECT 1 INTO OUTFILE S3 's3://${bucket}/output/${id}' OVERWRITE ON`)
  return place.run(['run', './t.sql', '--run-id', id, ...args], { environment })
}

const tokenOf = (id: string, launch: string): string =>
  createHash('sha256').update(`${id}/${launch}`).digest('hex')

test('a launch starts one ECS task in spite of faults', async () => {
  ecs.fail(throttled('RunTask', 1), serverError('RunTask', 1), lostAnswer('RunTask', 1))
  ecs.fail(missingAtFirst(1), emptyContainers(1), throttled('DescribeTasks', 1), serverError('StopTask', 1))
  expect(await run('rough')).toMatchObject({ code: 0 })
  expect(ecs.tasks).toHaveLength(1)
  const calls = ecs.callsOf('RunTask').map(({ input }) => input)
  expect(calls).toHaveLength(4)
  for (const input of calls) expect(input).toEqual(calls[0])
  expect(calls[0]).toMatchObject({ clientToken: tokenOf('rough', 'launch-0001'), count: 1 })
})

test.each([
  ['an exception', capacityException],
  ['a failure in an answer that looks well', capacityFailure],
])('a launch is followed by the next one when ECS has no capacity: %s', async (name, fault) => {
  ecs.fail(fault(1))
  const id = `room-${name.length}`
  const ran = await run(id)
  expect(ran).toMatchObject({ code: 0 })
  expect(ran.stderr).toMatch(/Capacity is unavailable.*trying again\n/)
  const [first, second] = ecs.callsOf('RunTask').map(({ input }) => input.clientToken)
  expect([first, second]).toEqual([tokenOf(id, 'launch-0001'), tokenOf(id, 'launch-0002')])
  expect(JSON.parse(await object(`runs/${id}/launch-0001`))).toMatchObject({
    ecsTask: null,
    failure: expect.stringContaining('Capacity is unavailable'),
  })
})

test('a run FAILED with exit code 7 and starts nothing when there is no capacity until the timeout', async () => {
  ecs.fail(capacityFailure(1000))
  const ran = await run('full', ['--timeout', '2s'])
  expect(ran.code).toBe(7)
  expect(ran.stderr).toMatch(/^error: Cannot start an ECS task: .*Capacity is unavailable/m)
  expect(ran.stderr).toMatch(/^hint: .*--timeout/m)
  expect(ecs.tasks).toEqual([])
  expect(JSON.parse(await object('runs/full/run.json'))).toMatchObject({
    state: 'FAILED',
    exitCode: 7,
    error: { code: 'NO_CAPACITY', retryable: true },
  })
})

test('run ends and starts nothing when another process cancels the run that waits for capacity', async () => {
  ecs.fail(capacityFailure(1000))
  const here = await workspace()
  await here.write('t.sql', 'SELECT 1')
  const waiting = here.start(['run', './t.sql', '--run-id', 'elsewhere', '--timeout', '1h'], { environment })
  await expect.poll(() => waiting.stderr).toContain('trying again')
  expect(await here.run(['cancel', 'elsewhere'], { environment })).toMatchObject({ code: 0 })
  expect(await waiting.ended).toMatchObject({
    code: 130,
    stderr: expect.stringContaining('run elsewhere CANCELLED'),
  })
  expect(ecs.tasks).toEqual([])
})

test('Ctrl-C cancels a detached run during its start', async () => {
  ecs.fail(slow('RunTask', 2_000))
  const here = await workspace()
  await here.write('t.sh', 'sleep 1000')
  const starting = here.start(['run', './t.sh', '--run-id', 'left', '--detach'], { environment })
  await expect.poll(() => ecs.callsOf('RunTask').length).toBe(1)
  starting.signal('SIGINT')
  expect(await starting.ended).toMatchObject({ code: 130 })
  expect(JSON.parse(await object('runs/left/run.json'))).toMatchObject({ state: 'CANCELLED' })
})

test('Ctrl-C cancels the run and starts nothing when there is no capacity', async () => {
  ecs.fail(capacityFailure(1000))
  const here = await workspace()
  await here.write('t.sql', 'SELECT 1')
  const waiting = here.start(['run', './t.sql', '--run-id', 'given-up'], { environment })
  await expect.poll(() => waiting.stderr).toContain('trying again')
  waiting.signal('SIGINT')
  expect(await waiting.ended).toMatchObject({ code: 130 })
  expect(JSON.parse(await object('runs/given-up/run.json'))).toMatchObject({ state: 'CANCELLED' })
  expect(ecs.tasks).toEqual([])
})

test('a launch requests Spot by its capacity provider, and the next one is on demand when there is none', async () => {
  expect(await run('spot', ['--spot', '--cpu', '512', '--memory', '1GB'])).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/0\.5 vCPU and 1 GB, less than \$.*Spot/),
  })
  const { input } = ecs.callsOf('RunTask')[0]
  expect(input).toMatchObject({
    capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
    overrides: { cpu: '512', memory: '1024' },
  })
  expect(input).not.toHaveProperty('launchType')

  ecs.reset()
  ecs.fail(noSpot())
  const prices = ', prices: { vcpuHour: 100, gbHour: 0, currency: JPY } }'
  const fallen = await run('nospot', ['--spot'], await workspace(FARGATE.replace(/ }$/, prices)))
  expect(fallen).toMatchObject({ code: 0, stderr: expect.stringContaining('starting the run on demand') })
  expect(fallen.stderr).toMatch(/about JPY \d+\.\d{4} at the prices of batchquery\.yaml/)
  expect(ecs.tasks).toMatchObject([{ request: { isSpot: false } }])
})

test('the next submitter repeats the launch of a dead one with its token, and follows the ECS task', async () => {
  // All answers are lost: it knows of no ECS task, when it is killed.
  ecs.fail(lostAnswer('RunTask', 1000))
  ecs.startMs = 2_500
  const here = await workspace()
  await here.write('t.sql', `SELECT 1 INTO OUTFILE S3 's3://${bucket}/output/twice'`)
  const dying = here.start(['run', './t.sql', '--run-id', 'twice'], { environment })
  await expect.poll(() => ecs.callsOf('RunTask').length).toBeGreaterThan(0)
  dying.signal('SIGKILL')
  await dying.ended
  expect(JSON.parse(await object('runs/twice/launch-0001'))).toMatchObject({ ecsTask: null, failure: null })
  const before = ecs.tasks[0]

  ecs.withoutFaults()
  const again = await here.run(['run', './t.sql', '--run-id', 'twice'], { environment })
  expect({ code: again.code, stderr: again.stderr }).toMatchObject({ code: 0 })
  expect(ecs.tasks).toEqual([before])
  expect(JSON.parse(await object('runs/twice/launch-0001'))).toMatchObject({ ecsTask: before.arn })
  expect(await keys('runs/twice/launch-')).toHaveLength(1)
})

test('two submitters of the same run start one ECS task', async () => {
  ecs.startMs = 1_000
  const here = await workspace()
  const both = await Promise.all([run('both', [], here), run('both', [], here)])
  expect(both).toMatchObject([{ code: 0 }, { code: 0 }])
  expect(ecs.tasks).toHaveLength(1)
  expect(await keys('runs/both/launch-')).toHaveLength(1)
})

test('the next submitter repeats a launch with stored variables, also with other options', async () => {
  ecs.fail(lostAnswer('RunTask', 1000))
  ecs.startMs = 2_500
  const here = await workspace()
  await here.write('t.sh', 'true')
  const args = ['run', './t.sh', '--run-id', 'long-twice', '-e', `LONG=${'x'.repeat(9_000)}`]
  const dying = here.start(args, { environment })
  await expect.poll(() => ecs.callsOf('RunTask').length).toBeGreaterThan(0)
  dying.signal('SIGKILL')
  await dying.ended
  ecs.withoutFaults()
  const again = await here.run([...args, '-v', '--no-progress'], { environment })
  expect({ code: again.code, stderr: again.stderr }).toMatchObject({ code: 0 })
  expect(ecs.tasks).toHaveLength(1)
})

test('a database of the submitter does not replace those of the task definition', async () => {
  define({ environment: { BATCHQUERY_DATABASE: 'main', BATCHQUERY_DATABASES: '{"main":"duckdb::memory:"}' } })
  const databases = 'databases: { dev: { url: "mysql://u@dev.example.com/db?sslmode=verify-full" } }'
  const here = await workspace(`${FARGATE}\n${databases}`)
  const ran = await run('beside', [], here)
  expect({ code: ran.code, stderr: ran.stderr }).toMatchObject({ code: 0 })
})

test('variables and arguments are passed through the store when they are too long for ECS', async () => {
  const here = await workspace()
  await here.write('t.sh', `echo "\${#LONG} \${#1}"`)
  const long = 'x'.repeat(9_000)
  const args = ['run', './t.sh', '--run-id', 'long', '-e', `LONG=${long}`, '--', 'y'.repeat(5_000)]
  const ran = await here.run(args, { environment })
  expect({ code: ran.code, stdout: ran.stdout, stderr: ran.stderr }).toMatchObject({
    code: 0,
    stdout: '9000 5000\n',
  })
  expect(JSON.stringify(ecs.tasks[0].request.overrides).length).toBeLessThan(2_000)
  expect(await keys('runs/long/environment/')).toHaveLength(1)
})

test('a plain RunTask needs only the command, and the run has the id of the ECS task', async () => {
  const here = await workspace()
  await here.write('plain.sql', `SELECT 5 INTO OUTFILE S3 's3://${bucket}/output/plain'`)
  await here.run(['put', 'plain.sql'], { environment })
  const task = ecs.runPlain([bucket, 'script/plain.sql'])
  await task.stopped
  const shown = await here.run(['show', task.id, '--json'], { environment })
  expect(JSON.parse(shown.stdout)).toMatchObject({
    id: task.id,
    state: 'SUCCEEDED',
    engine: { name: 'fargate' },
    runner: { ecsTask: task.arn },
  })
  expect(await object('output/plain.part_00000')).toBe('5\n')
})
