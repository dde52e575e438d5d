import { beforeEach, expect, test } from 'vitest'
import { type Fault, s3Error } from '../../faults/fault-proxy.ts'
import { s3Proxy } from '../../faults/s3-proxy.ts'
import { freshBucket } from '../../setup/s3-client.ts'
import { openStore, somewhere, staged, textAt } from './fixture.ts'

const bucket = await freshBucket()
const proxy = await s3Proxy()
beforeEach(() => proxy.reset())

test.each<[string, RegExp, Fault]>([
  ['503 SlowDown', /SlowDown/, { kind: 'answer', answer: s3Error(503, 'SlowDown') }],
  ['500 InternalError', /InternalError/, { kind: 'answer', answer: s3Error(500, 'InternalError') }],
  ['429', /TooManyRequests/, { kind: 'answer', answer: s3Error(429, 'TooManyRequests') }],
  ['400 RequestTimeout', /RequestTimeout/, { kind: 'answer', answer: s3Error(400, 'RequestTimeout') }],
  [
    '502 of something between',
    /HTTP 502/,
    { kind: 'answer', answer: { status: 502, headers: {}, body: Buffer.from('<html>bad gateway') } },
  ],
  ['a connection that breaks', /socket hang up|ECONNRESET/, { kind: 'drop' }],
  ['a stall', /3000 ms of inactivity/, { kind: 'stall' }],
])('an export survives %s, and reports it', async (_, says, fault) => {
  // A busy server does not stall. Only the fault "stall" shortens the patience.
  const { store, retries } = openStore(proxy.endpoint, fault.kind === 'stall' ? { stallMs: 3_000 } : {})
  const address = somewhere(bucket)
  proxy.fail({ nth: [2, 4, 7], fault })
  const token = await staged(store, address, 'ours')
  await store.commit(token, 4, true)
  expect(await textAt(store, address)).toBe('ours')
  expect(retries).toHaveLength(3)
  for (const retry of retries) {
    expect(retry).toMatch(says)
    expect(retry).toMatch(/trying again in \d+\.\d s \(attempt \d+\)$/)
  }
})

test('a request fails when the store stalls for good', async () => {
  const { store, retries } = openStore(proxy.endpoint, { stallMs: 300 })
  proxy.fail({ fault: { kind: 'stall' } })
  await expect(store.put(somewhere(bucket), Buffer.from('x'))).rejects.toMatchObject({
    code: 'STORE_UNREACHABLE',
    retryable: true,
    message: expect.stringMatching(/Cannot write s3:.*300 ms of inactivity/),
  })
  expect(retries).toHaveLength(2)
})

test('an object fails as a whole, and soon, when a chunk cannot be written', async () => {
  const { store } = openStore(proxy.endpoint)
  const object = await store.stage(somewhere(bucket), 'run-1')
  proxy.fail({ method: 'PUT', fault: { kind: 'answer', answer: s3Error(403, 'AccessDenied') } })
  const chunk = Buffer.alloc(store.chunkBytes(1))
  const writes = await Promise.allSettled(Array.from({ length: 8 }, () => object.write(chunk)))
  expect(writes.map(write => write.status)).toEqual(new Array(8).fill('rejected'))
  await expect(object.write(Buffer.of(1))).rejects.toMatchObject({ code: 'PERMISSION' })
  await expect(object.finish()).rejects.toMatchObject({ code: 'PERMISSION' })
  // Four were under way when the store refused the first.
  expect(proxy.requests.filter(({ method }) => method === 'PUT')).toHaveLength(4)
  await store.abort(object.token)
})
