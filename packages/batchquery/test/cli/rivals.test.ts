import { expect, onTestFinished, test } from 'vitest'
import { type Started, Workspace } from './workspace.ts'

const TO = "INTO OUTFILE S3 's3://batchquery-s3/output/r' OVERWRITE ON"
const MEMORY = { environment: { BATCHQUERY_DATABASE: 'duckdb::memory:' } }
const RIVAL = /warning: run live is writing to s3:\/\/batchquery-s3\/output\/r, too; .*--exclusive/

/** A run that has something staged, and goes on. */
async function withLiveRun(): Promise<{ readonly workspace: Workspace; readonly live: Started }> {
  const workspace = await Workspace.create()
  await workspace.write('live.sql', `SELECT repeat('x', 200) FROM range(1000000000000) ${TO}`)
  await workspace.write('second.sql', `SELECT 1 AS a;\nSELECT 2 AS b ${TO}`)
  const live = workspace.start(['run', './live.sql', '--run-id', 'live'], MEMORY)
  onTestFinished(async () => {
    live.process.kill('SIGTERM')
    await live.ended
  })
  const marks = async () => (await workspace.results()).filter(file => file.includes('locks/staging/'))
  await expect.poll(marks).toHaveLength(1)
  return { workspace, live }
}

test('a run warns of a live run at its destination before its first statement, and continues', async () => {
  const { workspace } = await withLiveRun()
  const { code, stderr } = await workspace.run(['run', './second.sql', '--run-id', 'second'], MEMORY)
  expect(code, stderr).toBe(0)
  expect(stderr).toMatch(RIVAL)
  expect(stderr.search(RIVAL)).toBeLessThan(stderr.indexOf('connected to'))
  expect((await workspace.record('second')).warnings).toHaveLength(1)
})

test.each([
  [['--exclusive'], ''],
  [[], 'exclusive: true\n'],
])('a run with %j and %j ends with 5 and does nothing', async (flags, yaml) => {
  const { workspace } = await withLiveRun()
  await workspace.write('batchquery.yaml', yaml)
  const line = ['run', './second.sql', '--run-id', 'second', ...flags]
  const { code, stderr } = await workspace.run(line, MEMORY)
  expect({ code, stderr }).toMatchObject({ code: 5 })
  expect(stderr).toContain(
    'error: run live is writing to s3://batchquery-s3/output/r, but this run is exclusive',
  )
  expect(stderr).not.toContain('connected to')
  expect(await workspace.record('second')).toMatchObject({ error: { code: 'DESTINATION_LOCKED' } })
})

test('a killed run is not a rival', async () => {
  const { workspace, live } = await withLiveRun()
  process.kill((await workspace.record('live')).runner.pid, 'SIGKILL')
  await live.ended
  const line = ['run', './second.sql', '--run-id', 'second', '--exclusive']
  const { code, stderr } = await workspace.run(line, MEMORY)
  expect(code, stderr).toBe(0)
  expect(stderr).not.toContain('is writing to')
})

test('run shows a stored outcome with its time', async () => {
  const workspace = await Workspace.create()
  await workspace.runSql('SELECT 1')
  const { endedAt } = await workspace.record()
  const again = await workspace.run(['run', './task.sql', '--run-id', 'r1'])
  expect(again).toMatchObject({ code: 0 })
  expect(again.stderr).toContain(`run r1 already exists: SUCCEEDED at ${endedAt}\n`)
  const detached = await workspace.run(['run', './task.sql', '--run-id', 'r1', '--detach'])
  expect(detached.stderr).toContain(`run r1 already exists: SUCCEEDED at ${endedAt}\n`)
  expect(detached.stderr).not.toContain('follow it with')
  const cancelled = await workspace.run(['cancel', 'r1'])
  expect(cancelled.stderr).toContain(`run r1 has already ended: SUCCEEDED at ${endedAt}\n`)
})
