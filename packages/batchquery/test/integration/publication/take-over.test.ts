import { describe, expect, onTestFinished, test } from 'vitest'
import type { RunRecord } from '../../../src/run/index.ts'
import { findRunRecord } from '../../../src/run/read-record.ts'
import {
  keysIn,
  live,
  PLACES,
  type Place,
  putEarlier,
  type Result,
  reap,
  resultAt,
  textOf,
} from './fixture.ts'
import { MortalStore } from './mortal-store.ts'

const ID = 'r1'
const NEW: Result = { word: 'new', lines: 300, overwrite: true }
const NEW_OFF: Result = { ...NEW, overwrite: false }

/** The objects of an export and their states, the latest first. */
const STATES = [
  ['published', 'PUBLISHED'],
  ['aborted', 'ABORTED'],
  ['committing', 'COMMITTING'],
  ['staged', 'STAGED'],
] as const
/** The store after the death of a runner. */
interface Death {
  /** How many changes it made. */
  readonly lifetime: number
  readonly place: Place
  readonly record: RunRecord | null
  readonly isClaimed: boolean
  readonly isMarked: boolean
  readonly state: (typeof STATES)[number][1] | null
}

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

  async function twinOf(place: Place): Promise<Place | null> {
    const twin = await place.twin?.()
    if (twin === undefined) return null
    onTestFinished(() => twin.close())
    return twin
  }

  /** For each change that a runner makes: the store if the process dies before that change. */
  async function* deaths(earlier: Found, result: Result, isLast: boolean): AsyncIterable<Death> {
    let place = await freshPlace()
    const { stride } = place
    // If only some moments are tried, the two cases try different ones.
    for (let lifetime = isLast ? 0 : Math.floor(stride / 2); ; lifetime += stride) {
      const { bucket } = place
      const store = place.open()
      if (earlier === EARLIER) await putEarlier(store, bucket)
      if (await live(new MortalStore(store, lifetime), bucket, ID, result, { isLast })) return
      const elsewhere = place.open()
      const record = await findRunRecord(elsewhere, bucket, ID)
      const keys = await keysIn(elsewhere, bucket, `runs/${ID}/`)
      const isMarked = (await keysIn(elsewhere, bucket, 'locks/staging/')).length > 0
      // The objects of the export count, because the record may lack the latest change.
      const names = keys.flatMap(key => /\/exports\/0001-0001\/(\w+)\.json$/.exec(key)?.[1] ?? [])
      const state = STATES.find(([name]) => names.includes(name))?.[1] ?? null
      const isClaimed = keys.includes(`runs/${ID}/attempt-0001`)
      yield { lifetime, place, record, isClaimed, isMarked, state }
      place = await freshPlace()
    }
  }

  async function expectNoLeftovers(place: Place, at: string): Promise<void> {
    expect(await keysIn(place.open(), place.bucket, 'locks/'), at).toEqual([])
    expect(await place.staged(), at).toEqual([])
  }

  describe.each(CASES)('%s', (_name, earlier, result, isLast) => {
    async function expectReaped({ lifetime, place, record, isClaimed, isMarked, state }: Death) {
      const at = `reaped, died before change ${lifetime}, ${state}`
      const { bucket } = place
      const store = place.open()
      const begun = state === 'COMMITTING' || state === 'PUBLISHED'
      const reaped = await reap(place)
      expect(await resultAt(store, bucket), at).toEqual(begun ? whole(result) : earlier)
      await expectNoLeftovers(place, at)
      const ended = await findRunRecord(store, bucket, ID)
      if (!isClaimed || record?.state === 'SUCCEEDED') {
        expect(reaped, at).toEqual([])
        expect(ended, at).toEqual(record)
        return
      }
      const succeeded = begun && isLast
      expect(reaped, at).toMatchObject([
        {
          id: ID,
          state: succeeded ? 'SUCCEEDED' : 'FAILED',
          completed: state === 'COMMITTING' ? [`s3://${bucket}/out/r`] : [],
          aborted: isMarked && !begun ? [`s3://${bucket}/out/r`] : [],
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

    async function expectSuccessAgain({ lifetime, place, record, isClaimed, state }: Death) {
      if (record?.state === 'SUCCEEDED') return
      const at = `started again, died before change ${lifetime}, ${state}`
      const { bucket } = place
      const store = place.open()
      expect(await live(store, bucket, ID, result, { isLast }), at).toBe(true)
      expect(await resultAt(store, bucket), at).toEqual(whole(result))
      await expectNoLeftovers(place, at)
      const begun = state === 'COMMITTING' || state === 'PUBLISHED'
      const states = [
        ...(state === null ? [] : [begun ? 'PUBLISHED' : 'ABORTED']),
        ...(begun && isLast ? [] : ['PUBLISHED']),
      ]
      expect(await findRunRecord(store, bucket, ID), at).toMatchObject({
        state: 'SUCCEEDED',
        attempt: isClaimed ? 2 : 1,
        exports: states.map(state => ({ state })),
      })
    }

    test('reap leaves the earlier result or the new one, and the run succeeds when it starts again, at whichever change the runner died', async () => {
      const seen = new Set<string>()
      let isReaped = true
      for await (const death of deaths(earlier, result, isLast)) {
        const { place, lifetime, state } = death
        seen.add(String(state))
        const begun = state === 'COMMITTING' || state === 'PUBLISHED'
        if (!begun) expect(await resultAt(place.open(), place.bucket), `${lifetime}`).toEqual(earlier)
        // Without a twin, alternates between reaping and starting again.
        const twin = await twinOf(place)
        if (twin !== null || isReaped) await expectReaped({ ...death, place: twin ?? place })
        if (twin !== null || !isReaped) await expectSuccessAgain(death)
        isReaped = !isReaped
      }
      expect(seen).toContain('COMMITTING')
    })
  })

  /** A run that died during its commits: the destination has some parts of the new result, but not all. */
  async function diedCommitting(): Promise<Place> {
    const place = await freshPlace()
    await putEarlier(place.open(), place.bucket)
    const death = { name: 'commit', key: '', nth: 2 }
    expect(await live(new MortalStore(place.open(), death), place.bucket, ID, NEW)).toBe(false)
    // The requests that the dead process sent must end first.
    await expect.poll(async () => (await resultAt(place.open(), place.bucket)).text).toContain('new')
    return place
  }

  test('the next attempt completes the run when the attempt that took over died too, at whichever change', async () => {
    const dead = await diedCommitting()
    for (let lifetime = 0, stride = 1, ended = false; !ended; lifetime += stride) {
      const place = (await twinOf(dead)) ?? (await diedCommitting())
      stride = place.stride
      const mortal = new MortalStore(place.open(), lifetime)
      ended = await live(mortal, place.bucket, ID, NEW)
      await reap(place)
      const at = `died before change ${lifetime}`
      expect(await resultAt(place.open(), place.bucket), at).toEqual(whole(NEW))
      expect(await findRunRecord(place.open(), place.bucket, ID), at).toMatchObject({
        state: 'SUCCEEDED',
        exports: [{ state: 'PUBLISHED' }],
      })
      await expectNoLeftovers(place, at)
    }
  })
})
