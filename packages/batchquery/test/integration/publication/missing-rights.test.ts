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
  resultAt,
  runsIn,
  runTo,
  SILENT,
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

/** Runs a task of one export, and returns the record of its end. */
async function endOf(run: OwnedRun, store: Store, destination: string, result: Result): Promise<RunRecord> {
  try {
    await runTo(run, result, await freshSession(), store, destination)
    return await run.finish(null)
  } catch (thrown) {
    return run.finish(BatchQueryError.from(thrown))
  }
}

/** The home bucket is also the destination. */
const ended = async (store: Store, bucket: string, result: Result): Promise<RunRecord> =>
  endOf(await claim(store, bucket, 'r1'), store, bucket, result)

const EARLIER = { text: 'earlier\n'.repeat(8), parts: 8, manifest: true }
const RESULT: Result = { word: 'word', lines: 300, overwrite: true }

test.each([true, false])(
  'a run fails, and leaves nothing staged, when its role lacks s3:ListMultipartUploadParts (OVERWRITE %s)',
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
    if (overwrite) expect(await resultAt(admin, bucket)).toEqual(EARLIER)
    else expect(await keysIn(admin, bucket, 'out/')).toEqual([])
  },
)

const denied = { kind: 'answer', answer: s3Error(403, 'AccessDenied') } as const

/** Rights that are missing only at the destination, because a run needs them in its home bucket too. */
test.each<[string, FaultRule]>([
  ['read objects', { method: 'HEAD', url: /\/out\/r/, fault: denied }],
  ['list objects', { method: 'GET', url: /list-type=2.*prefix=out(\/|%2F)r/, fault: denied }],
  ['delete objects', { method: 'DELETE', url: /\/out\/r[^?]*(\?x-id=DeleteObject)?$/, fault: denied }],
])(
  'a run fails, and leaves the earlier result, when its role may not %s at the destination',
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
    expect(await resultAt(admin, bucket)).toEqual(EARLIER)
  },
)

test('a run fails when its role may not complete uploads and there was no earlier result', async () => {
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

/** As if a mistyped bucket belonged to another account. */
test("a run fails without a warning, and reap finds nothing, when its bucket is another account's, even if the runner died", async () => {
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
