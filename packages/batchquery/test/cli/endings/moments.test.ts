import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cases } from '../../setup/chance.ts'
import { numbers } from '../../setup/mysql-numbers.ts'
import { DUCKDB, MARIADB, POSTGRES, type TestDatabase } from './databases.ts'
import { Scene, type StoreKind } from './scene.ts'

const ROWS = 60_000
const QUERIES = new Map([
  [MARIADB, `SELECT seq, REPEAT('x', 400) FROM ${numbers(ROWS)}`],
  [POSTGRES, `SELECT a, repeat('x', 400) FROM generate_series(1, ${ROWS}) a`],
  [DUCKDB, `SELECT i, repeat('x', 400) FROM range(${ROWS}) t(i)`],
])
/** Longer than most of these runs take, starting included. */
const LONGEST_MS = 5_000

interface Moment {
  readonly database: TestDatabase
  readonly store: StoreKind
  readonly parts: number
  readonly milliseconds: number
}

const moment: fc.Arbitrary<Moment> = fc.record({
  database: fc.constantFrom(MARIADB, POSTGRES, DUCKDB),
  store: fc.constantFrom<StoreKind>('directory', 's3'),
  parts: fc.constantFrom(1, 8, 40),
  milliseconds: fc.integer({ min: 0, max: LONGEST_MS }),
})

const MEGABYTES = (ROWS * 400) / 1e6

/** The run, ended by a signal after so many milliseconds, or before by itself. */
async function ended(signal: NodeJS.Signals, { database, store, parts, milliseconds }: Moment) {
  const scene = await Scene.set(database, store)
  const size = Math.max(1, Math.ceil(MEGABYTES / parts))
  const query = QUERIES.get(database) ?? ''
  const runner = await scene.startRunner(scene.exportOf(query, `MAXFILESIZE ${size} MB MANIFEST ON`))
  await Promise.race([sleep(milliseconds), runner.ended])
  if (runner.process.exitCode === null) runner.process.kill(signal)
  const { code, stderr } = await runner.ended
  return {
    scene,
    code: code ?? runner.process.signalCode,
    stderr,
    record: await scene.record().catch(() => null),
  }
}

/** The result is whole, or not there at all. */
async function expectAllOrNothing(scene: Scene, isWhole: boolean, said: string): Promise<void> {
  await scene.expectNothingLeft()
  if (isWhole) expect((await scene.command('verify', scene.id)).code, said).toBe(0)
  else expect(await scene.results(), said).toEqual([])
}

const forRandomMoments = (check: (at: Moment) => Promise<void>) =>
  fc.assert(fc.asyncProperty(moment, check), { numRuns: cases(3), endOnFailure: true })

test('SIGTERM at any moment leaves a whole result or none, and nothing else', () =>
  forRandomMoments(async at => {
    const { scene, code, stderr, record } = await ended('SIGTERM', at)
    // Before the runner heeds signals, and before it has the run, the signal has its usual effect.
    if (record === null) expect(code).toBe('SIGTERM')
    else if (code === 0) expect(record, stderr).toMatchObject({ state: 'SUCCEEDED', warnings: [] })
    else expect(record, stderr).toMatchObject({ state: 'FAILED', exitCode: 143, warnings: [] })
    if (record === null) expect(await scene.results()).toEqual([])
    else await expectAllOrNothing(scene, code === 0, stderr)
  }))

test('after SIGKILL at any moment reap leaves a whole result or none, and nothing else', () =>
  forRandomMoments(async at => {
    const { scene, stderr, record } = await ended('SIGKILL', at)
    if (record === null) return
    await scene.passTime()
    const reaped = await scene.command('reap')
    expect(reaped.code, reaped.stderr).toBe(0)
    const { state } = await scene.record()
    // A run that nobody had claimed yet waits for a runner.
    if (state !== 'QUEUED')
      await expectAllOrNothing(scene, state === 'SUCCEEDED', `${stderr}${reaped.stderr}`)
  }))
