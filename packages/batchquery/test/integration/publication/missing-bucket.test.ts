import { expect, onTestFinished, test } from 'vitest'
import { BatchQueryError } from '../../../src/errors/index.ts'
import { type ExportPlan, runExport } from '../../../src/export/index.ts'
import type { OwnedRun, RunRecord } from '../../../src/run/index.ts'
import type { Store } from '../../../src/store/index.ts'
import { dropBucket, makeBucket } from '../../setup/s3-client.ts'
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
} from './fixture.ts'
import { MortalStore } from './mortal-store.ts'

const ABSENT = 'test-there-is-none'
const RESULT: Result = { word: 'word', lines: 300, overwrite: true }

async function freshPlace(): Promise<Place> {
  const create = PLACES.find(([kind]) => kind === 'S3')?.[1]
  if (create === undefined) throw new Error('S3 is no place any more')
  const place = await create()
  onTestFinished(() => place.close())
  return place
}

/** Runs a task whose home is one bucket and whose destination is in another one. */
async function runTo(run: OwnedRun, destination: string, store: Store, result = RESULT): Promise<RunRecord> {
  await run.start({ versionId: null, sha256: '00ff' })
  const plan: ExportPlan = planOf(result, store, destination)
  try {
    await runExport(await freshSession(), plan, {
      runId: run.record.id,
      journal: run.journal,
      progress: () => {},
      warn: text => run.warn(text),
      signal: new AbortController().signal,
      isLast: true,
    })
    return await run.finish(null)
  } catch (thrown) {
    return run.finish(BatchQueryError.from(thrown))
  }
}

const claim = (store: Store, bucket: string, id: string) =>
  runsIn(store, bucket).claim(newRun(id), ELSEWHERE, SILENT)

test.each([true, false])(
  'a run fails without a warning, and reap finds nothing, when its bucket does not exist (OVERWRITE %s)',
  async overwrite => {
    const place = await freshPlace()
    const store = place.open()
    const run = await claim(store, place.bucket, 'mistyped')
    expect(await runTo(run, ABSENT, store, { ...RESULT, overwrite })).toMatchObject({
      state: 'FAILED',
      error: { code: 'BUCKET_NOT_FOUND', message: expect.stringContaining(ABSENT) },
      warnings: [],
    })
    expect(await keysIn(store, place.bucket, 'locks/')).toEqual([])
    expect(await reap(place)).toEqual([])
  },
)

test('reap ends a run whose bucket does not exist, and other runs, at whichever change its runner died', async () => {
  const place = await freshPlace()
  const unended = new Set<string>()
  for (let lifetime = 3, isOver = false; !isOver; lifetime += 2) {
    const mortal = new MortalStore(place.open(), lifetime)
    const id = `mistyped-${lifetime}`
    const life = claim(mortal, place.bucket, id).then(run => runTo(run, ABSENT, mortal))
    const ended = await Promise.race([life, mortal.died])
    isOver = ended !== undefined
    // The last writes of a run come after the write of its end.
    if (!isOver && (await runsIn(place.open(), place.bucket).read(id)).state !== 'FAILED') unended.add(id)
  }
  expect(await live(new MortalStore(place.open(), 12), place.bucket, 'other', RESULT)).toBe(false)
  unended.add('other')
  const reaped = await reap(place)
  expect(new Set(reaped.map(({ id, state, error }) => `${id} ${state} ${error}`))).toEqual(
    new Set([...unended].map(id => `${id} FAILED null`)),
  )
  expect(await keysIn(place.open(), place.bucket, 'locks/')).toEqual([])
  expect(await reap(place)).toEqual([])
})

test('a run ends when its bucket is deleted during the publication', async () => {
  const place = await freshPlace()
  const destination = await makeBucket()
  const store = place.open()
  const run = await claim(store, place.bucket, 'orphan')
  const { journal } = run
  const write = journal.write.bind(journal)
  const died = new Promise<void>(resolve => {
    journal.write = async step => {
      await write(step)
      if (step.step !== 'committing') return
      resolve()
      // The process is dead.
      return new Promise(() => {})
    }
  })
  void runTo(run, destination, store)
  await died
  await dropBucket(destination)
  const uri = `s3://${destination}/out/r`
  expect(await reap(place)).toMatchObject([{ id: 'orphan', state: 'FAILED', aborted: [uri], error: null }])
  expect(await keysIn(store, place.bucket, 'locks/')).toEqual([])
  expect(await reap(place)).toEqual([])
})
