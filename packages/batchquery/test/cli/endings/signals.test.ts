import { expect, test } from 'vitest'
import { s3Error } from '../../faults/fault-proxy.ts'
import { type Ended, PROGRAM, type Started } from '../workspace.ts'
import { DUCKDB, MARIADB, POSTGRES, type TestDatabase } from './databases.ts'
import { COMMITTING, CONNECTING, type Phase, SILENT, STALLED, STREAMING } from './phases.ts'
import { proxy, Scene, type StoreKind } from './scene.ts'
import { endBy, printEndings } from './stopwatch.ts'

printEndings()

const FULL = s3Error(409, 'QuotaExceeded')

interface Ending {
  readonly name: string
  readonly args?: readonly string[]
  readonly code: number
  readonly record: object
  end(started: Started, scene: Scene, what: string): Promise<Ended>
}

const SIGINT: Ending = {
  name: 'SIGINT',
  code: 130,
  record: { state: 'CANCELLED', error: { code: 'CANCELLED', retryable: false } },
  end: (started, _scene, what) => endBy('SIGINT', started, what),
}
const SIGTERM: Ending = {
  name: 'SIGTERM',
  code: 143,
  record: { state: 'FAILED', error: { code: 'TERMINATED', retryable: true } },
  end: (started, _scene, what) => endBy('SIGTERM', started, what),
}
const TIMEOUT: Ending = {
  name: 'a timeout',
  args: ['--timeout', '6s'],
  code: 8,
  record: { state: 'FAILED', error: { code: 'TIMEOUT' } },
  end: started => started.ended,
}
const CANCEL: Ending = {
  name: 'cancel, through the store',
  code: 130,
  record: { state: 'CANCELLED', error: { code: 'CANCELLED', message: /on request/ } },
  async end(started, scene) {
    const cancelled = await scene.command('cancel', scene.id, '--wait', '50s')
    expect(cancelled, cancelled.stderr).toMatchObject({ code: 0, stdout: `${scene.id}\tCANCELLED\n` })
    return started.ended
  },
}

const SESSION_KILLED: Ending = {
  name: 'a killed session',
  code: 1,
  record: { state: 'FAILED', error: { code: 'DATABASE_LOST', retryable: true } },
  async end(started, scene) {
    const { databases } = await scene.record()
    await scene.database.kill(databases[0].sessions[0])
    return started.ended
  },
}
const STORE_FULL: Ending = {
  name: 'a store without room',
  code: 1,
  record: { state: 'FAILED', error: { code: 'STORE_FULL' } },
  async end(started) {
    // The first matching rule decides, so the earlier ones must go.
    proxy.reset()
    proxy.fail({ method: 'PUT', url: /[?&]partNumber=/, fault: { kind: 'answer', answer: FULL } })
    return started.ended
  },
}

/** Each phase with each possible ending and with each database; each store with each ending. */
const CASES: readonly (readonly [Phase, TestDatabase, StoreKind, Ending])[] = [
  [CONNECTING, MARIADB, 'directory', SIGINT],
  [CONNECTING, POSTGRES, 'directory', SIGTERM],
  [CONNECTING, POSTGRES, 's3', CANCEL],
  [SILENT, DUCKDB, 's3', SIGTERM],
  [SILENT, POSTGRES, 's3', SIGINT],
  [SILENT, MARIADB, 'directory', CANCEL],
  [SILENT, MARIADB, 'directory', TIMEOUT],
  [STREAMING, DUCKDB, 'directory', SIGINT],
  [STREAMING, MARIADB, 's3', SIGTERM],
  [STREAMING, POSTGRES, 's3', CANCEL],
  [STREAMING, POSTGRES, 's3', TIMEOUT],
  [STREAMING, MARIADB, 's3', SESSION_KILLED],
  [STREAMING, POSTGRES, 's3', SESSION_KILLED],
  [STREAMING, MARIADB, 's3', STORE_FULL],
  [STALLED, MARIADB, 's3', SIGINT],
  [STALLED, POSTGRES, 's3', SIGTERM],
  [STALLED, DUCKDB, 's3', TIMEOUT],
  [STALLED, MARIADB, 's3', CANCEL],
]

test.each(CASES.map(([phase, database, store, ending]) => ({ phase, database, store, ending })))(
  'a run ends in order after $ending.name while $phase.name: $database.name, $store',
  async ({ phase, database, store, ending }) => {
    const scene = await Scene.set(database, store)
    const sql = await phase.sql(scene, database)
    const started = await scene.start(sql, ending.args)
    // On a busy machine the time may be over before the phase.
    if (ending !== TIMEOUT) await phase.reached(scene, started)
    const ended = await ending.end(started, scene, `while ${phase.name}: ${database.name}, ${store}`)
    expect(ended, ended.stderr).toMatchObject({ code: ending.code, stdout: '' })
    const record = await scene.record()
    expect(record).toMatchObject({ exitCode: ending.code, endedAt: expect.any(String), warnings: [] })
    expect(record).toMatchObject(withPatterns(ending.record))
    await scene.expectNothingLeft()
    expect(await scene.results()).toEqual([])
  },
)

test.each([SIGINT, SIGTERM, CANCEL])(
  'a run completes its publication when $name comes after the first commit',
  async ending => {
    const scene = await Scene.set(DUCKDB, 's3')
    const started = await scene.start(await COMMITTING.sql(scene, DUCKDB))
    await COMMITTING.reached(scene, started)
    if (ending === CANCEL) await scene.command('cancel', scene.id, '--no-wait')
    const ended = await (ending === CANCEL ? started.ended : ending.end(started, scene, 'during the commits'))
    expect(ended.code, ended.stderr).toBe(0)
    expect(await scene.record()).toMatchObject({ state: 'SUCCEEDED', exports: [{ state: 'PUBLISHED' }] })
    expect((await scene.command('verify', scene.id)).code).toBe(0)
    await scene.expectNothingLeft()
  },
)

test('a run keeps its published result and runs no further statement when SIGTERM comes after a commit', async () => {
  const scene = await Scene.set(DUCKDB, 's3')
  const sql = `${await COMMITTING.sql(scene, DUCKDB)};\nCREATE TABLE never (a INT);`
  const started = await scene.start(sql)
  await COMMITTING.reached(scene, started)
  const ended = await endBy('SIGTERM', started, 'during the commits, before another statement')
  expect(ended.code, ended.stderr).toBe(143)
  expect(await scene.record()).toMatchObject({
    state: 'FAILED',
    error: { code: 'TERMINATED', retryable: true },
    exports: [{ state: 'PUBLISHED' }],
  })
  await scene.expectNothingLeft()
  expect(ended.stderr).not.toContain('statement 2')
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 143],
] as const)('query ends when %s comes while it connects', async (signal, code) => {
  const scene = await Scene.set(MARIADB, 'directory')
  await CONNECTING.sql(scene, MARIADB)
  // Starts the program directly: started by Node, it could not see that SIGHUP is not ignored.
  const started = scene.workspace.startProgram(PROGRAM, ['query', 'SELECT 1'], scene.environment)
  await CONNECTING.reached(scene, started)
  expect(await endBy(signal, started, 'while a query is connecting')).toMatchObject({ code, stdout: '' })
})

/** Replaces regular expressions by matchers. */
function withPatterns(value: object): object {
  const matching = (field: unknown): unknown => {
    if (field instanceof RegExp) return expect.stringMatching(field)
    return typeof field === 'object' && field !== null ? withPatterns(field) : field
  }
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, matching(field)]))
}
