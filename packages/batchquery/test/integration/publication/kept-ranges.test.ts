import { describe, expect, onTestFinished, test } from 'vitest'
import { BatchQueryError } from '../../../src/errors/index.ts'
import { RecordedStaging } from '../../../src/export/recorded-staging.ts'
import type { RangeEntry, StagedPart } from '../../../src/journal/index.ts'
import type { OwnedRun } from '../../../src/run/index.ts'
import type { Store } from '../../../src/store/index.ts'
import { ELSEWHERE, keysIn, newRun, PLACES, type Place, reap, runsIn, SILENT } from './fixture.ts'

const ID = 'r1'
const PLAN = 'a'.repeat(64)
const OTHER_PLAN = 'b'.repeat(64)
const FAILED = new BatchQueryError('QUERY_FAILED', 'no')

describe.each(PLACES)('on %s', (_kind, create) => {
  async function freshPlace(): Promise<Place> {
    const place = await create()
    onTestFinished(() => place.close())
    return place
  }

  const uriOf = ({ bucket }: Place): string => `s3://${bucket}/out/r`

  async function stagedPart(place: Place, store: Store, run: OwnedRun, range: number): Promise<StagedPart> {
    const key = `out/r.part_00${range}_00000`
    const staging = new RecordedStaging({ store, uri: uriOf(place) }, run.journal, Promise.resolve())
    const object = await staging.stage({ bucket: place.bucket, key }, ID)
    await object.write(Buffer.from('a\nb\n'))
    await object.finish()
    const { token } = object
    const uri = `s3://${place.bucket}/${key}`
    return { uri, token, rows: 2, bytes: 4, headerBytes: 0, sha256: 'c'.repeat(64) }
  }

  const entryOf = (part: StagedPart, number: number): RangeEntry => ({
    ...{ number, planSha256: PLAN, worker: 'w1', parts: [part], rows: 2, bytes: 4 },
    ...{ invalidDates: [], delimited: null, described: null, columns: [{ name: 'a', type: 'INT' }] },
  })

  /** An attempt dies after it has read the ranges 100 and 200, and while it reads 300. */
  async function died(
    place: Place,
    consistency: 'NONE' | 'SNAPSHOT' = 'NONE',
  ): Promise<readonly StagedPart[]> {
    const store = place.open()
    const run = await runsIn(store, place.bucket).claim(newRun(ID), ELSEWHERE, SILENT)
    await run.start({ versionId: null, sha256: '00ff' })
    const uri = uriOf(place)
    await run.journal.write({ step: 'begun', uri, format: 'TEXT', parallel: { consistency } })
    const parts: StagedPart[] = []
    for (const number of [100, 200, 300]) parts.push(await stagedPart(place, store, run, number))
    if (consistency === 'NONE')
      for (const [at, number] of [100, 200].entries())
        await run.journal.write({ step: 'range', uri, range: entryOf(parts[at], number) })
    return parts
  }

  const nextAttempt = (place: Place): Promise<OwnedRun> =>
    runsIn(place.open(), place.bucket).claim(newRun(ID), ELSEWHERE, SILENT)

  async function expectNothingStaged(place: Place): Promise<void> {
    expect(await place.staged()).toEqual([])
    expect(await keysIn(place.open(), place.bucket, 'locks/')).toEqual([])
  }

  test('an attempt keeps the ranges of a dead one, and removes everything else that it staged', async () => {
    const place = await freshPlace()
    const parts = await died(place)
    const run = await nextAttempt(place)
    expect(await place.staged()).toHaveLength(2)
    const { ranges, startsOver } = await run.kept(uriOf(place), PLAN)
    expect(ranges).toEqual([entryOf(parts[0], 100), entryOf(parts[1], 200)])
    expect(startsOver).toBeNull()
    await run.finish(FAILED)
    await expectNothingStaged(place)
  })

  test('a third attempt keeps what the second one read and what it kept', async () => {
    const place = await freshPlace()
    await died(place)
    const second = await nextAttempt(place)
    const uri = uriOf(place)
    await second.start({ versionId: null, sha256: '00ff' })
    await second.journal.write({ step: 'begun', uri, format: 'TEXT', parallel: { consistency: 'NONE' } })
    await second.kept(uri, PLAN)
    const part = await stagedPart(place, place.open(), second, 300)
    await second.journal.write({ step: 'range', uri, range: entryOf(part, 300) })
    const third = await nextAttempt(place)
    const { ranges } = await third.kept(uri, PLAN)
    expect(ranges.map(({ number }) => number)).toEqual([100, 200, 300])
    await third.finish(FAILED)
    await expectNothingStaged(place)
  })

  test('an attempt starts over and says why when the plan has changed', async () => {
    const place = await freshPlace()
    await died(place)
    const run = await nextAttempt(place)
    const { ranges, startsOver } = await run.kept(uriOf(place), OTHER_PLAN)
    expect(ranges).toEqual([])
    expect(startsOver).toMatch(
      /starts over, because the query, its parameters, the clauses, the state of the session or the ranges have/,
    )
    await expectNothingStaged(place)
    await run.finish(FAILED)
  })

  test('an attempt starts over and says why when the dead one read one moment', async () => {
    const place = await freshPlace()
    await died(place, 'SNAPSHOT')
    const run = await nextAttempt(place)
    await expectNothingStaged(place)
    const { ranges, startsOver } = await run.kept(uriOf(place), null)
    expect(ranges).toEqual([])
    expect(startsOver).toMatch(/because the moment that its sessions shared ended with it/)
    await run.finish(FAILED)
  })

  test('an attempt reads a range again when one of its objects is gone', async () => {
    const place = await freshPlace()
    const [first] = await died(place)
    await place.open().abort(first.token)
    const run = await nextAttempt(place)
    const { ranges } = await run.kept(uriOf(place), PLAN)
    expect(ranges.map(({ number }) => number)).toEqual([200])
    await run.finish(FAILED)
    await expectNothingStaged(place)
  })

  test('nothing remains when the next attempt ends before the export', async () => {
    const place = await freshPlace()
    await died(place)
    const run = await nextAttempt(place)
    await run.finish(FAILED)
    await expectNothingStaged(place)
  })

  test('reap keeps no range', async () => {
    const place = await freshPlace()
    await died(place)
    expect(await reap(place)).toMatchObject([{ id: ID, state: 'FAILED', aborted: [uriOf(place)] }])
    await expectNothingStaged(place)
  })

  test('a range is refused when it was read before with other parts', async () => {
    const place = await freshPlace()
    const store = place.open()
    const run = await runsIn(store, place.bucket).claim(newRun(ID), ELSEWHERE, SILENT)
    const uri = uriOf(place)
    await run.journal.write({ step: 'begun', uri, format: 'TEXT', parallel: { consistency: 'NONE' } })
    const part = await stagedPart(place, store, run, 100)
    const range = entryOf(part, 100)
    await run.journal.write({ step: 'range', uri, range })
    await run.journal.write({ step: 'range', uri, range })
    const other = { ...range, parts: [{ ...part, sha256: 'd'.repeat(64) }] }
    await expect(run.journal.write({ step: 'range', uri, range: other })).rejects.toMatchObject({
      code: 'VERIFICATION',
      message: expect.stringMatching(
        /^range 100 of the export was read twice: s3:.*range-00100\.json has other parts$/,
      ),
    })
  })
})
