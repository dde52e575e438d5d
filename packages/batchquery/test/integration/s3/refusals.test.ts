import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { beforeEach, describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import { s3Error } from '../../faults/fault-proxy.ts'
import { s3Proxy, secureS3Proxy } from '../../faults/s3-proxy.ts'
import { freshBucket, openUploads, taskCredentials } from '../../setup/s3-client.ts'
import { freePort } from '../../setup/server-folder.ts'
import { openStore, RUN, somewhere, staged, textAt } from './fixture.ts'

const { endpoint, secureEndpoint, caFile } = inject('s3')
const bucket = await freshBucket()
const elsewhere = await freshBucket()
const proxy = await s3Proxy()
const { ca: strangersCa } = await secureS3Proxy()
beforeEach(() => proxy.reset())

describe('BUCKET_NOT_FOUND comes from', () => {
  const absent = { bucket: 'test-there-is-none', key: 'x' }
  const { store } = openStore(endpoint)
  test.each<[string, () => Promise<unknown>]>([
    ['stage', () => store.stage(absent, RUN)],
    ['create', () => store.create(absent, Buffer.of(1))],
    ['put', () => store.put(absent, Buffer.of(1))],
    ['read', () => store.read(absent)],
    ['head', () => store.head(absent)],
    ['list', () => Readable.from(store.list(absent.bucket, '')).toArray()],
    ['delete', () => store.delete(absent)],
    ['now', () => store.now(absent.bucket)],
  ])('%s', async (_, act) => {
    await expect(act()).rejects.toMatchObject({
      code: 'BUCKET_NOT_FOUND',
      message: expect.stringContaining('s3://test-there-is-none'),
    })
  })
})

test('nothing is staged and an abort does nothing when the bucket does not exist', async () => {
  const { store } = openStore(endpoint)
  const token = { ...(await staged(store, somewhere(bucket), 'x')), bucket: 'test-there-is-none' }
  expect(await store.inspect(token, 1)).toBe('gone')
  await store.abort(token)
  expect(await Readable.from(store.listStaged(token.bucket, '', RUN)).toArray()).toEqual([])
  await expect(store.commit(token, 1, true)).rejects.toMatchObject({ code: 'BUCKET_NOT_FOUND' })
  await store.abort({ ...token, bucket })
})

test('an upload is aborted when the user may not list its chunks', async () => {
  const credentials = await taskCredentials(elsewhere, ['s3:ListMultipartUploadParts'])
  const { store } = openStore(endpoint, { client: { credentials } })
  const token = await staged(store, somewhere(elsewhere), 'x')
  expect(await openUploads(elsewhere)).toHaveLength(1)
  await store.abort(token)
  expect(await openUploads(elsewhere)).toEqual([])
  await store.abort(token)
})

test("an error names the missing right when the bucket is another user's", async () => {
  const credentials = await taskCredentials(elsewhere)
  const { store } = openStore(endpoint, { client: { credentials } })
  const address = somewhere(bucket)
  await openStore(endpoint).store.put(address, Buffer.from('x'))
  const object = `arn:aws:s3:::${bucket}/${address.key}`
  const cases: readonly [string, string, () => Promise<unknown>][] = [
    ['s3:PutObject', object, () => store.stage(address, RUN)],
    ['s3:PutObject', object, () => store.create(address, Buffer.of(1))],
    ['s3:GetObject', object, () => store.read(address)],
    ['s3:GetObject', object, () => store.head(address)],
    ['s3:DeleteObject', object, () => store.delete(address)],
    ['s3:ListBucket', `arn:aws:s3:::${bucket}`, () => store.now(bucket)],
    ['s3:ListBucket', `arn:aws:s3:::${bucket}`, () => Readable.from(store.list(bucket, '')).toArray()],
  ]
  for (const [action, resource, act] of cases) {
    await expect(act()).rejects.toMatchObject({
      code: 'PERMISSION',
      message: expect.stringContaining(`needs ${action} on ${resource}: AccessDenied`),
      hint: expect.stringContaining(`Allow ${action} on ${resource}`),
      retryable: false,
    })
  }
  expect(await textAt(openStore(endpoint).store, address)).toBe('x')
})

test('an object fails and leaves nothing when a policy begins to deny half-way', async () => {
  const { store } = openStore(endpoint)
  const object = await store.stage(somewhere(bucket), RUN)
  await object.write(Buffer.from('hello'))
  const denied = await taskCredentials(bucket, ['s3:PutObject'])
  const { store: later } = openStore(endpoint, { client: { credentials: denied } })
  await object.finish()
  await expect(later.commit(object.token, 5, true)).rejects.toMatchObject({ code: 'PERMISSION' })
  await store.abort(object.token)
  expect(await store.inspect(object.token, 5)).toBe('gone')
})

describe('credentials', () => {
  test.each([
    [403, 'InvalidAccessKeyId', /AWS_ACCESS_KEY_ID/],
    [403, 'SignatureDoesNotMatch', /secret key/],
    [400, 'ExpiredToken', /have expired/],
    [400, 'InvalidToken', /AWS_SESSION_TOKEN/],
    [403, 'RequestTimeTooSkewed', /clock/],
  ])('%i %s is reported, although the answer to HEAD has no reason', async (status, code, hint) => {
    proxy.fail({ fault: { kind: 'answer', answer: s3Error(status, code) } })
    const { store, retries } = openStore(proxy.endpoint)
    await expect(store.head(somewhere(bucket))).rejects.toMatchObject({
      code: 'AUTHENTICATION',
      message: expect.stringContaining(code),
      hint: expect.stringMatching(hint),
      retryable: false,
    })
    expect(retries).toEqual([])
  })

  test('a request succeeds when the clock is wrong by an hour', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 })
    onTestFinished(() => void vi.useRealTimers())
    const { store, retries } = openStore(endpoint)
    const address = somewhere(bucket)
    await store.put(address, Buffer.from('x'))
    expect(await textAt(store, address)).toBe('x')
    expect(retries).toEqual([expect.stringContaining('RequestTimeTooSkewed')])
  })
})

describe('endpoints', () => {
  test('are used over https when their authority is known', async () => {
    const { store } = openStore(secureEndpoint, { ca: await readFile(caFile, 'utf8') })
    const address = somewhere(bucket)
    await store.commit(await staged(store, address, 'ours'), 4, false)
    expect(await textAt(store, address)).toBe('ours')
  })

  test.each([
    ['unknown to Node', undefined],
    ['another one', strangersCa],
  ])('are refused at once over https when their authority is %s', async (_, ca) => {
    const { store, retries } = openStore(secureEndpoint, ca === undefined ? {} : { ca })
    await expect(store.put(somewhere(bucket), Buffer.from('secret'))).rejects.toMatchObject({
      code: 'TLS',
      message: expect.stringMatching(/certificate|issuer/),
      retryable: false,
    })
    expect(retries).toEqual([])
  })

  test.each([
    ['a port without a server', async () => `http://localhost:${await freePort()}`, /ECONNREFUSED/],
    ['a host without an address', async () => 'http://no-such-host.invalid', /ENOTFOUND|EAI_AGAIN/],
    [
      'a port without HTTP',
      async () => secureEndpoint.replace('https', 'http'),
      /Parse Error|hang up|ECONNRESET|inactivity/,
    ],
  ])('fail with STORE_UNREACHABLE when they are %s', async (_, where, message) => {
    const { store } = openStore(await where(), { stallMs: 500 })
    await expect(store.read(somewhere(bucket))).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringMatching(message),
    })
  })
})
