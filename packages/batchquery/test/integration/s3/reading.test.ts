import { randomBytes } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { all } from '../../contract/store/listing-contract.ts'
import { s3Error } from '../../faults/fault-proxy.ts'
import { s3Proxy } from '../../faults/s3-proxy.ts'
import { freshBucket } from '../../setup/s3-client.ts'
import { MIB, openStore, somewhere } from './fixture.ts'

const bucket = await freshBucket()
const proxy = await s3Proxy()
beforeEach(() => proxy.reset())

const ranges = (): unknown[] =>
  proxy.requests.filter(({ method }) => method === 'GET').map(({ headers }) => headers.range)

test('a read continues at the same byte when the answer breaks off', async () => {
  const { store, retries } = openStore(proxy.endpoint)
  const address = somewhere(bucket)
  const content = randomBytes(3 * MIB)
  await store.put(address, content)
  proxy.fail({ method: 'GET', nth: [1, 2], fault: { kind: 'cut the body' } })
  const found = await store.read(address)
  expect(content.equals(found?.bytes ?? Buffer.of())).toBe(true)
  expect(ranges()).toEqual([undefined, `bytes=${1.5 * MIB}-`, `bytes=${2.25 * MIB}-`])
  expect(retries).toEqual([
    expect.stringContaining('could not read'),
    expect.stringContaining('could not read'),
  ])
})

test('a read of a range asks for no other bytes, also when the answer breaks off', async () => {
  const { store } = openStore(proxy.endpoint)
  const address = somewhere(bucket)
  const content = randomBytes(2 * MIB)
  await store.put(address, content)
  proxy.fail({ method: 'GET', nth: [1], fault: { kind: 'cut the body' } })
  const chunks = await all((await store.open(address, 100, 100 + MIB)) ?? [])
  expect(content.subarray(100, 100 + MIB).equals(Buffer.concat(chunks))).toBe(true)
  expect(ranges()).toEqual([`bytes=100-${MIB + 99}`, `bytes=${MIB / 2 + 100}-${MIB + 99}`])
})

test('a read fails when the object was replaced after the answer broke off', async () => {
  const { store } = openStore(proxy.endpoint)
  const address = somewhere(bucket)
  await store.put(address, randomBytes(2 * MIB))
  proxy.fail({ method: 'GET', nth: [1], fault: { kind: 'cut the body' } })
  const reading = await store.open(address, 0)
  await store.put(address, randomBytes(2 * MIB))
  const read = async () => {
    for await (const _ of reading ?? []) {
      // only the end is missing
    }
  }
  await expect(read()).rejects.toMatchObject({
    code: 'STORE_FAILED',
    message: expect.stringMatching(/byte \d+.*replaced or deleted/),
    retryable: true,
  })
})

test('a read fails when the bytes do not match the checksum', async () => {
  const { store } = openStore(proxy.endpoint)
  const headers = { 'x-amz-checksum-crc32': 'AAAAAA==', 'content-length': 5, etag: '"x"' }
  const answer = { status: 200, headers, body: Buffer.from('hello') }
  proxy.fail({ method: 'GET', fault: { kind: 'answer', answer } })
  await expect(store.read(somewhere(bucket))).rejects.toMatchObject({ code: 'VERIFICATION' })
})

test('a listing is repeated when it breaks off', async () => {
  const { store, retries } = openStore(proxy.endpoint, { pageSize: 2 })
  for (const key of ['list/a', 'list/b', 'list/c']) await store.put({ bucket, key }, Buffer.of(1))
  proxy.reset()
  proxy.fail({ url: /list-type/, nth: [1], fault: { kind: 'cut the body' } })
  proxy.fail({
    url: /continuation-token/,
    nth: [1],
    fault: { kind: 'answer', answer: s3Error(503, 'SlowDown') },
  })
  const keys: string[] = []
  for await (const { key } of store.list(bucket, 'list/')) keys.push(key)
  expect(keys).toEqual(['list/a', 'list/b', 'list/c'])
  expect(retries).toHaveLength(2)
})

test.each(['//', '/leading', 'a//b', 'trailing/', 'a/./b', 'a/../b', '..', `${'é'.repeat(512)}`])(
  'the key %s, which is no path, stays unchanged',
  async key => {
    const { store } = openStore(proxy.endpoint)
    const address = { bucket, key }
    await store.put(address, Buffer.from(key))
    expect(Buffer.from((await store.read(address))?.bytes ?? []).toString()).toBe(key)
    const keys: string[] = []
    for await (const info of store.list(address.bucket, key)) keys.push(info.key)
    expect(keys).toContain(key)
    await store.delete(address)
    expect(await store.head(address)).toBeNull()
  },
)
