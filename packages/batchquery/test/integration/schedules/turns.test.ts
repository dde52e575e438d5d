import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { BatchQueryError } from '../../../src/errors/index.ts'
import type { OwnedRun } from '../../../src/run/index.ts'
import { scheduleTurnKey, scheduleTurnsOf } from '../../../src/run/keys.ts'
import { ELSEWHERE, keysIn, newRun, PLACES, type Place, runsIn, SILENT } from '../publication/fixture.ts'

const SCHEDULE = 'nightly'
const LONG = 1_000_000

describe.each(PLACES)('turns of a schedule on %s', (_kind, create) => {
  async function freshPlace(): Promise<Place> {
    const place = await create()
    onTestFinished(() => place.close())
    return place
  }

  /** A run that its own process has claimed. @param deadAfterMs when that process takes other runs for dead */
  const claimed = async (place: Place, id: string, deadAfterMs = LONG): Promise<OwnedRun> => {
    const run = await runsIn(place.open(), place.bucket, deadAfterMs).claim(newRun(id), ELSEWHERE, SILENT)
    await run.start({ versionId: null, sha256: '00ff' })
    onTestFinished(() => run.leave())
    return run
  }

  /** The code of the error that `takeTurn` throws, or `taken`. */
  const outcome = async (run: OwnedRun): Promise<string> => {
    try {
      await run.takeTurn(SCHEDULE)
      return 'taken'
    } catch (thrown) {
      return BatchQueryError.from(thrown).code
    }
  }

  const takenBy = async ({ open, bucket }: Place): Promise<string[]> => {
    const store = open()
    const keys = await keysIn(store, bucket, scheduleTurnsOf(SCHEDULE))
    const read = async (key: string) =>
      Buffer.from((await store.read({ bucket, key }))?.bytes ?? []).toString()
    return Promise.all(keys.map(read))
  }

  test('one of many runs gets the turn when they start at once, and the errors of the others name it', async () => {
    const place = await freshPlace()
    const runs = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(id => claimed(place, id)))
    const outcomes = await Promise.all(runs.map(outcome))
    expect(outcomes.toSorted()).toEqual([...Array(5).fill('SCHEDULE_OVERLAP'), 'taken'])
    const [winner = ''] = await takenBy(place)
    expect(runs[outcomes.indexOf('taken')]?.record.id).toBe(winner)
    await expect((await claimed(place, 'late')).takeTurn(SCHEDULE)).rejects.toMatchObject({
      code: 'SCHEDULE_OVERLAP',
      exitCode: 5,
      message: expect.stringContaining(`run ${winner} of the schedule "nightly" has not ended`),
    })
  })

  test('a run gets the turn when the run before it has ended, and only the last turn remains', async () => {
    const place = await freshPlace()
    for (const id of ['a', 'b', 'c']) {
      const run = await claimed(place, id)
      expect(await outcome(run)).toBe('taken')
      await run.finish(id === 'b' ? new BatchQueryError('QUERY_FAILED', 'no') : null)
    }
    expect(await takenBy(place)).toEqual(['c'])
  })

  test('one of many runs gets the turn of an ended run', async () => {
    const place = await freshPlace()
    const ended = await claimed(place, 'ended')
    await ended.takeTurn(SCHEDULE)
    await ended.finish(null)
    const runs = await Promise.all(['a', 'b', 'c', 'd'].map(id => claimed(place, id)))
    const outcomes = await Promise.all(runs.map(outcome))
    expect(outcomes.filter(one => one === 'taken')).toHaveLength(1)
    expect(await takenBy(place)).toEqual([runs[outcomes.indexOf('taken')]?.record.id])
  })

  test('one of many runs gets the turn of a dead run, and recovers and ends that run', async () => {
    const place = await freshPlace()
    await (await claimed(place, 'dead')).takeTurn(SCHEDULE)
    const runs = await Promise.all(['a', 'b', 'c'].map(id => claimed(place, id, 0)))
    const outcomes = await Promise.all(runs.map(outcome))
    expect(outcomes.filter(one => one === 'taken')).toHaveLength(1)
    expect(await runsIn(place.open(), place.bucket).read('dead')).toMatchObject({
      state: 'FAILED',
      attempt: 2,
      error: { code: 'RUNNER_LOST' },
    })
  })

  test('the next attempt of a run keeps the turn of the earlier one', async () => {
    const place = await freshPlace()
    await (await claimed(place, 'a')).takeTurn(SCHEDULE)
    const again = await claimed(place, 'a', 0)
    expect(again.record.attempt).toBe(2)
    expect(await outcome(again)).toBe('taken')
  })

  test('a run looks again when the turn that it took was over and removed meanwhile', async () => {
    const place = await freshPlace()
    const { bucket } = place
    const store = place.open()
    const slow = await claimed({ ...place, open: () => store }, 'slow')
    await claimed(place, 'live')
    // Its first listing is from before the other turns.
    vi.spyOn(store, 'list').mockImplementationOnce(async function* () {})
    await place.open().create({ bucket, key: scheduleTurnKey(SCHEDULE, 7) }, Buffer.from('live'))
    const created = vi.spyOn(store, 'create')
    expect(await outcome(slow)).toBe('SCHEDULE_OVERLAP')
    expect(created.mock.calls.map(([{ key }]) => key)).toEqual([scheduleTurnKey(SCHEDULE, 1)])
    expect(await takenBy(place)).toEqual(['live'])
  })

  test('a turn blocks no run when its holder is not a run', async () => {
    const place = await freshPlace()
    const { bucket } = place
    for (const holder of ['gone', 'x/y', 'long'.repeat(100)])
      await place.open().put({ bucket, key: scheduleTurnKey(SCHEDULE, 1) }, Buffer.from(holder))
    expect(await outcome(await claimed(place, 'a'))).toBe('taken')
  })
})
