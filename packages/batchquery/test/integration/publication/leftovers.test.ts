import { Readable } from 'node:stream'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { BatchQueryError } from '../../../src/errors/index.ts'
import { recoveryIn } from '../../../src/export/index.ts'
import { RunStore } from '../../../src/run/index.ts'
import type { Store } from '../../../src/store/index.ts'
import { freshSession } from '../export/fixture.ts'
import {
  ELSEWHERE,
  keysIn,
  live,
  newRun,
  PLACES,
  type Place,
  type Result,
  reap,
  resultAt,
  runsIn,
  runTo,
  SILENT,
  textOf,
} from './fixture.ts'

const ID = 'r1'
const RESULT: Result = { word: 'word', lines: 300, overwrite: true }
const GONE = new BatchQueryError('STORE_UNREACHABLE', 'no answer')

describe.each(PLACES)('on %s', (_kind, create) => {
  async function freshPlace(): Promise<Place> {
    const place = await create()
    onTestFinished(() => place.close())
    return place
  }

  /** A run that fails, and whose store then also refuses its removals. */
  async function failed(place: Place, store: Store) {
    const run = await runsIn(store, place.bucket).claim(newRun(ID), ELSEWHERE, SILENT)
    const write = run.journal.write.bind(run.journal)
    const staged = vi.spyOn(run.journal, 'write').mockImplementation(async step => {
      if (step.step === 'staged') throw new BatchQueryError('STORE_FULL', 'full')
      await write(step)
    })
    const abort = vi.spyOn(store, 'abort').mockRejectedValue(GONE)
    const exported = runTo(run, RESULT, await freshSession(), store, place.bucket)
    const error = await exported.catch((thrown: unknown) => BatchQueryError.from(thrown))
    abort.mockRestore()
    staged.mockRestore()
    return { run, error: BatchQueryError.from(error) }
  }

  test('reap removes the staged objects that a failed run could not remove, and the run keeps its first error', async () => {
    const place = await freshPlace()
    const { run, error } = await failed(place, place.open())
    expect(error).toMatchObject({ code: 'STORE_FULL' })
    const record = await run.finish(error)
    expect(record).toMatchObject({
      state: 'FAILED',
      warnings: [
        expect.stringMatching(
          /some staged objects for .* may remain; remove them with `batchquery reap`: no answer/,
        ),
      ],
    })
    expect(await place.staged()).not.toEqual([])
    expect(await reap(place)).toEqual([
      { id: ID, state: 'FAILED', completed: [], aborted: [`s3://${place.bucket}/out/r`], error: null },
    ])
    expect(await place.staged()).toEqual([])
    expect(await keysIn(place.open(), place.bucket, 'locks/')).toEqual([])
    expect(await runsIn(place.open(), place.bucket).read(ID)).toEqual(record)
    expect(await reap(place)).toEqual([])
  })

  test('reap reports a dead run once when only its second pass removes the staged objects', async () => {
    const place = await freshPlace()
    await failed(place, place.open())
    const store = place.open()
    const recovery = recoveryIn(store, 0)
    // As if a live run staged for the same destination, and had sent no bytes before the first pass.
    const removeBegun = vi.spyOn(recovery, 'removeBegun').mockResolvedValueOnce(false)
    const runs = new RunStore(store, place.bucket, { recovery, deadAfterMs: 0 })
    const reaped = await Readable.from(runs.reap(ELSEWHERE, SILENT, { dryRun: false })).toArray()
    expect(reaped).toMatchObject([{ id: ID, state: 'FAILED', aborted: [`s3://${place.bucket}/out/r`] }])
    expect(removeBegun).toHaveBeenCalledTimes(2)
    expect(await place.staged()).toEqual([])
  })

  test('reap removes nothing when a page names an object of another destination', async () => {
    const place = await freshPlace()
    const store = place.open()
    const { run, error } = await failed(place, store)
    await run.finish(error)
    const page = `runs/${ID}/exports/0001-0001/tokens-0001.json`
    const theirs = await store.stage({ bucket: place.bucket, key: 'theirs/part_00000' }, 'somebody')
    await theirs.write(Buffer.from('alive'))
    await theirs.finish()
    const tokens = [{ ...theirs.token, owner: ID }]
    const text = JSON.stringify({ version: 2, tokens })
    await store.put({ bucket: place.bucket, key: page }, Buffer.from(text))
    expect(await reap(place)).toMatchObject([
      { id: ID, state: 'FAILED', aborted: [], error: { code: 'RUN_RECORD_INVALID' } },
    ])
    await store.commit(theirs.token, 5, true)
    await store.delete({ bucket: place.bucket, key: 'theirs/part_00000' })
  })

  test('a run that was silent during its commits leaves later results alone', async () => {
    const place = await freshPlace()
    const store = place.open()
    const slow = await runsIn(store, place.bucket).claim(newRun('slow'), ELSEWHERE, SILENT)
    const next: Result = { word: 'next', lines: 50, overwrite: true }
    const commit = store.commit.bind(store)
    vi.spyOn(store, 'commit').mockImplementationOnce(async (...call) => {
      await commit(...call)
      expect(await reap(place)).toMatchObject([{ id: 'slow', state: 'SUCCEEDED' }])
      expect((await resultAt(place.open(), place.bucket)).text).toBe(textOf(RESULT))
      expect(await live(place.open(), place.bucket, 'next', next)).toBe(true)
    })
    const session = await freshSession()
    await expect(runTo(slow, RESULT, session, store, place.bucket)).rejects.toMatchObject({
      code: 'RUN_CLAIMED',
    })
    expect(await resultAt(place.open(), place.bucket)).toEqual({
      text: textOf(next),
      parts: 1,
      manifest: true,
    })
    await slow.finish(new BatchQueryError('RUN_CLAIMED', 'taken over'))
    expect(await runsIn(place.open(), place.bucket).read('slow')).toMatchObject({
      state: 'SUCCEEDED',
      attempt: 2,
    })
  })
})
