import { Readable } from 'node:stream'
import { expect, inject, test } from 'vitest'
import type { Store } from '../../../src/store/index.ts'
import { unencodedListings } from '../../faults/s3-manners.ts'
import { s3Proxy } from '../../faults/s3-proxy.ts'
import { adminClient, freshBucket } from '../../setup/s3-client.ts'
import { openStore } from './fixture.ts'

const KEYS = ['50%', 'a b', 'a%20b', 'a%2Bb', 'a+b', 'a&b', 'a<b', 'ü/ö+%'].map(name => `keys/${name}`)

const plain = await s3Proxy([unencodedListings()])
const lying = await s3Proxy([unencodedListings('claims that it encodes')])
const bucket = await freshBucket()
for (const Key of KEYS) await adminClient().putObject({ Bucket: bucket, Key, Body: 'x' })

const listed = async (store: Store, prefix: string, startAfter?: string): Promise<string[]> =>
  (await Readable.from(store.list(bucket, prefix, startAfter)).toArray()).map(({ key }) => key)

test.each([
  ['encodes its keys', inject('s3').endpoint],
  ['does not encode its keys', plain.endpoint],
])('a listing that %s has unchanged keys', async (_, endpoint) => {
  const { Contents = [] } = await adminClient().listObjectsV2({ Bucket: bucket, Prefix: 'keys/' })
  const theirs = Contents.map(({ Key }) => Key)
  expect(theirs.toSorted()).toEqual(KEYS.toSorted())
  for (const pageSize of [1_000, 2]) {
    const { store } = openStore(endpoint, { pageSize })
    expect(await listed(store, 'keys/')).toEqual(theirs)
    expect(await listed(store, 'keys/a+')).toEqual(['keys/a+b'])
    expect(await listed(store, 'keys/50%')).toEqual(['keys/50%'])
    expect(await listed(store, 'keys/', 'keys/a%2Bb')).toEqual(theirs.slice(theirs.indexOf('keys/a%2Bb') + 1))
  }
})

test('a listing is refused when it only claims to encode its keys', async () => {
  const { store } = openStore(lying.endpoint)
  await expect(listed(store, 'keys/50')).rejects.toMatchObject({
    code: 'STORE_FAILED',
    retryable: false,
    message: expect.stringContaining('"keys/50%"'),
  })
})
