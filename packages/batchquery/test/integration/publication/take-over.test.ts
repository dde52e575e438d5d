import { describe, expect, onTestFinished, test } from 'vitest'
import { findRunRecord } from '../../../src/run/read-record.ts'
import {
  keysIn,
  live,
  PLACES,
  type Place,
  putEarlier,
  type Result,
  reap,
  standing,
  textOf,
} from './fixture.ts'
import { MortalStore } from './mortal-store.ts'

const ID = 'r1'
const NEW: Result = { word: 'new', lines: 300, overwrite: true }
const NEW_OFF: Result = { ...NEW, overwrite: false }

/** What an object of an export says, the latest first. */
const STATES = [
  ['published', 'PUBLISHED'],
  ['aborted', 'ABORTED'],
  ['committing', 'COMMITTING'],
  ['staged', 'STAGED'],
] as const
const NOTHING = { text: '', parts: 0, manifest: 'none' }
const EARLIER = { text: 'earlier\n'.repeat(8), parts: 8, manifest: true }
type Found = typeof NOTHING | typeof EARLIER
const whole = (result: Result) => ({ text: textOf(result), parts: expect.any(Number), manifest: true })

const CASES: readonly (readonly [name: string, earlier: Found, result: Result, isLast: boolean])[] = [
  ['over an earlier, larger result', EARLIER, NEW, true],
  ['OVERWRITE OFF, with statements to follow', NOTHING, NEW_OFF, false],
]

describe.each(PLACES)('on %s', (_kind, create) => {
  async function freshPlace(): Promise<Place> {
    const place = await create()
    onTestFinished(() => place.close())
    return place
  }

  /** For each change that a life makes: a store as it is when the process dies before that change. */
  async function* deaths(earlier: Found, result: Result, isLast: boolean, from = 0) {
    for (let lifetime = from, stride = 1; ; lifetime += stride) {
      const place = await freshPlace()
      stride = place.stride
      const { bucket } = place
      const store = place.open()
      if (earlier === EARLIER) await putEarlier(store, bucket)
      if (await live(new MortalStore(store, lifetime), bucket, ID, result, isLast)) return
      const elsewhere = place.open()
      const record = await findRunRecord(elsewhere, bucket, ID)
      const keys = await keysIn(elsewhere, bucket, `runs/${ID}/`)
      const isMarked = (await keysIn(elsewhere, bucket, 'locks/staging/')).length > 0
      // The objects of the export count: the record may lack the latest of them.
      const names = keys.flatMap(key => /\/exports\/0001-0001\/(\w+)\.json$/.exec(key)?.[1] ?? [])
      const state = STATES.find(([name]) => names.includes(name))?.[1] ?? null
      yield { lifetime, place, store: elsewhere, record, keys, isMarked, state }
    }
  }

  describe.each(CASES)('%s', (_name, earlier, result, isLast) => {
    test('wherever a runner dies, reap leaves the earlier result or the new one, whole', {
      timeout: 120_000,
    }, async () => {
      const seen = new Set<string>()
      for await (const death of deaths(earlier, result, isLast)) {
        const { lifetime, place, store, record, keys, isMarked, state } = death
        const at = `died before change ${lifetime}, ${state}`
        seen.add(String(state))
        const begun = state === 'COMMITTING' || state === 'PUBLISHED'
        if (!begun) expect(await standing(store, place.bucket), at).toEqual(earlier)
        const reaped = await reap(place)
        expect(await standing(store, place.bucket), at).toEqual(begun ? whole(result) : earlier)
        expect(await keysIn(store, place.bucket, 'locks/'), at).toEqual([])
        expect(await place.staged(), at).toEqual([])
        const isClaimed = keys.includes(`runs/${ID}/attempt-0001`)
        const ended = await findRunRecord(store, place.bucket, ID)
        if (!isClaimed || record?.state === 'SUCCEEDED') {
          expect(reaped, at).toEqual([])
          expect(ended, at).toEqual(record)
          continue
        }
        const succeeded = begun && isLast
        expect(reaped, at).toMatchObject([
          {
            id: ID,
            state: succeeded ? 'SUCCEEDED' : 'FAILED',
            completed: state === 'COMMITTING' ? [`s3://${place.bucket}/out/r`] : [],
            aborted: isMarked && !begun ? [`s3://${place.bucket}/out/r`] : [],
            error: null,
          },
        ])
        expect(ended, at).toMatchObject({
          attempt: 2,
          state: succeeded ? 'SUCCEEDED' : 'FAILED',
          exitCode: succeeded ? 0 : 1,
          error: succeeded ? null : { code: 'RUNNER_LOST', retryable: true },
        })
        expect(await reap(place), at).toEqual([])
      }
      expect(seen).toContain('COMMITTING')
    })

    test('wherever a runner dies, the run started again succeeds', { timeout: 120_000 }, async () => {
      for await (const { lifetime, place, store, record, keys, state } of deaths(
        earlier,
        result,
        isLast,
        1,
      )) {
        if (record?.state === 'SUCCEEDED') continue
        const at = `died before change ${lifetime}, ${state}`
        expect(await live(place.open(), place.bucket, ID, result, isLast), at).toBe(true)
        expect(await standing(store, place.bucket), at).toEqual(whole(result))
        expect(await keysIn(store, place.bucket, 'locks/'), at).toEqual([])
        const ended = await findRunRecord(store, place.bucket, ID)
        const begun = state === 'COMMITTING' || state === 'PUBLISHED'
        const states = [
          ...(state === null ? [] : [begun ? 'PUBLISHED' : 'ABORTED']),
          ...(begun && isLast ? [] : ['PUBLISHED']),
        ]
        expect(
          ended?.exports.map(entry => entry.state),
          at,
        ).toEqual(states)
        expect(ended, at).toMatchObject({
          state: 'SUCCEEDED',
          attempt: keys.includes(`runs/${ID}/attempt-0001`) ? 2 : 1,
        })
        expect(await place.staged(), at).toEqual([])
      }
    })
  })

  let amidCommits = 0

  /** A run that died amid its commits: a part of the new result is there, and not all. */
  async function diedCommitting(): Promise<Place> {
    for await (const { lifetime, place, state } of deaths(EARLIER, NEW, true, amidCommits)) {
      const { text } = await standing(place.open(), place.bucket)
      if (state !== 'COMMITTING' || !text.includes('new') || text === textOf(NEW)) continue
      amidCommits = lifetime
      return place
    }
    throw new Error('no death amid the commits')
  }

  test('wherever the one who takes over dies as well, the next one completes it', {
    timeout: 120_000,
  }, async () => {
    for (let lifetime = 0, stride = 1, ended = false; !ended; lifetime += stride) {
      const place = await diedCommitting()
      stride = place.stride
      const mortal = new MortalStore(place.open(), lifetime)
      ended = await live(mortal, place.bucket, ID, NEW)
      await reap(place)
      const at = `died before change ${lifetime}`
      expect(await standing(place.open(), place.bucket), at).toEqual(whole(NEW))
      expect(await findRunRecord(place.open(), place.bucket, ID), at).toMatchObject({
        state: 'SUCCEEDED',
        exports: [{ state: 'PUBLISHED' }],
      })
      expect(await keysIn(place.open(), place.bucket, 'locks/'), at).toEqual([])
      expect(await place.staged(), at).toEqual([])
    }
  })
})
