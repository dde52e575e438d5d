import { Readable } from 'node:stream'
import { expect, inject, onTestFinished, test } from 'vitest'
import { BatchQueryError } from '../../../src/errors/index.ts'
import type { OwnedRun, RunRecord } from '../../../src/run/index.ts'
import { S3Store, type Store } from '../../../src/store/index.ts'
import { type FaultRule, s3Error } from '../../faults/fault-proxy.ts'
import { s3Proxy } from '../../faults/s3-proxy.ts'
import {
  adminCredentials,
  dropBucket,
  makeBucket,
  openUploads,
  taskCredentials,
} from '../../setup/s3-client.ts'
import { freshSession } from '../export/fixture.ts'
import {
  ELSEWHERE,
  keysIn,
  newRun,
  putEarlier,
  type Result,
  runsIn,
  runTo,
  SILENT,
  standing,
} from './fixture.ts'

const proxy = await s3Proxy()
const { region } = inject('s3')

async function freshBucket(): Promise<string> {
  const bucket = await makeBucket()
  onTestFinished(async () => {
    proxy.reset()
    await dropBucket(bucket)
  })
  return bucket
}

const openAs = (
  credentials: Awaited<ReturnType<typeof taskCredentials>> | ReturnType<typeof adminCredentials>,
): Store => new S3Store({ client: { endpoint: proxy.endpoint, region, credentials } })

const claim = (store: Store, home: string, id: string): Promise<OwnedRun> =>
  runsIn(store, home).claim(newRun(id), ELSEWHERE, SILENT)

/** The end of a run whose task is one export. */
async function endOf(run: OwnedRun, store: Store, destination: string, result: Result): Promise<RunRecord> {
  try {
    await runTo(run, result, await freshSession(), store, destination)
    return await run.finish(null)
  } catch (thrown) {
    return run.finish(BatchQueryError.from(thrown))
  }
}

/** Where home and destination are one bucket. */
const ended = async (store: Store, bucket: string, result: Result): Promise<RunRecord> =>
  endOf(await claim(store, bucket, 'r1'), store, bucket, result)

const EARLIER = { text: 'earlier\n'.repeat(8), parts: 8, manifest: true }
const RESULT: Result = { word: 'word', lines: 300, overwrite: true }

test.each([true, false])(
  'a role that lacks s3:ListMultipartUploadParts ends its run, and nothing staged stays (OVERWRITE %s)',
  async overwrite => {
    const bucket = await freshBucket()
    const admin = openAs(adminCredentials())
    if (overwrite) await putEarlier(admin, bucket)
    const store = openAs(await taskCredentials(bucket, ['s3:ListMultipartUploadParts']))
    expect(await ended(store, bucket, { ...RESULT, overwrite })).toMatchObject({
      state: 'FAILED',
      exitCode: 4,
      error: { code: 'PERMISSION', message: expect.stringContaining('needs s3:ListMultipartUploadParts on') },
      exports: [{ state: 'ABORTED' }],
      warnings: [],
    })
    expect(await openUploads(bucket)).toEqual([])
    expect(await keysIn(admin, bucket, 'locks/')).toEqual([])
    if (overwrite) expect(await standing(admin, bucket)).toEqual(EARLIER)
    else expect(await keysIn(admin, bucket, 'out/')).toEqual([])
  },
)

const denied = { kind: 'answer', answer: s3Error(403, 'AccessDenied') } as const

/** At the destination alone: a run needs these rights in its home too. */
test.each<[string, FaultRule]>([
  ['read objects', { method: 'HEAD', url: /\/out\/r/, fault: denied }],
  ['list objects', { method: 'GET', url: /list-type=2.*prefix=out(\/|%2F)r/, fault: denied }],
  ['delete objects', { method: 'DELETE', url: /\/out\/r[^?]*(\?x-id=DeleteObject)?$/, fault: denied }],
])(
  'a role that may not %s at the destination ends its run, and leaves the earlier result',
  async (_, rule) => {
    const bucket = await freshBucket()
    const admin = openAs(adminCredentials())
    await putEarlier(admin, bucket)
    const undo = proxy.fail(rule)
    expect(await ended(admin, bucket, RESULT)).toMatchObject({
      state: 'FAILED',
      error: { code: 'PERMISSION' },
      exports: [{ state: 'ABORTED' }],
    })
    undo()
    expect(await openUploads(bucket)).toEqual([])
    expect(await keysIn(admin, bucket, 'locks/')).toEqual([])
    expect(await standing(admin, bucket)).toEqual(EARLIER)
  },
)

test('a role that may not complete uploads ends its run where nothing was there before', async () => {
  const bucket = await freshBucket()
  const admin = openAs(adminCredentials())
  const undo = proxy.fail({ method: 'POST', url: /\/out\/r.*uploadId=/, fault: denied })
  expect(await ended(admin, bucket, RESULT)).toMatchObject({
    state: 'FAILED',
    error: { code: 'PERMISSION' },
    exports: [{ state: 'ABORTED' }],
  })
  undo()
  expect(await openUploads(bucket)).toEqual([])
  expect(await keysIn(admin, bucket, 'out/')).toEqual([])
})

/** As a mistyped bucket that another account has. */
test("a run to a stranger's bucket fails without a warning, and reap finds nothing, also where the runner died", async () => {
  const home = await freshBucket()
  const strangers = await freshBucket()
  const store = openAs(await taskCredentials(home))
  const to = (run: OwnedRun) => endOf(run, store, strangers, RESULT)
  const failed = await claim(store, home, 'failed')
  expect(await to(failed)).toMatchObject({ state: 'FAILED', error: { code: 'PERMISSION' }, warnings: [] })
  expect(await keysIn(store, home, 'locks/')).toEqual([])
  const died = await claim(store, home, 'died')
  await died.start({ versionId: null, sha256: '00ff' })
  await died.journal.write({ step: 'begun', uri: `s3://${strangers}/out/r`, format: 'TEXT' })
  await died.leave()
  const reaped = await Readable.from(runsIn(store, home).reap(ELSEWHERE, SILENT, { dryRun: false })).toArray()
  expect(reaped).toMatchObject([{ id: 'died', state: 'FAILED', error: null }])
  expect(await keysIn(store, home, 'locks/')).toEqual([])
})
