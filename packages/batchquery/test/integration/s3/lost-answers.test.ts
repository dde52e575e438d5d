import { beforeEach, expect, test } from 'vitest'
import { type FaultRule, s3Error } from '../../faults/fault-proxy.ts'
import { s3Proxy } from '../../faults/s3-proxy.ts'
import { freshBucket, openUploads } from '../../setup/s3-client.ts'
import { openStore, RUN, somewhere, staged, textAt } from './fixture.ts'

const bucket = await freshBucket()
const proxy = await s3Proxy()
beforeEach(() => proxy.reset())

const complete = { method: 'POST', url: /uploadId=/ } as const

test.each<[string, boolean, Omit<FaultRule, 'method' | 'url'>]>([
  ['was lost', true, { nth: [1], fault: { kind: 'lose the answer' } }],
  ['was lost', false, { nth: [1], fault: { kind: 'lose the answer' } }],
  ['was lost twice', true, { nth: [1, 2], fault: { kind: 'lose the answer' } }],
  ['never came, nor did the request arrive', true, { nth: [1], fault: { kind: 'drop' } }],
  ['did not come in time', true, { nth: [1], fault: { kind: 'stall' } }],
  ['was 500', false, { nth: [1], fault: { kind: 'answer', answer: s3Error(500, 'InternalError') } }],
  // S3 may answer 200 at once and report an error at the end of the body.
  [
    'was 200 with an error',
    true,
    { nth: [1], fault: { kind: 'answer', answer: s3Error(200, 'InternalError') } },
  ],
  [
    'was a conflict',
    true,
    { nth: [1], fault: { kind: 'answer', answer: s3Error(409, 'ConditionalRequestConflict') } },
  ],
])('a commit succeeds when its answer %s (mustNotExist %s)', async (_, mustNotExist, rule) => {
  const { store, retries } = openStore(proxy.endpoint, rule.fault.kind === 'stall' ? { stallMs: 3_000 } : {})
  const address = somewhere(bucket)
  const token = await staged(store, address, 'ours')
  proxy.fail({ ...complete, ...rule })
  await store.commit(token, 4, mustNotExist)
  expect(await textAt(store, address)).toBe('ours')
  expect(await store.inspect(token, 4)).toBe('committed')
  expect(retries.length).toBe(rule.nth?.length)
  for (const retry of retries) expect(retry).toMatch(`could not commit s3://${bucket}/${address.key}: `)
})

test('a commit does not mistake the object of a stranger for its own when its answer was lost', async () => {
  const { store } = openStore(proxy.endpoint)
  const address = somewhere(bucket)
  const token = await staged(store, address, 'ours')
  const other = await staged(store, address, 'them')
  await store.commit(other, 4, true)
  proxy.fail({ ...complete, nth: [1], fault: { kind: 'drop' } })
  // The look before the commit does not see the stranger's object, because it comes a moment later.
  proxy.fail({ method: 'HEAD', nth: [1], fault: { kind: 'answer', answer: s3Error(404, 'NotFound') } })
  await expect(store.commit(token, 4, true)).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' })
  expect(await textAt(store, address)).toBe('them')
  expect(await store.inspect(token, 4)).toBe('staged')
  await store.abort(token)
})

test('a creation wins when its answer was lost', async () => {
  const { store, retries } = openStore(proxy.endpoint)
  const address = somewhere(bucket)
  proxy.fail({ method: 'PUT', nth: [1], fault: { kind: 'lose the answer' } })
  expect(await store.create(address, Buffer.from('ours'))).toBe(true)
  expect(retries).toEqual([expect.stringContaining(`could not create s3://${bucket}/${address.key}`)])
  expect(await store.create(address, Buffer.from('theirs'))).toBe(false)
  expect(await textAt(store, address)).toBe('ours')
})

test('a creation loses to another one when its request was lost', async () => {
  const { store } = openStore(proxy.endpoint)
  const { store: other } = openStore(proxy.endpoint)
  const address = somewhere(bucket)
  proxy.fail({ method: 'PUT', nth: [1], fault: { kind: 'drop' } })
  const created = store.create(address, Buffer.from('ours'))
  await expect.poll(() => proxy.requests.length).toBe(1)
  await other.put(address, Buffer.from('ours'))
  expect(await created).toBe(false)
})

test('a replacement succeeds when its answer was lost, and fails when it came too late', async () => {
  const { store, retries } = openStore(proxy.endpoint)
  const address = somewhere(bucket)
  const first = await store.putOver(address, Buffer.from('first'), null)
  proxy.reset()
  proxy.fail({ method: 'PUT', nth: [1], fault: { kind: 'lose the answer' } })
  const second = await store.putOver(address, Buffer.from('second'), first?.version ?? null)
  expect(retries).toHaveLength(1)
  expect(second).toEqual({ version: expect.stringMatching(/^\w+$/) })
  expect(second).not.toEqual(first)
  proxy.fail({ method: 'PUT', nth: [1], fault: { kind: 'lose the answer' } })
  expect(await store.putOver(address, Buffer.from('late'), first?.version ?? null)).toBeNull()
  expect(await textAt(store, address)).toBe('second')
  await store.delete(address)
  expect(await store.putOver(address, Buffer.from('late'), second?.version ?? null)).toBeNull()
  expect(await store.head(address)).toBeNull()
})

test('chunks, aborts and deletions are repeated when their answers were lost', async () => {
  const { store, retries } = openStore(proxy.endpoint)
  const address = somewhere(bucket)
  proxy.fail({ method: 'PUT', nth: [1], fault: { kind: 'lose the answer' } })
  proxy.fail({ method: 'DELETE', nth: [1, 3], fault: { kind: 'lose the answer' } })
  const object = await store.stage(address, RUN)
  await object.write(Buffer.from('hello'))
  await object.finish()
  await store.abort(object.token)
  await store.put(address, Buffer.from('x'))
  await store.delete(address)
  expect(await store.head(address)).toBeNull()
  expect(retries).toHaveLength(3)
  expect(await openUploads(bucket)).toEqual([])
})
