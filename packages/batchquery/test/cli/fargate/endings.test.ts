import { expect, test } from 'vitest'
import type { EcsTask } from '../../ecs/ecs-task.ts'
import { throttled } from '../../ecs/faults.ts'
import { adminClient, openUploads } from '../../setup/s3-client.ts'
import { PROGRAM, type Started, type Workspace } from '../workspace.ts'
import { stage } from './stage.ts'

const { ecs, bucket, environment, workspace, object, define } = await stage()

const BUSY = 'SELECT sum(sqrt(i)) FROM range(100000000000) t(i)'

/** A run that goes on, followed, and its ECS task. */
async function following(
  id: string,
  args: readonly string[] = [],
): Promise<{ readonly here: Workspace; readonly run: Started; readonly task: EcsTask }> {
  const here = await workspace()
  await here.write('busy.sql', `${BUSY} INTO OUTFILE S3 's3://${bucket}/output/${id}'`)
  const before = ecs.tasks.length
  // Started by itself and not by Node, which does not restore the default for SIGHUP.
  const run = here.startProgram(PROGRAM, ['run', './busy.sql', '--run-id', id, ...args], environment)
  await expect.poll(() => ecs.tasks.length).toBe(before + 1)
  await expect.poll(() => stateOf(id)).toBe('RUNNING')
  return { here, run, task: ecs.tasks[before] }
}

const recordOf = async (id: string) => JSON.parse(await object(`runs/${id}/run.json`))
const stateOf = async (id: string) => (await recordOf(id)).state

/** Nothing of the run is left: not its ECS task, nor an upload. */
async function leftNothing(task: EcsTask): Promise<void> {
  await task.stopped
  expect(await openUploads(bucket)).toEqual([])
  expect(task.status).toBe('STOPPED')
}

test.each([
  {
    id: 'memory',
    // The last lines come late to CloudWatch.
    lateMs: 1_500,
    end: (task: EcsTask) => task.runOutOfMemory(),
    says: /was killed because it ran out of memory, with 512 MiB \(.*stopCode EssentialContainerExited.*OutOfMemoryError.*exit code 137\)/,
    hint: /--memory/,
    retryable: false,
  },
  {
    id: 'killed',
    // They never come: the run's own log has some.
    lateMs: Number.POSITIVE_INFINITY,
    end: (task: EcsTask) => task.kill(),
    says: /was killed, with 512 MiB \(.*exit code 137\)/,
    hint: /--memory/,
    retryable: false,
  },
])(
  'the follower of a run corrects the record when the runner is $id',
  async ({ id, lateMs, end, ...expected }) => {
    ecs.logs.lateMs = lateMs
    ecs.fail(throttled('GetLogEvents', 2))
    const { here, run, task } = await following(id)
    const log = () => object(`runs/${id}/log/0001-0001.txt`)
    await expect.poll(log).toContain('connected')
    end(task)
    const { code, stderr } = await run.ended
    expect({ code, stderr }).toMatchObject({ code: 1 })
    expect(stderr).toMatch(new RegExp(`^error: run ${id} ${expected.says.source}`, 'm'))
    expect(stderr).toMatch(new RegExp(`^hint: .*${expected.hint.source}`, 'm'))
    expect(stderr).toMatch(/^the last lines of its log:\n {2}.*run \w+: s3:/m)
    expect(await recordOf(id)).toMatchObject({
      ...{ state: 'FAILED', attempt: 2, exitCode: 1 },
      error: { code: 'RUNNER_LOST', retryable: expected.retryable },
    })
    const logs = await here.run(['logs', id], { environment })
    expect(logs.stdout).toContain('the last lines of its log')
    await leftNothing(task)
  },
)

test.each([
  ['spot', 'SpotInterruption', 'Your Spot Task was interrupted.', ['--spot']],
  ['retired', 'TerminationNotice', 'ECS is performing maintenance on the underlying infrastructure', []],
])('%s: the runner ends by itself, and the run may be repeated', async (id, stopCode, reason, args) => {
  const { run, task } = await following(id, args)
  task.stop(stopCode, reason)
  const { code, stderr } = await run.ended
  expect({ code, stderr }).toMatchObject({ code: 143 })
  expect(stderr).toContain(`ECS has stopped it: stopCode ${stopCode}, "${reason}"\n`)
  expect(await recordOf(id)).toMatchObject({
    state: 'FAILED',
    error: { code: 'TERMINATED', retryable: true },
  })
  await leftNothing(task)
})

test('the error names the user who stopped the ECS task of a hanging runner', async () => {
  define({ stopTimeoutMs: 500 })
  const { run, task } = await following('hangs')
  task.freeze()
  task.stop('UserInitiated', 'tidying up')
  const { code, stderr } = await run.ended
  expect({ code, stderr }).toMatchObject({ code: 1 })
  expect(stderr).toMatch(
    /^error: run hangs was stopped by StopTask .*stoppedReason "tidying up".*exit code 137/m,
  )
  await leftNothing(task)
})

test('Ctrl-C cancels the run through the store', async () => {
  const { run, task } = await following('interrupted')
  run.signal('SIGINT')
  expect(await run.ended).toMatchObject({ code: 130 })
  expect(await recordOf('interrupted')).toMatchObject({ state: 'CANCELLED', attempt: 1 })
  expect(ecs.callsOf('StopTask')).toEqual([])
  await leftNothing(task)
})

test('a closed terminal ends only the following; SIGTERM ends the run', async () => {
  const { here, run, task } = await following('closed')
  run.signal('SIGHUP')
  expect((await run.ended).code).toBeNull()
  expect(await stateOf('closed')).toBe('RUNNING')
  const again = here.start(['run', './busy.sql', '--run-id', 'closed'], { environment })
  await expect.poll(() => again.stderr).toContain(`ECS task ${task.id}`)
  again.signal('SIGTERM')
  expect(await again.ended).toMatchObject({ code: 143 })
  expect(await recordOf('closed')).toMatchObject({
    state: 'FAILED',
    attempt: 1,
    error: { code: 'TERMINATED' },
  })
  expect(ecs.callsOf('StopTask')).toMatchObject([{ input: { reason: 'terminated by batchquery run' } }])
  await leftNothing(task)
})

test('Ctrl-C stops the ECS task and cancels the run when no runner has claimed it', async () => {
  define({ image: 'another' })
  ecs.startMs = 3_000
  const here = await workspace()
  await here.write('t.sql', 'SELECT 1')
  const run = here.start(['run', './t.sql', '--run-id', 'early'], { environment })
  await expect.poll(() => ecs.tasks.length).toBe(1)
  await expect.poll(() => run.stderr).toContain('ECS task')
  run.signal('SIGINT')
  expect(await run.ended).toMatchObject({ code: 130 })
  expect(await recordOf('early')).toMatchObject({ state: 'CANCELLED', exitCode: 130 })
  await leftNothing(ecs.tasks[0])
})

test('cancel on another machine has the engine stop a runner that does not react', async () => {
  define({ stopTimeoutMs: 500 })
  const { here, run, task } = await following('deaf')
  task.freeze()
  const there = await workspace()
  expect(await there.run(['cancel', 'deaf', '--wait', '10s'], { environment })).toMatchObject({
    code: 0,
    stdout: 'deaf\tCANCELLED\n',
  })
  expect(ecs.callsOf('StopTask')).toMatchObject([{ input: { reason: 'cancelled by batchquery cancel' } }])
  expect(await run.ended).toMatchObject({ code: 130 })
  expect(await here.run(['ls', '--json'], { environment })).toMatchObject({ code: 0 })
  await leftNothing(task)
})

test('cancel does not stop the ECS task of another run that the bucket names', async () => {
  const other = ecs.runPlain(['b', 'k'])
  ecs.startMs = 1_500
  const here = await workspace()
  await here.write('t.sql', 'SELECT 1')
  await here.run(['run', './t.sql', '--run-id', 'forged', '--detach'], { environment })
  const launch = JSON.parse(await object('runs/forged/launch-0001'))
  const forged = { ...launch, ecsTask: other.arn }
  await adminClient().putObject({
    Bucket: bucket,
    Key: 'runs/forged/launch-0001',
    Body: JSON.stringify(forged),
  })
  const cancelled = await here.run(['cancel', 'forged'], { environment })
  expect(cancelled).toMatchObject({ code: 0, stdout: 'forged\tCANCELLED\n' })
  expect(cancelled.stderr).toContain(`warning: the ECS task ${other.id} does not belong to run forged\n`)
  expect(ecs.callsOf('StopTask')).toEqual([])
  await Promise.all(ecs.tasks.map(({ stopped }) => stopped))
})

test('cancel ends a run that waits for its ECS task', async () => {
  ecs.startMs = 2_000
  const here = await workspace()
  await here.write('t.sql', 'SELECT 1')
  await here.run(['run', './t.sql', '--run-id', 'waiting', '--detach'], { environment })
  expect(await here.run(['cancel', 'waiting'], { environment })).toMatchObject({
    code: 0,
    stdout: 'waiting\tCANCELLED\n',
  })
  await leftNothing(ecs.tasks[0])
  expect(await recordOf('waiting')).toMatchObject({ state: 'CANCELLED', attempt: 1 })
})

test('a runner that died without a follower is reported at once, and the same id is its next attempt', async () => {
  const { here, task } = await (async () => {
    const { here, run, task } = await following('again')
    run.signal('SIGKILL')
    await run.ended
    return { here, task }
  })()
  expect(await stateOf('again')).toBe('RUNNING')
  task.kill()
  await leftNothing(task)
  const shown = await here.run(['show', 'again', '--json'], { environment })
  expect(JSON.parse(shown.stdout)).toMatchObject({
    dead: true,
    ecsTask: { status: 'STOPPED', exitCode: 137 },
  })

  const next = here.start(['run', './busy.sql', '--run-id', 'again'], { environment })
  await expect.poll(async () => (await recordOf('again')).attempt).toBe(2)
  await expect.poll(() => stateOf('again')).toBe('RUNNING')
  expect(await recordOf('again')).toMatchObject({ runner: { ecsTask: ecs.tasks[1].arn } })
  ecs.tasks[1].stop('UserInitiated', 'enough')
  expect(await next.ended).toMatchObject({ code: 143 })
  await leftNothing(ecs.tasks[1])
})

test('reap ends a detached run that died, with the reason that ECS reports', async () => {
  const { here, run, task } = await following('reaped')
  run.signal('SIGKILL')
  await run.ended
  task.runOutOfMemory()
  await task.stopped
  expect(await here.run(['reap'], { environment })).toMatchObject({ code: 0, stdout: 'reaped\tFAILED\n' })
  expect(await recordOf('reaped')).toMatchObject({
    error: { code: 'RUNNER_LOST', message: expect.stringContaining('OutOfMemoryError') },
  })
  await leftNothing(task)
})

test('reap ends a detached run that never started', async () => {
  define({ image: 'missing' })
  const here = await workspace()
  await here.write('t.sql', 'SELECT 1')
  await here.run(['run', './t.sql', '--run-id', 'never', '--detach'], { environment })
  await leftNothing(ecs.tasks[0])
  const shown = await here.run(['show', 'never'], { environment })
  expect(shown.stdout).toMatch(/^engine {5}ECS task .*STOPPED, stopCode TaskFailedToStart/m)
  expect(await here.run(['reap'], { environment })).toMatchObject({ code: 0, stdout: 'never\tFAILED\n' })
  expect(await recordOf('never')).toMatchObject({ state: 'FAILED', error: { code: 'ENGINE_FAILED' } })
})
