import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, inject, test } from 'vitest'
import { BatchQueryError } from '../../../src/errors/index.ts'
import { cases } from '../../setup/chance.ts'
import { adminClient, freshBucket } from '../../setup/s3-client.ts'
import { ADDRESSES } from '../../unit/hostile/corpus.ts'
import { hostileText } from '../../unit/hostile/mutation.ts'
import { openStore, RUN, staged, textAt } from './fixture.ts'

const bucket = await freshBucket()
const theirs = await freshBucket()
const { store } = openStore(inject('s3').endpoint)
await store.put({ bucket: theirs, key: 'result' }, Buffer.from('theirs'))

const keysOf = async (name: string) => {
  const { Contents = [] } = await adminClient().listObjectsV2({ Bucket: name })
  return Contents.map(({ Key, ETag }) => [Key, ETag])
}

describe('a key of a bucket stays in it', () => {
  const before = keysOf(theirs)
  const keys = [
    '..',
    '../x',
    `../${theirs}/result`,
    `a/../../${theirs}/result`,
    './x',
    'a/./b',
    'a//b',
    '/x',
    '%2e%2e/x',
  ]
  const more = [
    'a?b=c#d',
    'a%2Fb',
    'a\\..\\b',
    'a.',
    'a\nb',
    'e\u0301',
    '\u00e9',
    'a+b c',
    `a%2e%2e/${theirs}/result`,
  ]
  test.each([...keys, ...more].map(key => [key]))('%j', async key => {
    const address = { bucket, key }
    await store.put(address, Buffer.from('ours'))
    expect(await textAt(store, address)).toBe('ours')
    expect((await Readable.from(store.list(bucket, key)).toArray()).map(info => info.key)).toContain(key)
    await store.commit(await staged(store, address, 'again'), 5, false)
    expect(await textAt(store, address)).toBe('again')
    await store.delete(address)
    expect(await textAt(store, address)).toBeNull()
    expect(await keysOf(theirs)).toEqual(await before)
  })
})

test.each(['', '.', '..'])(
  'the bucket %j, which a client would remove from the path, is refused',
  async name => {
    const address = { bucket: name, key: `${theirs}/result` }
    const refused = { code: 'KEY_INVALID' }
    await expect(store.read(address)).rejects.toMatchObject(refused)
    await expect(store.put(address, Buffer.from('ours'))).rejects.toMatchObject(refused)
    await expect(store.delete(address)).rejects.toMatchObject(refused)
    await expect(store.stage(address, RUN)).rejects.toMatchObject(refused)
    await expect(store.now(name)).rejects.toMatchObject(refused)
    expect(() => store.list(name, '')).toThrow(expect.objectContaining(refused))
    expect(await textAt(store, { bucket: theirs, key: 'result' })).toBe('theirs')
  },
)

test('an object of any address is found under it and nowhere else, or the address is refused', async () => {
  const before = await keysOf(theirs)
  const key = hostileText([...ADDRESSES.corpus, `../${theirs}/result`], ADDRESSES.pieces)
  let found = 0
  await fc.assert(
    fc.asyncProperty(key, fc.oneof(fc.constant(bucket), key), async (key, name) => {
      const address = { bucket: name, key }
      try {
        await store.put(address, Buffer.from('ours'))
        expect(await textAt(store, address)).toBe('ours')
        await store.delete(address)
        found++
      } catch (thrown) {
        if (!(thrown instanceof BatchQueryError) || thrown.code === 'INTERNAL') throw thrown
      }
    }),
    { numRuns: cases(60) },
  )
  expect(found).toBeGreaterThan(5)
  expect(await keysOf(theirs)).toEqual(before)
})
