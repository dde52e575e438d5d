import { describe, expect, onTestFinished, test } from 'vitest'
import { BatchQueryError } from '../../../src/errors/index.ts'
import { runExport } from '../../../src/export/index.ts'
import { lockKey } from '../../../src/run/keys.ts'
import { freshSession } from '../export/fixture.ts'
import {
  ELSEWHERE,
  keysIn,
  live,
  newRun,
  PLACES,
  type Place,
  planOf,
  type Result,
  reap,
  runsIn,
  SILENT,
  standing,
  textOf,
} from './fixture.ts'
import { MortalStore } from './mortal-store.ts'

const DEAD: Result = { word: 'dead', lines: 500, overwrite: true }
const result = (word: string, lines: number): Result => ({ word, lines, overwrite: true })
const DEAD_AFTER_MS = 60_000

describe.each(PLACES)('on %s', (_kind, create) => {
  async function freshPlace(): Promise<Place> {
    const place = await create()
    onTestFinished(() => place.close())
    return place
  }

  /** Runs `dead`, and lets its process die before the first change at which `isReached`. */
  async function diedWhen(isReached: (place: Place) => Promise<boolean>, dead = DEAD): Promise<Place> {
    for (let lifetime = 0; ; lifetime++) {
      const place = await freshPlace()
      if (await live(new MortalStore(place.open(), lifetime), place.bucket, 'dead', dead))
        throw new Error('the run came to its end')
      if (await isReached(place)) return place
    }
  }

  const isLocked = async (place: Place) => (await keysIn(place.open(), place.bucket, 'locks/')).length > 0
  const recordOf = (place: Place, id: string) => runsIn(place.open(), place.bucket).read(id)
  const isCommitting = async (place: Place) =>
    (await isLocked(place)) && (await recordOf(place, 'dead')).exports[0]?.state === 'COMMITTING'

  test('two runs to one destination at once never mix', { timeout: 120_000 }, async () => {
    const place = await freshPlace()
    for (let round = 0; round < 20; round++) {
      const rivals = [result(`left${round}`, 150), result(`right${round}`, 350)]
      const lives = await Promise.allSettled(
        rivals.map(rival => live(place.open(), place.bucket, rival.word, rival, true, DEAD_AFTER_MS)),
      )
      for (const life of lives)
        if (life.status === 'rejected') expect(life.reason).toMatchObject({ code: 'DESTINATION_LOCKED' })
      expect(lives.some(life => life.status === 'fulfilled')).toBe(true)
      const published = rivals.filter((_, at) => lives[at]?.status === 'fulfilled')
      const found = await standing(place.open(), place.bucket)
      expect(published.map(textOf)).toContain(found.text)
      expect(found.manifest).toBe(true)
      expect(await keysIn(place.open(), place.bucket, 'locks/')).toEqual([])
    }
    expect(await place.staged()).toEqual([])
  })

  test('who meets the lock of a dead run completes that first', async () => {
    const place = await diedWhen(isCommitting)
    expect(await live(place.open(), place.bucket, 'next', result('next', 100))).toBe(true)
    expect(await recordOf(place, 'dead')).toMatchObject({
      state: 'SUCCEEDED',
      attempt: 2,
      exports: [{ state: 'PUBLISHED' }],
    })
    expect(await standing(place.open(), place.bucket)).toMatchObject({
      text: textOf(result('next', 100)),
      manifest: true,
    })
    expect(await place.staged()).toEqual([])
  })

  test('a dead run that never began to commit is given up by who meets its lock', async () => {
    const place = await diedWhen(isLocked)
    expect((await recordOf(place, 'dead')).exports[0]?.state).toBe('STAGED')
    expect(await live(place.open(), place.bucket, 'next', result('next', 100))).toBe(true)
    expect(await recordOf(place, 'dead')).toMatchObject({
      state: 'FAILED',
      error: { code: 'RUNNER_LOST' },
      exports: [{ state: 'ABORTED' }],
    })
    expect(await place.staged()).toEqual([])
  })

  test('of many who meet the lock of a dead run at once, each publishes whole or is refused', {
    timeout: 60_000,
  }, async () => {
    for (let round = 0; round < 5; round++) {
      const place = await diedWhen(isCommitting)
      const rivals = Array.from({ length: 6 }, (_, at) => result(`rival${at}`, 50 + 60 * at))
      const lives = await Promise.allSettled(
        rivals.map(rival => live(place.open(), place.bucket, rival.word, rival)),
      )
      const published = rivals.filter((_, at) => lives[at]?.status === 'fulfilled')
      for (const life of lives)
        if (life.status === 'rejected') expect(life.reason).toMatchObject({ exitCode: 5 })
      const { text } = await standing(place.open(), place.bucket)
      expect([DEAD, ...published].map(textOf)).toContain(text)
      await reap(place)
      expect(await recordOf(place, 'dead')).toMatchObject({ state: 'SUCCEEDED' })
      expect(await keysIn(place.open(), place.bucket, 'locks/')).toEqual([])
    }
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

  test('a region in the URI makes no other destination', () => {
    expect(lockKey('s3-eu-central-1://b/k')).toBe(lockKey('s3://b/k'))
    expect(lockKey('s3-eu-central-1://b/k')).not.toBe(lockKey('s3://b/k2'))
  })

  test('a live run is left alone: by reap, by its own id, by who wants its destination', async () => {
    const place = await diedWhen(isCommitting)
    expect(await reap(place, DEAD_AFTER_MS)).toEqual([])
    const before = await keysIn(place.open(), place.bucket, '')
    const again = live(place.open(), place.bucket, 'dead', DEAD, true, DEAD_AFTER_MS)
    await expect(again).rejects.toMatchObject({ code: 'RUN_CLAIMED' })
    const rival = live(place.open(), place.bucket, 'rival', result('rival', 1), true, DEAD_AFTER_MS)
    await expect(rival).rejects.toMatchObject({ code: 'DESTINATION_LOCKED', retryable: true })
    const after = await keysIn(place.open(), place.bucket, '')
    expect(after.filter(key => !/rival/.test(key))).toEqual(before)
  })

  test('of several reapers at once one ends the run', async () => {
    const place = await diedWhen(isCommitting)
    const reaped = (await Promise.all(Array.from({ length: 5 }, () => reap(place)))).flat()
    // Two may have come one after the other: the second then found a run that had ended.
    expect(reaped.map(run => [run.id, run.state, run.error])).toEqual([['dead', 'SUCCEEDED', null]])
    expect((await standing(place.open(), place.bucket)).text).toBe(textOf(DEAD))
  })

  test('an owner that was only slow stops before it publishes, and leaves the record alone', async () => {
    const place = await freshPlace()
    const store = place.open()
    const slow = await runsIn(store, place.bucket).claim(newRun('slow'), ELSEWHERE, SILENT)
    await slow.start({ versionId: null, sha256: '00ff' })
    const { journal } = slow
    const exported = runExport(await freshSession(), planOf(result('slow', 300), store, place.bucket), {
      runId: 'slow',
      journal: {
        isOurs: uri => journal.isOurs(uri),
        staged: async staged => {
          await journal.staged(staged)
          expect(await reap(place)).toMatchObject([{ id: 'slow', state: 'FAILED', aborted: [staged.uri] }])
        },
        lock: uri => journal.lock(uri),
        unlock: uri => journal.unlock(uri),
        committing: uri => journal.committing(uri),
        published: uri => journal.published(uri),
        aborted: uri => journal.aborted(uri),
      },
      progress: () => {},
      signal: new AbortController().signal,
      isLast: true,
    })
    await expect(exported).rejects.toMatchObject({ code: 'RUN_CLAIMED', exitCode: 5 })
    const record = await recordOf(place, 'slow')
    expect(record).toMatchObject({ state: 'FAILED', attempt: 2, error: { code: 'RUNNER_LOST' } })
    await slow.finish(new BatchQueryError('RUN_CLAIMED', 'taken over'))
    expect(await recordOf(place, 'slow')).toEqual(record)
    expect((await standing(place.open(), place.bucket)).parts).toBe(0)
    expect(await place.staged()).toEqual([])
  })

  test('a publication that cannot be completed any more is given up, and nothing staged stays', async () => {
    const place = await diedWhen(isCommitting)
    const store = place.open()
    const ledger = JSON.parse(
      Buffer.from(
        (await store.read({ bucket: place.bucket, key: 'runs/dead/parts-0001.json' }))?.bytes ?? [],
      ).toString(),
    )
    await store.abort(ledger.exports[0].parts.at(-1).token)
    expect(await reap(place)).toMatchObject([{ id: 'dead', state: 'FAILED', completed: [], error: null }])
    expect(await recordOf(place, 'dead')).toMatchObject({
      error: { code: 'RUNNER_LOST' },
      exports: [{ state: 'ABORTED' }],
      warnings: [expect.stringContaining('was given up')],
    })
    expect(await keysIn(store, place.bucket, 'locks/')).toEqual([])
    expect(await place.staged()).toEqual([])
  })
})
