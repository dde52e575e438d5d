import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, expect, inject, test } from 'vitest'
import { s3Proxy, secureS3Proxy } from '../../faults/s3-proxy.ts'
import { adminClient, freshBucket, openUploads } from '../../setup/s3-client.ts'
import { MIB, openStore, RUN, somewhere, staged, textAt } from './fixture.ts'

const { endpoint } = inject('s3')
const bucket = await freshBucket()
const proxy = await s3Proxy()
const { proxy: secure, ca } = await secureS3Proxy()
beforeEach(() => proxy.reset())

/** The largest number of chunks that were under way through `counting` at once. */
let most = 0
let underWay = 0
/** Opens when four chunks have arrived. Until then no chunk gets an answer, however slow the machine is. */
let openGate = (): void => {}
const gate = new Promise<void>(resolve => {
  openGate = resolve
})
const counting = await s3Proxy([
  async (request, forward) => {
    if (!isChunk(request)) return forward(request)
    most = Math.max(most, ++underWay)
    if (underWay === 4) openGate()
    await gate
    await sleep(20)
    return forward(request).finally(() => underWay--)
  },
])

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

test('64 MiB in blocks of several sizes arrive unchanged when their memory is reused at once', async () => {
  const { store } = openStore(endpoint)
  const address = somewhere(bucket)
  const object = await store.stage(address, RUN)
  const hash = createHash('sha256')
  const pool = Array.from({ length: 4 }, () => Buffer.allocUnsafeSlow(8 * MIB))
  const free = pool.map(buffer => Promise.resolve(buffer))
  let bytes = 0
  await object.write(Buffer.from('header\n'))
  hash.update('header\n')
  bytes += 7
  for (let block = 0; bytes < 64 * MIB; block++) {
    const buffer = await (free.shift() ?? Promise.reject(new Error('no buffer')))
    const part = buffer.subarray(0, [8 * MIB, 6 * MIB, 5 * MIB, 1_000_003][block % 4])
    part.set(randomBytes(part.length))
    hash.update(part)
    bytes += part.length
    free.push(object.write(part).then(() => buffer))
  }
  await Promise.all(free)
  await object.finish()
  await store.commit(object.token, bytes, true)
  const read = createHash('sha256')
  for await (const chunk of (await store.open(address, 0)) ?? []) read.update(chunk)
  expect(read.digest('hex')).toBe(hash.digest('hex'))
})

test('at most four chunks are under way, of all objects together', async () => {
  const { store } = openStore(counting.endpoint)
  const chunk = randomBytes(5 * MIB)
  const objects = await Promise.all([1, 2, 3].map(() => store.stage(somewhere(bucket), RUN)))
  await Promise.all(objects.flatMap(object => [1, 2, 3].map(() => object.write(chunk))))
  expect(most).toBe(4)
  for (const object of objects) await store.abort(object.token)
})

test('small writes are collected into chunks that S3 takes', async () => {
  const { store } = openStore(proxy.endpoint)
  const address = somewhere(bucket)
  const object = await store.stage(address, RUN)
  const blocks = Array.from({ length: 28 }, (_, index) => randomBytes(700_001 + index))
  for (const block of blocks) await object.write(block)
  await object.finish()
  const whole = Buffer.concat(blocks)
  await store.commit(object.token, whole.length, true)
  const chunks = proxy.requests.filter(isChunk).map(({ body }) => body.length)
  const full = Array.from({ length: Math.floor(whole.length / (5 * MIB)) }, () => 5 * MIB)
  expect(chunks.toSorted((a, b) => b - a)).toEqual([...full, whole.length % (5 * MIB)])
  expect(sha256((await store.read(address))?.bytes ?? Buffer.of())).toBe(sha256(whole))
})

test('a commit reads all pages of the list of chunks', async () => {
  const { store } = openStore(proxy.endpoint, { pageSize: 1 })
  const address = somewhere(bucket)
  const content = randomBytes(11 * MIB)
  const object = await store.stage(address, RUN)
  await object.write(content.subarray(0, 5 * MIB))
  await object.write(content.subarray(5 * MIB, 10 * MIB))
  await object.write(content.subarray(10 * MIB))
  await object.finish()
  await store.commit(object.token, content.length, true)
  expect(sha256((await store.read(address))?.bytes ?? Buffer.of())).toBe(sha256(content))
})

test('a chunk has a checksum and no second hash over https, and is signed over http', async () => {
  for (const [where, options, isUnsigned] of [
    [secure, { ca }, true],
    [proxy, {}, false],
  ] as const) {
    const { store } = openStore(where.endpoint, options)
    await store.abort(await staged(store, somewhere(bucket), 'hello'))
    const [chunk] = where.requests.filter(isChunk)
    expect(chunk?.headers['x-amz-checksum-crc32']).toBe('NhCmhg==')
    expect(chunk?.headers['x-amz-content-sha256'] === 'UNSIGNED-PAYLOAD').toBe(isUnsigned)
  }
})

test('an abort waits for the chunks under way and leaves no upload open', async () => {
  const { store } = openStore(proxy.endpoint)
  const object = await store.stage(somewhere(bucket), RUN)
  proxy.fail({ url: /partNumber=/, fault: { kind: 'delay', ms: 100 } })
  const writes = Promise.allSettled([1, 2, 3, 4, 5, 6].map(() => object.write(Buffer.alloc(5 * MIB))))
  await store.abort(object.token)
  expect((await writes).filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0)
  expect(await openUploads(bucket)).toEqual([])
})

test('abort fails when the upload still exists', async () => {
  const { store } = openStore(proxy.endpoint)
  const token = await staged(store, somewhere(bucket), 'x')
  const kept = { status: 204, headers: {}, body: Buffer.of() }
  proxy.fail({ method: 'DELETE', fault: { kind: 'answer', answer: kept } })
  await expect(store.abort(token)).rejects.toMatchObject({ code: 'STORE_FAILED' })
  proxy.reset()
  await store.abort(token)
  expect(await openUploads(bucket)).toEqual([])
})

test('the metadata of an object names its run', async () => {
  const { store } = openStore(endpoint)
  const address = somewhere(bucket)
  await store.commit(await staged(store, address, 'x'), 1, false)
  const { Metadata } = await adminClient().headObject({ Bucket: bucket, Key: address.key })
  expect(Metadata).toEqual({
    'batchquery-run': RUN,
    'batchquery-stage': expect.stringMatching(/^[0-9a-f]{32}$/),
  })
})

test('a commit finds an earlier object when the server does not know If-None-Match', async () => {
  const { store } = openStore(endpoint)
  const address = somewhere(bucket)
  await store.put(address, Buffer.from('theirs'))
  const token = await staged(store, address, 'ours')
  await expect(store.commit(token, 4, true)).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' })
  expect(await textAt(store, address)).toBe('theirs')
  await store.abort(token)
})

test.each(['', 'x', `${'0'.repeat(32)}:`, `${'0'.repeat(31)}:u`, `${'0'.repeat(32)}:a\nb`])(
  'a token with the handle "%s" is refused',
  async handle => {
    const { store } = openStore(endpoint)
    const token = { kind: 's3', ...somewhere(bucket), owner: RUN, handle } as const
    for (const act of [store.inspect(token, 1), store.commit(token, 1, false), store.abort(token)])
      await expect(act).rejects.toMatchObject({ code: 'KEY_INVALID' })
  },
)

function isChunk({ method, url }: { readonly method: string; readonly url: string }): boolean {
  return method === 'PUT' && url.includes('partNumber=')
}
