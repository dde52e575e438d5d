import { expect, inject, test } from 'vitest'
import type { Store } from '../../../src/store/index.ts'
import { type Manner, s3Error } from '../../faults/fault-proxy.ts'
import { unencodedListings } from '../../faults/s3-manners.ts'
import { s3Proxy } from '../../faults/s3-proxy.ts'
import { adminClient, freshBucket, openUploads, taskCredentials } from '../../setup/s3-client.ts'
import { openStore } from '../s3/fixture.ts'
import { failed, figures, look, notDone, warnings } from './looking.ts'

const { endpoint, kmsKeyId } = inject('s3')
const bucket = await freshBucket()

const ON_OBJECTS = ['store.read', 'store.list', 'store.create', 'store.replace', 'store.stage', 'export']

async function keys(): Promise<(string | undefined)[]> {
  const { Contents = [] } = await adminClient().listObjectsV2({ Bucket: bucket })
  return Contents.map(({ Key }) => Key)
}

async function expectNothingLeft(): Promise<void> {
  expect(await keys()).toEqual([])
  expect(await openUploads(bucket)).toEqual([])
}

/** With the rights of a task, less what is denied. */
async function taskStore(...denied: string[]): Promise<Store> {
  return openStore(endpoint, { client: { credentials: await taskCredentials(bucket, denied) } }).store
}

test('all checks pass with the rights of a task, and nothing stays', async () => {
  const reports = await look({ store: await taskStore(), bucket })
  expect(failed(reports)).toEqual([])
  expect(figures(reports)).toMatchObject({
    'store.bucket': expect.stringMatching(new RegExp(`^${bucket} at http://localhost:\\d+, region \\S+$`)),
    'store.encryption': 'the bucket sets none',
    'store.lifecycle': expect.stringContaining('s3:GetLifecycleConfiguration'),
    'store.clock': 'the store is in step with this machine',
    'store.create': 'the store refuses to create an object twice',
    'store.replace': 'the store refuses to replace an object that has changed',
    'store.stage': 'an upload of 524,288 bytes, aborted without leftovers',
    export: expect.stringMatching(/^1 row, 13 bytes, published as s3:/),
    'store.delete': expect.stringMatching(/^nothing remains under s3:.*\/output\/doctor-[^/]+\/$/),
  })
  await expectNothingLeft()
})

test('doctor reports the settings of the bucket if the user may read them', async () => {
  const { store } = openStore(endpoint)
  const without = await look({ store, bucket })
  expect(failed(without)).toEqual([])
  expect(figures(without)).toMatchObject({
    'store.encryption': 'the bucket sets none',
    'store.lifecycle': 'no rule aborts incomplete uploads',
  })
  expect(warnings(without)).toEqual([expect.stringContaining('add a rule that aborts them after 7 days')])
  const rule = (days: number) => ({
    Rules: [
      {
        ID: 'uploads',
        Status: 'Enabled' as const,
        Filter: { Prefix: '' },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: days },
      },
    ],
  })
  await adminClient().putBucketLifecycleConfiguration({ Bucket: bucket, LifecycleConfiguration: rule(1) })
  // radosgw takes no rule of this kind; Amazon S3 has one for every bucket.
  const byKms: Manner = async (request, forward) => {
    const answer = await forward(request)
    if (!/[?&]encryption/.test(request.url)) return answer
    const rule = `<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>${kmsKeyId}</KMSMasterKeyID>`
    const byDefault = `<ApplyServerSideEncryptionByDefault>${rule}</ApplyServerSideEncryptionByDefault>`
    const name = 'ServerSideEncryptionConfiguration'
    const body = Buffer.from(`<${name}><Rule>${byDefault}</Rule></${name}>`)
    return { ...answer, status: 200, body, headers: { 'content-length': body.length } }
  }
  const proxy = await s3Proxy([byKms])
  const short = await look({ store: openStore(proxy.endpoint).store, bucket })
  expect(figures(short)).toMatchObject({
    'store.encryption': `aws:kms, key ${kmsKeyId}`,
    'store.lifecycle': 'a rule aborts incomplete uploads after 1 day',
  })
  expect(short.get('store.lifecycle')?.warnings).toEqual([expect.stringContaining('loses its upload')])
  await adminClient().putBucketLifecycleConfiguration({ Bucket: bucket, LifecycleConfiguration: rule(7) })
  const enough = await look({ store, bucket })
  expect(failed(enough)).toEqual([])
  expect(warnings(enough)).toEqual([])
  await adminClient().deleteBucketLifecycle({ Bucket: bucket })
  await expectNothingLeft()
})

test('a bucket that does not exist', async () => {
  const reports = await look({ store: openStore(endpoint).store, bucket: 'test-there-is-none' })
  expect(failed(reports)).toEqual(['store.bucket'])
  expect(reports.get('store.bucket')?.error).toMatchObject({ code: 'BUCKET_NOT_FOUND', exitCode: 3 })
  expect(notDone(reports, 'store.bucket')).toEqual(
    expect.arrayContaining(['store.write', 'export', 'store.delete']),
  )
  expect(reports.get('database.login')).toMatchObject({ state: 'ok' })
})

test('credentials that are wrong', async () => {
  const proxy = await s3Proxy()
  proxy.fail({ fault: { kind: 'answer', answer: s3Error(403, 'SignatureDoesNotMatch') } })
  const reports = await look({ store: openStore(proxy.endpoint).store, bucket })
  expect(failed(reports)).toEqual(['store.bucket'])
  expect(reports.get('store.bucket')?.error).toMatchObject({
    code: 'AUTHENTICATION',
    hint: expect.stringContaining('AWS_SECRET_ACCESS_KEY'),
  })
})

test('a bucket that may only be read', async () => {
  const reports = await look({ store: await taskStore('s3:PutObject'), bucket })
  expect(failed(reports)).toEqual(['store.write'])
  expect(reports.get('store.write')?.error).toMatchObject({
    code: 'PERMISSION',
    hint: expect.stringMatching(/^Allow s3:PutObject on arn:aws:s3:::/),
  })
  expect(notDone(reports, 'store.write')).toEqual([...ON_OBJECTS, 'store.delete'])
  await expectNothingLeft()
})

test.each([
  ['s3:ListBucket', ['store.bucket']],
  ['s3:GetObject', ['store.read', 'store.create', 'store.replace', 'export']],
  ['s3:ListMultipartUploadParts', ['store.stage', 'store.staged', 'export']],
])('without %s: the checks that fail name it', async (action, ids) => {
  const reports = await look({ store: await taskStore(action), bucket })
  expect(failed(reports)).toEqual(ids)
  for (const id of ids)
    expect(reports.get(id)?.error).toMatchObject({
      code: 'PERMISSION',
      hint: expect.stringContaining(`Allow ${action} on arn:aws:s3:::${bucket}`),
    })
})

test('doctor names the objects that stay if the user lacks s3:DeleteObject', async () => {
  const reports = await look({ store: await taskStore('s3:DeleteObject'), bucket })
  expect(failed(reports)).toEqual(['store.delete'])
  expect(reports.get('store.delete')?.error).toMatchObject({
    code: 'PERMISSION',
    message: expect.stringMatching(
      /^some objects remain under s3:.*\(object, a\+b 50% ü %2B, created, replaced, /,
    ),
    hint: expect.stringMatching(
      new RegExp(`Allow s3:DeleteObject .*Then remove s3://${bucket}/output/doctor-\\S+/ by hand`),
    ),
  })
  for (const Key of await keys()) await adminClient().deleteObject({ Bucket: bucket, Key })
  await expectNothingLeft()
})

test('an upload that may not be aborted', async () => {
  const proxy = await s3Proxy()
  proxy.fail({
    method: 'DELETE',
    url: /uploadId=/,
    fault: { kind: 'answer', answer: s3Error(403, 'AccessDenied') },
  })
  const reports = await look({ store: openStore(proxy.endpoint).store, bucket })
  expect(failed(reports)).toEqual(['store.stage', 'store.delete'])
  for (const id of failed(reports))
    expect(reports.get(id)?.error).toMatchObject({
      code: 'PERMISSION',
      hint: expect.stringContaining('Allow s3:AbortMultipartUpload'),
    })
  for (const { Key, UploadId } of await openUploads(bucket))
    await adminClient().abortMultipartUpload({ Bucket: bucket, Key, UploadId })
  await expectNothingLeft()
})

/** An endpoint that takes a conditional write for any other: it answers that all went well. */
const ignores =
  (header: 'if-none-match' | 'if-match'): Manner =>
  async (request, forward) => {
    const answer = await forward(request)
    const isIgnored =
      request.method === 'PUT' && request.headers[header] !== undefined && answer.status === 412
    return isIgnored ? { status: 200, headers: { etag: '"0"' }, body: Buffer.alloc(0) } : answer
  }

test.each([
  ['if-none-match', 'store.create', /was created a second time \(If-None-Match: \*\)$/],
  ['if-match', 'store.replace', /was replaced, although the request named another version \(If-Match\)$/],
] as const)('an endpoint that ignores %s', async (header, id, message) => {
  const proxy = await s3Proxy([ignores(header)])
  const reports = await look({ store: openStore(proxy.endpoint).store, bucket })
  expect(failed(reports)).toEqual([id])
  expect(reports.get(id)?.error).toMatchObject({
    code: 'STORE_FAILED',
    retryable: false,
    message: expect.stringMatching(message),
    hint: expect.stringContaining('two runners could own one run'),
  })
  await expectNothingLeft()
})

test('a store whose clock is off by ten minutes adds a warning', async () => {
  const late: Manner = async (request, forward) => {
    const answer = await forward(request)
    const date = new Date(Date.now() - 600_000).toUTCString()
    return { ...answer, headers: { ...answer.headers, date } }
  }
  const proxy = await s3Proxy([late])
  const reports = await look({ store: openStore(proxy.endpoint).store, bucket })
  expect(failed(reports)).toEqual([])
  expect(reports.get('store.clock')).toMatchObject({
    figure: expect.stringMatching(/^the store is (599|600|601) s behind this machine$/),
    warnings: [expect.stringContaining('preferably by NTP')],
  })
  await expectNothingLeft()
})

test('bytes that change on the way, and a listing that is late', async () => {
  const changing: Manner = async (request, forward) => {
    const answer = await forward(request)
    const isRead = request.method === 'GET' && request.url.endsWith('/object?x-id=GetObject')
    if (!isRead) return answer
    const headers = Object.fromEntries(
      Object.entries(answer.headers).filter(([name]) => !name.startsWith('x-amz-checksum')),
    )
    return { ...answer, headers, body: Buffer.from(answer.body.toString().toUpperCase()) }
  }
  const forgetful: Manner = async (request, forward) => {
    const answer = await forward(request)
    if (!request.url.includes('list-type=2')) return answer
    const body = Buffer.from(answer.body.toString().replace(/<Contents>.*<\/Contents>/s, ''))
    return { ...answer, body, headers: { ...answer.headers, 'content-length': body.length } }
  }
  const proxy = await s3Proxy([changing, forgetful])
  const reports = await look({ store: openStore(proxy.endpoint).store, bucket })
  expect(failed(reports)).toEqual(['store.read', 'store.list'])
  for (const id of failed(reports)) expect(reports.get(id)?.error).toMatchObject({ code: 'VERIFICATION' })
  await expectNothingLeft()
})

test.each([
  ['+ becomes a space', /a\+b/g, 'a b'],
  ['% is read as an escape', /%2B/g, '+'],
] as const)('doctor reports %s in a listing, with the key', async (_, from, to) => {
  const garbling: Manner = async (request, forward) => {
    const answer = await forward(request)
    const body = Buffer.from(answer.body.toString().replace(from, to))
    return { ...answer, body, headers: { ...answer.headers, 'content-length': body.length } }
  }
  const proxy = await s3Proxy([onListings(garbling), unencodedListings()])
  const reports = await look({ store: openStore(proxy.endpoint).store, bucket })
  expect(failed(reports)).toEqual(['store.list'])
  expect(reports.get('store.list')?.error).toMatchObject({
    code: 'VERIFICATION',
    message: expect.stringMatching(
      /lacks "output\/doctor-\S+\/a\+b 50% ü %2B", which doctor has just written; it has /,
    ),
  })
  await expectNothingLeft()
})

test('an endpoint passes when it does not encode its listings', async () => {
  const proxy = await s3Proxy([unencodedListings()])
  expect(failed(await look({ store: openStore(proxy.endpoint).store, bucket }))).toEqual([])
  await expectNothingLeft()
})

const onListings =
  (manner: Manner): Manner =>
  (request, forward) =>
    /[?&]list-type=2/.test(request.url) ? manner(request, forward) : forward(request)
