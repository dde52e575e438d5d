import { expect, test } from 'vitest'
import type { Started } from '../workspace.ts'
import { DUCKDB, MARIADB } from './databases.ts'
import { COMMITTING, SILENT, STREAMING, STUCK_COMMITTING } from './phases.ts'
import { proxy, Scene } from './scene.ts'
import { endBy, printEndings } from './stopwatch.ts'

printEndings()

/** From now on, the store answers no request, and keeps the connections open. */
const loseStore = () => proxy.fail({ fault: { kind: 'stall' } })

/** The exit code of a process, or the signal that ended it. */
const endOf = ({ process: { exitCode, signalCode } }: Started) => signalCode ?? exitCode

async function expectReaped(scene: Scene, state: string): Promise<void> {
  proxy.reset()
  const listed = await scene.command('ls')
  expect(listed.stdout).toMatch(new RegExp(`${scene.id} +RUNNING, dead `))
  // After that, the temporary file of an interrupted write is old enough to be removed.
  await scene.passTime()
  const reaped = await scene.command('reap')
  expect(reaped, reaped.stderr).toMatchObject({ code: 0 })
  expect(reaped.stdout).toMatch(new RegExp(`^${scene.id}\t${state}\t`))
  expect(await scene.record()).toMatchObject({ state, attempt: 2 })
  await scene.expectNothingLeft()
}

test('the runner ends its session and itself in time, and reap does the rest, when SIGTERM comes while the store is gone', async () => {
  const scene = await Scene.set(MARIADB, 's3')
  const runner = await scene.startRunner(scene.exportOf(MARIADB.endless, 'MAXFILESIZE 6 MB'))
  await STREAMING.reached(scene, runner)
  loseStore()
  const { stderr } = await endBy('SIGTERM', runner, 'while the store is gone')
  expect(endOf(runner), stderr).toBe('SIGTERM')
  expect(stderr).toMatch(/error: the runner was asked to stop, but .* takes too long, .*`batchquery reap`/)
  expect(await scene.sessions()).toEqual([])
  expect(await scene.record()).toMatchObject({ state: 'RUNNING', exitCode: null })
  await expectReaped(scene, 'FAILED')
  expect(await scene.results()).toEqual([])
})

test('reap without a login for the database does the rest, and says what may still run, when a runner was killed', async () => {
  const scene = await Scene.set(MARIADB, 'directory')
  const runner = await scene.startRunner(scene.exportOf(MARIADB.silent))
  await SILENT.reached(scene, runner)
  runner.process.kill('SIGKILL')
  await runner.ended
  await scene.passTime()
  const { BATCHQUERY_DATABASE: _, ...environment } = scene.environment
  const reaped = await scene.workspace.run(['reap', '-q'], { environment })
  expect(reaped.code, reaped.stderr).toBe(0)
  expect(reaped.stderr).toMatch(
    /warning: statements of run \S+ on mysql \S+ may still be running: .* with -d.* KILL /,
  )
  const { databases, ...record } = await scene.record()
  expect(record).toMatchObject({
    state: 'FAILED',
    warnings: [expect.stringContaining('name it with -d')],
  })
  expect(await scene.staged()).toEqual([])
  expect(await scene.sessions()).toHaveLength(1)
  await scene.database.kill(databases[0].sessions[0])
  await expect.poll(() => scene.sessions()).toEqual([])
  await scene.expectNothingLeft()
})

test('a run stays RUNNING and reap completes it when commits do not end in time after SIGTERM', async () => {
  const scene = await Scene.set(DUCKDB, 's3')
  const started = await scene.start(await STUCK_COMMITTING.sql(scene, DUCKDB))
  await STUCK_COMMITTING.reached(scene, started)
  const { code, stderr } = await endBy('SIGTERM', started, 'during commits that do not end')
  expect(code, stderr).toBe(143)
  expect(stderr).toMatch(/error: the runner of run \S+ ended with exit code 143 and left the run RUNNING/)
  expect(await scene.record()).toMatchObject({ state: 'RUNNING', exports: [{ state: 'COMMITTING' }] })
  await expectReaped(scene, 'SUCCEEDED')
  expect((await scene.command('verify', scene.id)).code).toBe(0)
})

test('the runner ends at once when a second signal comes', async () => {
  const scene = await Scene.set(MARIADB, 's3')
  const runner = await scene.startRunner(scene.exportOf(MARIADB.endless, 'MAXFILESIZE 6 MB'))
  await STREAMING.reached(scene, runner)
  loseStore()
  runner.signal('SIGINT')
  runner.signal('SIGINT')
  await expect.poll(() => scene.sessions()).toEqual([])
  // A different signal counts as a second request at any time, the same signal only after a second.
  await endBy('SIGTERM', runner, 'after SIGINT')
  expect(endOf(runner)).toBe('SIGTERM')
  await expectReaped(scene, 'FAILED')
})

test('the command line kills its runner when a second signal comes, and ends itself when a third one comes', async () => {
  const scene = await Scene.set(DUCKDB, 's3')
  const started = await scene.start(await COMMITTING.sql(scene, DUCKDB))
  await COMMITTING.reached(scene, started)
  loseStore()
  started.signal('SIGTERM')
  await expect.poll(() => started.stderr).toContain('a second signal kills it')
  started.signal('SIGINT')
  await expect.poll(() => started.stderr).toContain('warning: killed the runner')
  await endBy('SIGTERM', started, 'as the third signal')
  expect(endOf(started)).toBe('SIGTERM')
  await expectReaped(scene, 'SUCCEEDED')
})

test.each([
  ['a run that succeeds', 'SELECT 7 AS seven', 'SUCCEEDED'],
  [
    'a run that fails',
    "SELECT i, CASE WHEN i = 90000 THEN error('x') END, repeat('x', 200) FROM range(100000) t(i)",
    'FAILED',
  ],
])(
  'an upload does not remain after %s when the answer to its start was lost',
  async (_name, query, state) => {
    const scene = await Scene.set(DUCKDB, 's3')
    proxy.fail({ method: 'POST', url: /[?&]uploads(=|&|$)/, nth: [1], fault: { kind: 'lose the answer' } })
    const { stderr } = await (await scene.start(scene.exportOf(query))).ended
    expect(stderr).toContain('trying again')
    expect(await scene.record()).toMatchObject({ state, warnings: [] })
    await scene.expectNothingLeft()
  },
)
