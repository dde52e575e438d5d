import { beforeEach, expect, test } from 'vitest'
import { s3Proxy } from '../../faults/s3-proxy.ts'
import { freshBucket, openUploads } from '../../setup/s3-client.ts'
import { MIB, openStore, RUN, somewhere } from './fixture.ts'

const bucket = await freshBucket()
const proxy = await s3Proxy()
beforeEach(() => proxy.reset())

const isChunk = { method: 'PUT', url: /partNumber=/ }

test.each([
  ['stall', { kind: 'stall' }],
  ['are refused, time and again', { kind: 'drop' }],
] as const)('an abort does not wait for chunks that %s', async (_name, fault) => {
  const { store } = openStore(proxy.endpoint)
  const object = await store.stage(somewhere(bucket), RUN)
  proxy.fail({ ...isChunk, fault })
  const written = object.write(Buffer.alloc(8 * MIB)).catch((error: unknown) => error)
  const finished = object.finish().catch((error: unknown) => error)
  await expect.poll(() => proxy.requests.some(({ url }) => isChunk.url.test(url))).toBe(true)
  await store.abort(object.token)
  expect(await openUploads(bucket)).toEqual([])
  for (const end of await Promise.all([written, finished]))
    expect(end).toMatchObject({ message: expect.stringContaining('aborted') })
})
