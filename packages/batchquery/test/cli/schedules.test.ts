import { expect, test } from 'vitest'
import { RUNNER, type Started, Workspace } from './workspace.ts'

const BUCKET = 'batchquery-s3'
const STORE = './.batchquery/store'
/** The only thing that is there besides `runs/`, of a run whose script is about to start: no file that is being written. */
const TURN = expect.stringMatching(/locks\/schedules\/[0-9a-f]{64}\/0001$/)
/** Goes on until there is a file `go`. */
const WAITS = 'while [ ! -e go ]; do sleep 0.05; done'

/** A runner as a schedule starts it, due at an hour of the same day. */
function due(workspace: Workspace, hour: string, more: NodeJS.ProcessEnv = {}): Started {
  const environment = {
    BATCHQUERY_STORE: STORE,
    BATCHQUERY_SCHEDULE: 'hourly',
    BATCHQUERY_SCHEDULED_TIME: `2026-11-23T${hour}:00:00Z`,
    ...more,
  }
  return workspace.start([BUCKET, 'script/t.sh'], { program: RUNNER, environment })
}

const idOf = (hour: string): string => `hourly-20261123T${hour}0000Z`

async function withOneRunning(): Promise<{ readonly workspace: Workspace; readonly first: Started }> {
  const workspace = await Workspace.create()
  await workspace.writeObject('script/t.sh', WAITS)
  const first = due(workspace, '01')
  await expect.poll(() => workspace.results()).toEqual([TURN])
  return { workspace, first }
}

test('a run that is due while the one before runs FAILED at once and names that run; the next one runs', async () => {
  const { workspace, first } = await withOneRunning()
  expect(await due(workspace, '02').ended).toMatchObject({
    code: 5,
    stderr: expect.stringContaining(`error: run ${idOf('01')} of the schedule "hourly" has not ended`),
  })
  expect(await workspace.record(idOf('02'))).toMatchObject({
    state: 'FAILED',
    exitCode: 5,
    error: { code: 'SCHEDULE_OVERLAP', hint: expect.stringContaining(`batchquery show ${idOf('01')}`) },
  })
  await workspace.write('go', '')
  expect(await first.ended).toMatchObject({ code: 0 })
  expect(await due(workspace, '03').ended).toMatchObject({ code: 0 })
  // The last turn, which stays until the next one.
  expect(await workspace.results()).toEqual([expect.stringMatching(/locks\/schedules\/[0-9a-f]{64}\/0002$/)])
})

test('a run whose runner was killed does not block others: it is recovered, and has FAILED', async () => {
  const { workspace, first } = await withOneRunning()
  first.signal('SIGKILL')
  await first.ended
  await workspace.age(idOf('01'))
  await workspace.write('go', '')
  expect(await due(workspace, '02').ended).toMatchObject({ code: 0 })
  expect(await workspace.record(idOf('01'))).toMatchObject({
    state: 'FAILED',
    error: { code: 'RUNNER_LOST' },
  })
})

test('runs take no turn when they may overlap', async () => {
  const workspace = await Workspace.create()
  await workspace.writeObject('script/t.sh', 'true')
  expect(await due(workspace, '01', { BATCHQUERY_OVERLAP: 'allow' }).ended).toMatchObject({ code: 0 })
  expect(await workspace.results()).toEqual([])
})

test('an unknown rule is refused', async () => {
  const workspace = await Workspace.create()
  expect(await due(workspace, '01', { BATCHQUERY_OVERLAP: 'wait' }).ended).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/BATCHQUERY_OVERLAP is "wait"\nhint: Set it to skip or allow/),
  })
})

test('the parameters of a schedule reach the task and the record', async () => {
  const workspace = await Workspace.create()
  await workspace.writeObject(
    'script/t.sql',
    "-- @param day date\nSELECT :day AS day INTO OUTFILE S3 's3://batchquery-s3/output/day'",
  )
  const environment = {
    ...{
      BATCHQUERY_STORE: STORE,
      BATCHQUERY_SCHEDULE: 'daily',
      BATCHQUERY_SCHEDULED_TIME: '2026-11-23T01:00:00Z',
    },
    BATCHQUERY_PARAMS: JSON.stringify({ day: '2026-11-23' }),
  }
  const ran = await workspace.run([BUCKET, 'script/t.sql'], { program: RUNNER, environment })
  expect({ code: ran.code, stderr: ran.stderr }).toMatchObject({ code: 0 })
  expect(await workspace.record('daily-20261123T010000Z')).toMatchObject({ params: { day: '2026-11-23' } })
  expect(await workspace.readObject('output/day.part_00000')).toBe('2026-11-23\n')
})

test.each(['[1]', '"a"', 'day=2026'])('invalid parameters are refused: %s', async params => {
  const workspace = await Workspace.create()
  expect(await due(workspace, '01', { BATCHQUERY_PARAMS: params }).ended).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('BATCHQUERY_PARAMS is not a JSON object of texts'),
  })
})

test('a visible secret parameter is refused, and masked in the record', async () => {
  const workspace = await Workspace.create()
  await workspace.writeObject('script/t.sql', '-- @param pw secret\nSELECT :pw')
  const environment = {
    BATCHQUERY_STORE: STORE,
    BATCHQUERY_RUN_ID: 'open',
    BATCHQUERY_PARAMS: JSON.stringify({ pw: 'hunter2hunter2' }),
  }
  const ran = await workspace.run([BUCKET, 'script/t.sql'], { program: RUNNER, environment })
  expect(ran).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/pw is a secret, but its value was not passed as one\n.*secret:ARN/),
  })
  expect(await workspace.record('open')).toMatchObject({ state: 'FAILED', params: { pw: '***' } })
  expect(ran.stdout + ran.stderr + (await workspace.readObject('runs/open/run.json'))).not.toContain(
    'hunter2',
  )
})
