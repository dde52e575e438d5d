import { Readable } from 'node:stream'
import { beforeEach, describe, expect, test } from 'vitest'
import type { ObjectAddress, Store } from '../../../src/store/index.ts'
import { type Answer, type Manner, s3Error } from '../../faults/fault-proxy.ts'
import { s3Proxy } from '../../faults/s3-proxy.ts'
import { adminClient, freshBucket, openUploads } from '../../setup/s3-client.ts'
import { openStore, RUN, somewhere, staged, textAt } from './fixture.ts'

const bucket = await freshBucket()
const proxy = await s3Proxy()
beforeEach(() => proxy.reset())

function page(status: number, text: string): Answer {
  const body = Buffer.from(
    `<!DOCTYPE html><html><head><style>p { }</style></head><body><p>${text}</p></body></html>`,
  )
  return {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-length': body.length },
    body,
  }
}

type Act = (store: Store, address: ObjectAddress) => Promise<unknown>
const ACTS: readonly (readonly [string, Act])[] = [
  ['stage', (store, address) => store.stage(address, RUN)],
  ['create', (store, address) => store.create(address, Buffer.of(1))],
  ['put', (store, address) => store.put(address, Buffer.of(1))],
  ['read', (store, address) => store.read(address)],
  ['head', (store, address) => store.head(address)],
  ['list', store => Readable.from(store.list(bucket, '')).toArray()],
  ['delete', (store, address) => store.delete(address)],
  ['now', store => store.now(bucket)],
]

describe.each([
  [200, 'Please log in'],
  [302, 'Moved to the login page'],
  [403, 'Access to this site is blocked by policy'],
  [404, 'Nothing here'],
  [407, 'Proxy authentication required'],
])('a web page with status %i is reported as such by', (status, text) => {
  test.each(ACTS)('%s', async (name, act) => {
    proxy.fail({ fault: { kind: 'answer', answer: page(status, text) } })
    const { store, retries } = openStore(proxy.endpoint)
    const acted = act(store, somewhere(bucket))
    await expect(acted).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringContaining('a web page came instead of an answer from the service'),
      hint: expect.stringMatching(/proxy.*HTTPS_PROXY/),
      retryable: false,
    })
    // The answer to HEAD has no body.
    if (!['head', 'now'].includes(name)) await expect(acted).rejects.toThrow(JSON.stringify(text))
    await expect(acted).rejects.toThrow(`HTTP ${status}`)
    expect(retries).toEqual([])
  })
})

test('a request is repeated when a load balancer without servers answers with a page', async () => {
  const answer = page(502, 'Bad gateway')
  proxy.fail({ method: 'PUT', nth: [1, 2], fault: { kind: 'answer', answer } })
  const { store, retries } = openStore(proxy.endpoint)
  const address = somewhere(bucket)
  await store.put(address, Buffer.from('x'))
  expect(await textAt(store, address)).toBe('x')
  expect(retries).toEqual([expect.stringContaining('Bad gateway'), expect.stringContaining('Bad gateway')])
})

test('an object that is a web page is read like any other', async () => {
  const { key } = somewhere(bucket)
  await adminClient().putObject({ Bucket: bucket, Key: key, Body: '<html>', ContentType: 'text/html' })
  const { store } = openStore(proxy.endpoint)
  expect(await textAt(store, { bucket, key })).toBe('<html>')
  expect((await store.head({ bucket, key }))?.bytes).toBe(6)
})

describe('a write fails at once with STORE_FULL when the store has no room:', () => {
  test.each([
    [507, 'XMinioStorageFull'],
    [507, 'InsufficientStorage'],
    [400, 'XMinioAdminBucketQuotaExceeded'],
    [403, 'QuotaExceeded'],
  ])('%i %s', async (status, code) => {
    const { store, retries } = openStore(proxy.endpoint)
    const object = await store.stage(somewhere(bucket), RUN)
    proxy.fail({ method: 'PUT', fault: { kind: 'answer', answer: s3Error(status, code) } })
    const written = object.write(Buffer.from('x')).then(() => object.finish())
    await expect(written).rejects.toMatchObject({
      code: 'STORE_FULL',
      message: expect.stringContaining(code),
    })
    expect(retries).toEqual([])
    await store.abort(object.token)
  })
})

/** Endpoints that know no checksums, with the words of several servers. */
const withoutChecksums =
  (status: number, code: string, Message: string): Manner =>
  async (request, forward) =>
    Object.keys(request.headers).some(name => /^x-amz-(checksum-|sdk-checksum)/.test(name))
      ? s3Error(status, code, { Message })
      : forward(request)

describe('an error says how to leave out checksums when the endpoint refuses them:', () => {
  test.each([
    [501, 'NotImplemented', 'A header you provided implies functionality that is not implemented'],
    [400, 'InvalidArgument', 'Unsupported header x-amz-sdk-checksum-algorithm received for this API call.'],
    [400, 'InvalidRequest', 'The value specified in the x-amz-checksum-algorithm header is not supported.'],
  ])('%i %s', async (status, code, message) => {
    const plain = await s3Proxy([withoutChecksums(status, code, message)])
    const { store } = openStore(plain.endpoint)
    const address = somewhere(bucket)
    const open = (await openUploads(bucket)).length
    await expect(staged(store, address, 'x')).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining(code),
      hint: expect.stringContaining('AWS_REQUEST_CHECKSUM_CALCULATION=WHEN_REQUIRED'),
    })
    expect(await openUploads(bucket)).toHaveLength(open)
  })
})
