import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { DUCKDB, MARIADB, POSTGRES, type TestDatabase } from './databases.ts'
import { type Phase, SILENT, STALLED, STREAMING } from './phases.ts'
import { proxy, Scene, type StoreKind } from './scene.ts'

const CASES: readonly (readonly [Phase, TestDatabase, StoreKind])[] = [
  [SILENT, MARIADB, 'directory'],
  [SILENT, POSTGRES, 's3'],
  [STREAMING, MARIADB, 's3'],
  [STREAMING, POSTGRES, 'directory'],
  [STREAMING, DUCKDB, 's3'],
  [STREAMING, DUCKDB, 'directory'],
]

/** The runner is gone without a word, as with its machine. */
async function killed(scene: Scene, phase: Phase, database: TestDatabase): Promise<void> {
  const runner = await scene.startRunner(await phase.sql(scene, database))
  await phase.reached(scene, runner)
  await expect.poll(async () => (await scene.results()).join()).toContain('locks/staging/')
  runner.process.kill('SIGKILL')
  await runner.ended
}

const fifosOf = async (pid: number) =>
  (await readdir(tmpdir())).filter(name => name.startsWith('batchquery-fifo-') && name.includes(`.${pid}.`))

test.each(CASES.map(([phase, database, store]) => ({ phase, database, store })))(
  'reap finds what a runner left that was killed while $phase.name: $database.name, $store',
  { timeout: 150_000 },
  async ({ phase, database, store }) => {
    const scene = await Scene.set(database, store)
    await killed(scene, phase, database)
    const { runner } = await scene.record()
    if (phase === SILENT) expect(await scene.sessions()).toHaveLength(1)
    if (phase === STREAMING) expect(await scene.staged()).not.toEqual([])
    if (phase === STREAMING && database === DUCKDB) expect(await fifosOf(runner.pid)).toHaveLength(1)
    const shown = await scene.command('show', scene.id, '--json')
    expect(JSON.parse(shown.stdout)).toMatchObject({ state: 'RUNNING', dead: true })
    const givenUp = `given up: s3://${scene.bucket}/output/r`
    expect((await scene.command('reap', '-q', '--dry-run')).stdout).toBe(
      `${scene.id}\tRUNNING\twould be ${givenUp}\n`,
    )
    // What a write of the runner left amid itself is old enough then.
    await scene.passTime()
    const reaped = await scene.command('reap', '-q')
    expect(reaped, reaped.stderr).toEqual({
      code: 0,
      stdout: `${scene.id}\tFAILED\t${givenUp}\n`,
      stderr: '',
    })
    expect(await scene.record()).toMatchObject({
      error: { code: 'RUNNER_LOST', retryable: true },
      warnings: [],
    })
    expect(await fifosOf(runner.pid)).toEqual([])
    await scene.expectNothingLeft()
    expect(await scene.results()).toEqual([])
    expect((await scene.command('reap', '-q')).stdout).toBe('')
  },
)

test.each([MARIADB, POSTGRES])(
  'the next attempt cleans up and starts over: $name',
  { timeout: 150_000 },
  async database => {
    const scene = await Scene.set(database, 's3')
    const rows = 120_000
    const query = database.endless.replace(/^(.*)$/, `$1 LIMIT ${rows}`)
    await killed(
      scene,
      { ...STALLED, sql: () => STALLED.sql(scene, { silent: '', endless: query }) },
      database,
    )
    proxy.reset()
    expect(await scene.staged()).not.toEqual([])
    await scene.passTime()
    const task = `s3://${scene.bucket}/script/${scene.id}.sql`
    const again = await scene.command('run', task, '--run-id', scene.id)
    expect(again, again.stderr).toMatchObject({ code: 0 })
    expect(again.stderr).toContain('attempt 1 is dead, attempt 2 takes over')
    expect(await scene.record()).toMatchObject({
      state: 'SUCCEEDED',
      attempt: 2,
      exports: [{ attempt: 2, rows, state: 'PUBLISHED' }],
      databases: [{ sessions: [expect.any(String)] }],
    })
    expect((await scene.command('verify', scene.id)).code).toBe(0)
    await scene.expectNothingLeft()
  },
)

test('without a login for the database reap says so, with the next step, and does the rest', {
  timeout: 150_000,
}, async () => {
  const scene = await Scene.set(MARIADB, 's3')
  await killed(scene, SILENT, MARIADB)
  await scene.passTime()
  const { BATCHQUERY_DATABASE: url = '', ...environment } = scene.environment
  const reaped = await scene.workspace.run(['reap', '-q'], { environment })
  expect(reaped.code, reaped.stderr).toBe(0)
  expect(reaped.stderr).toMatch(/warning: what run \S+ left at mysql \S+ may still run: .* with -d.* KILL /)
  expect(await scene.record()).toMatchObject({
    state: 'FAILED',
    warnings: [expect.stringContaining('name it with -d')],
  })
  expect(await scene.staged()).toEqual([])
  expect(await scene.sessions()).toHaveLength(1)
  const { MysqlDatabase } = await import('../../../src/database/mysql/mysql-database.ts')
  const { parseDatabaseUrl } = await import('../../../src/database/url.ts')
  const { passwordCredentials } = await import('../../../src/database/credentials.ts')
  const { sessionMark } = await import('../../../src/database/session-mark.ts')
  const parsed = parseDatabaseUrl(url)
  const database = new MysqlDatabase(parsed, passwordCredentials(parsed, environment))
  const { databases } = await scene.record()
  await database.endSessions(databases[0].sessions, sessionMark(scene.id))
  await scene.expectNothingLeft()
})

test('reap for a dead run leaves a live run alone that stages for the same destination', {
  timeout: 150_000,
}, async () => {
  const dead = await Scene.set(DUCKDB, 's3')
  await killed(dead, STREAMING, DUCKDB)
  const before = (await dead.staged()).length
  const query = "SELECT i, repeat('x', 500) FROM range(120000) t(i)"
  const live = dead.beside()
  proxy.fail({ method: 'PUT', url: /[?&]partNumber=/, fault: { kind: 'delay', ms: 3_000 } })
  const started = await live.start(live.exportOf(query, 'MAXFILESIZE 20 MB'))
  await expect.poll(async () => (await live.staged()).length, { timeout: 60_000 }).toBeGreaterThan(before)
  await dead.passTime()
  const reaped = await dead.command('reap', '-q')
  expect(reaped.stdout).toMatch(new RegExp(`^${dead.id}\tFAILED\tgiven up: \\S+\n$`))
  const { code, stderr } = await started.ended
  expect(code, stderr).toBe(0)
  expect(await live.record()).toMatchObject({ state: 'SUCCEEDED', exports: [{ rows: 120_000 }] })
  expect((await live.command('verify', live.id)).code).toBe(0)
  // An upload of the live one may have been empty: then what the dead one may have left is looked for once more.
  expect((await dead.command('reap', '-q')).code).toBe(0)
  await live.expectNothingLeft()
})
