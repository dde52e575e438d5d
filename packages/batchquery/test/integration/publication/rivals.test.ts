import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { BatchQueryError } from '../../../src/errors/index.ts'
import { runExport } from '../../../src/export/index.ts'
import type { Journal, StagedExport } from '../../../src/journal/index.ts'
import type { RunnerRecord } from '../../../src/run/index.ts'
import { lockKey } from '../../../src/run/keys.ts'
import { freshSession } from '../export/fixture.ts'
import {
  ELSEWHERE,
  endedHere,
  keysIn,
  live,
  newRun,
  PLACES,
  type Place,
  planOf,
  type Result,
  reap,
  resultAt,
  runsIn,
  runTo,
  SILENT,
  textOf,
} from './fixture.ts'
import { MortalStore } from './mortal-store.ts'

const DEAD: Result = { word: 'dead', lines: 500, overwrite: true }
const result = (word: string, lines: number): Result => ({ word, lines, overwrite: true })
/** Much longer than a run takes here. */
const DEAD_AFTER_MS = 60_000
const LONG = { deadAfterMs: DEAD_AFTER_MS }
const DEAD_HERE = await endedHere()

/** The journal, with a call after the step `staged`. */
const afterStaging = (journal: Journal, then: (staged: StagedExport) => Promise<void>): Journal => ({
  isOurs: uri => journal.isOurs(uri),
  isAlone: uri => journal.isAlone(uri),
  write: async step => {
    await journal.write(step)
    if (step.step === 'staged') await then(step.export)
  },
})

describe.each(PLACES)('on %s', (_kind, create) => {
  async function freshPlace(): Promise<Place> {
    const place = await create()
    onTestFinished(() => place.close())
    return place
  }

  /** A run `dead` whose process dies before a change. */
  async function diedBefore(name: string, key: string, runner = DEAD_HERE): Promise<Place> {
    const place = await freshPlace()
    const store = new MortalStore(place.open(), { name, key })
    expect(await live(store, place.bucket, 'dead', DEAD, { runner })).toBe(false)
    return place
  }

  /** A publication that has begun, with no part committed. By default, this machine knows that the runner is dead. */
  const diedCommitting = (runner?: RunnerRecord) => diedBefore('commit', '', runner)
  /** A locked destination without a change. */
  const diedStaged = () => diedBefore('create', '/committing.json')
  const recordOf = (place: Place, id: string) => runsIn(place.open(), place.bucket).read(id)

  test('the results of two runs never mix when they publish to one destination at once', async () => {
    const place = await freshPlace()
    for (let round = 0; round < place.rounds; round++) {
      const rivals = [result(`one${round}`, 150), result(`other${round}`, 350)]
      const lives = await Promise.allSettled(
        rivals.map(rival => live(place.open(), place.bucket, rival.word, rival, LONG)),
      )
      for (const life of lives)
        if (life.status === 'rejected') expect(life.reason).toMatchObject({ code: 'DESTINATION_LOCKED' })
      expect(lives.some(life => life.status === 'fulfilled')).toBe(true)
      const published = rivals.filter((_, at) => lives[at]?.status === 'fulfilled')
      const found = await resultAt(place.open(), place.bucket)
      expect(published.map(textOf)).toContain(found.text)
      expect(found.manifest).toBe(true)
      expect(await keysIn(place.open(), place.bucket, 'locks/')).toEqual([])
    }
    expect(await place.staged()).toEqual([])
  })

  test('a run completes a dead run first when it needs its lock', async () => {
    const place = await diedCommitting()
    expect(await live(place.open(), place.bucket, 'next', result('next', 100))).toBe(true)
    expect(await recordOf(place, 'dead')).toMatchObject({
      state: 'SUCCEEDED',
      attempt: 2,
      exports: [{ state: 'PUBLISHED' }],
    })
    expect(await resultAt(place.open(), place.bucket)).toMatchObject({
      text: textOf(result('next', 100)),
      manifest: true,
    })
    expect(await place.staged()).toEqual([])
  })

  test('a run aborts a dead run that never began to commit when it needs its lock', async () => {
    const place = await diedStaged()
    expect(await live(place.open(), place.bucket, 'next', result('next', 100))).toBe(true)
    expect(await recordOf(place, 'dead')).toMatchObject({
      state: 'FAILED',
      error: { code: 'RUNNER_LOST' },
      exports: [{ state: 'ABORTED' }],
    })
    expect(await place.staged()).toEqual([])
  })

  test('each run publishes a whole result or is refused when many need the lock of a dead run at once', async () => {
    const place = await diedCommitting()
    const rivals = Array.from({ length: 6 }, (_, at) => result(`rival${at}`, 50 + 60 * at))
    const lives = await Promise.allSettled(
      rivals.map(rival => live(place.open(), place.bucket, rival.word, rival, LONG)),
    )
    const published = rivals.filter((_, at) => lives[at]?.status === 'fulfilled')
    expect(published.length).toBeGreaterThan(0)
    for (const life of lives)
      if (life.status === 'rejected') expect(life.reason).toMatchObject({ code: 'DESTINATION_LOCKED' })
    const { text, manifest } = await resultAt(place.open(), place.bucket)
    expect(published.map(textOf)).toContain(text)
    expect(manifest).toBe(true)
    expect(await recordOf(place, 'dead')).toMatchObject({ state: 'SUCCEEDED', attempt: 2 })
    expect(await keysIn(place.open(), place.bucket, 'locks/')).toEqual([])
    expect(await place.staged()).toEqual([])
  })

  test.each([
    [
      'has ended',
      'ended',
      async (place: Place) => live(place.open(), place.bucket, 'ended', result('ended', 1)),
    ],
    ['is gone', 'nosuch', async () => true],
  ] as const)('the lock of a run that %s is free', async (_how, holder, before) => {
    const place = await freshPlace()
    await before(place)
    const address = { bucket: place.bucket, key: lockKey(`s3://${place.bucket}/out/r`) }
    await place.open().put(address, Buffer.from(holder))
    expect(await live(place.open(), place.bucket, 'next', result('next', 100))).toBe(true)
    expect(await keysIn(place.open(), place.bucket, 'locks/')).toEqual([])
  })

  test('a region in the URI does not change the destination', () => {
    expect(lockKey('s3-eu-central-1://b/k')).toBe(lockKey('s3://b/k'))
    expect(lockKey('s3-eu-central-1://b/k')).not.toBe(lockKey('s3://b/k2'))
  })

  test('no process takes over a live run: not reap, not a run with its id, not a run that needs its destination', async () => {
    const place = await diedCommitting(ELSEWHERE)
    expect(await reap(place, DEAD_AFTER_MS)).toEqual([])
    const before = await keysIn(place.open(), place.bucket, '')
    const again = live(place.open(), place.bucket, 'dead', DEAD, LONG)
    await expect(again).rejects.toMatchObject({ code: 'RUN_CLAIMED' })
    const rival = live(place.open(), place.bucket, 'rival', result('rival', 1), LONG)
    await expect(rival).rejects.toMatchObject({ code: 'DESTINATION_LOCKED', retryable: true })
    const after = await keysIn(place.open(), place.bucket, '')
    expect(after.filter(key => !/rival/.test(key))).toEqual(before)
  })

  test('reap of a dead run leaves a live run alone when it stages for the same destination', async () => {
    const place = await diedStaged()
    const store = place.open()
    const next = result('next', 300)
    const run = await runsIn(store, place.bucket, DEAD_AFTER_MS).claim(newRun('next'), ELSEWHERE, SILENT)
    await run.start({ versionId: null, sha256: '00ff' })
    await runExport(await freshSession(), planOf(next, store, place.bucket), {
      runId: 'next',
      journal: afterStaging(run.journal, async ({ uri }) => {
        const before = (await place.staged()).length
        const reaped = await reap(place, DEAD_AFTER_MS)
        expect(reaped).toMatchObject([{ id: 'dead', state: 'FAILED', aborted: [uri], error: null }])
        expect((await place.staged()).length).toBeLessThan(before)
        expect(await place.staged()).not.toEqual([])
      }),
      progress: () => {},
      warn: text => run.warn(text),
      signal: new AbortController().signal,
      isLast: true,
    })
    expect(await run.finish(null)).toMatchObject({ state: 'SUCCEEDED', warnings: [] })
    expect(await resultAt(place.open(), place.bucket)).toMatchObject({ text: textOf(next), manifest: true })
    expect(await keysIn(place.open(), place.bucket, 'locks/')).toEqual([])
    expect(await place.staged()).toEqual([])
  })

  test('one of several reapers ends a run when they start at once', async () => {
    const place = await diedCommitting()
    const reaped = (await Promise.all(Array.from({ length: 5 }, () => reap(place, DEAD_AFTER_MS)))).flat()
    expect(reaped.map(run => [run.id, run.state, run.error])).toEqual([['dead', 'SUCCEEDED', null]])
    expect((await resultAt(place.open(), place.bucket)).text).toBe(textOf(DEAD))
  })

  test('a slow owner stops before it publishes, and leaves the record alone, when another attempt took over', async () => {
    const place = await freshPlace()
    const store = place.open()
    const slow = await runsIn(store, place.bucket).claim(newRun('slow'), ELSEWHERE, SILENT)
    await slow.start({ versionId: null, sha256: '00ff' })
    const { journal } = slow
    const exported = runExport(await freshSession(), planOf(result('slow', 300), store, place.bucket), {
      runId: 'slow',
      journal: afterStaging(journal, async ({ uri }) => {
        expect(await reap(place)).toMatchObject([{ id: 'slow', state: 'FAILED', aborted: [uri] }])
      }),
      progress: () => {},
      warn: text => slow.warn(text),
      signal: new AbortController().signal,
      isLast: true,
    })
    await expect(exported).rejects.toMatchObject({ code: 'RUN_CLAIMED', exitCode: 5 })
    const record = await recordOf(place, 'slow')
    expect(record).toMatchObject({ state: 'FAILED', attempt: 2, error: { code: 'RUNNER_LOST' } })
    await slow.finish(new BatchQueryError('RUN_CLAIMED', 'taken over'))
    expect(await recordOf(place, 'slow')).toEqual(record)
    expect((await resultAt(place.open(), place.bucket)).parts).toBe(0)
    expect(await place.staged()).toEqual([])
  })

  test('another attempt can take over a run when its store failed during the commits', async () => {
    const place = await freshPlace()
    const store = place.open()
    const run = await runsIn(store, place.bucket).claim(newRun('dead'), ELSEWHERE, SILENT)
    const failure = new BatchQueryError('STORE_UNREACHABLE', 'no answer')
    const commit = store.commit.bind(store)
    vi.spyOn(store, 'commit').mockRejectedValue(failure).mockImplementationOnce(commit)
    const session = await freshSession()
    await expect(runTo(run, DEAD, session, store, place.bucket)).rejects.toBe(failure)
    expect(await run.finish(failure)).toMatchObject({ state: 'RUNNING', exports: [{ state: 'COMMITTING' }] })
    expect((await resultAt(place.open(), place.bucket)).parts).toBe(1)
    expect(await reap(place)).toMatchObject([{ id: 'dead', state: 'SUCCEEDED' }])
    expect(await resultAt(place.open(), place.bucket)).toMatchObject({ text: textOf(DEAD), manifest: true })
  })

  test('a publication is aborted, and leaves nothing staged, when it cannot be completed any more', async () => {
    const place = await diedCommitting()
    const store = place.open()
    const key = 'runs/dead/exports/0001-0001/staged.json'
    const found = await store.read({ bucket: place.bucket, key })
    const { export: staged } = JSON.parse(Buffer.from(found?.bytes ?? []).toString())
    await store.abort(staged.parts.at(-1).token)
    expect(await reap(place)).toMatchObject([{ id: 'dead', state: 'FAILED', completed: [], error: null }])
    expect(await recordOf(place, 'dead')).toMatchObject({
      error: { code: 'RUNNER_LOST' },
      exports: [{ state: 'ABORTED' }],
      warnings: [expect.stringContaining('aborted the publication at')],
    })
    expect(await keysIn(store, place.bucket, 'locks/')).toEqual([])
    expect(await place.staged()).toEqual([])
  })
})

test('a run whose destination is a file on another machine is left to that machine when machines share the store', async () => {
  const [, [, create]] = PLACES
  const place = await create()
  onTestFinished(() => place.close())
  const { bucket } = place
  const run = await runsIn(place.open(), bucket).claim(newRun('r1'), ELSEWHERE, SILENT)
  await run.start({ versionId: null, sha256: '00ff' })
  const uri = 'file:///data/out/r'
  await run.journal.write({ step: 'begun', uri, format: 'TEXT' })
  const staged = {
    uri,
    format: 'TEXT',
    parts: [],
    rows: 0,
    bytes: 0,
    overwrite: true,
    manifest: null,
  } as const
  await run.journal.write({ step: 'staged', export: { ...staged, isLast: true } })
  const before = await keysIn(place.open(), bucket, '')
  expect(await reap(place)).toMatchObject([{ id: 'r1', state: 'RUNNING', error: { code: 'RUN_CLAIMED' } }])
  expect(await keysIn(place.open(), bucket, '')).toEqual(before)
})
