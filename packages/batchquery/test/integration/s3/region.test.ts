import { describe, expect, test } from 'vitest'
import { s3Error } from '../../faults/fault-proxy.ts'
import { bucketIn } from '../../faults/s3-manners.ts'
import { s3Proxy } from '../../faults/s3-proxy.ts'
import { freshBucket } from '../../setup/s3-client.ts'
import { openStore, somewhere, staged, textAt } from './fixture.ts'

const bucket = await freshBucket()
const redirecting = await s3Proxy([bucketIn('eu-west-3', 'PermanentRedirect')])
const malformed = await s3Proxy([bucketIn('eu-west-3', 'AuthorizationHeaderMalformed')])
const circling = await s3Proxy([
  async ({ headers }) => {
    const region = headers.authorization?.includes('eu-west-3') ? 'us-east-1' : 'eu-west-3'
    const answer = s3Error(301, 'PermanentRedirect')
    return { ...answer, headers: { ...answer.headers, 'x-amz-bucket-region': region } }
  },
])

describe.each([
  ['PermanentRedirect', redirecting],
  ['AuthorizationHeaderMalformed', malformed],
] as const)('when %s names the region', (_, proxy) => {
  test('the store follows a bucket to its region, once for all requests', async () => {
    const { store, retries } = openStore(proxy.endpoint)
    const address = somewhere(bucket)
    await store.put(address, Buffer.from('first'))
    await Promise.all(Array.from({ length: 8 }, () => textAt(store, address)))
    await store.commit(await staged(store, address, 'ours'), 4, false)
    expect(await textAt(store, address)).toBe('ours')
    expect(retries).toEqual([`s3://${bucket} is in the region eu-west-3; continuing there`])
  })

  test('the store repeats all requests there that were under way', async () => {
    const { store, retries } = openStore(proxy.endpoint)
    const addresses = Array.from({ length: 8 }, () => somewhere(bucket))
    await Promise.all(addresses.map(address => store.put(address, Buffer.from('x'))))
    expect(await Promise.all(addresses.map(address => textAt(store, address)))).toEqual(
      new Array(8).fill('x'),
    )
    expect(retries).toHaveLength(1)
  })
})

test('the store asks a configured region at once', async () => {
  const { store, retries } = openStore(redirecting.endpoint, { client: { region: 'eu-west-3' } })
  await store.put(somewhere(bucket), Buffer.from('x'))
  expect(retries).toEqual([])
})

test('a request fails when the store redirects it in circles', async () => {
  const { store } = openStore(circling.endpoint)
  await expect(store.head(somewhere(bucket))).rejects.toMatchObject({
    code: 'STORE_FAILED',
    hint: expect.stringContaining('AWS_REGION=us-east-1'),
    retryable: false,
  })
})
