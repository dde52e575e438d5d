import { expect, inject, test } from 'vitest'
import type { Encryption } from '../../../src/store/index.ts'
import type { FaultProxy } from '../../faults/fault-proxy.ts'
import { requiresHeaders } from '../../faults/s3-manners.ts'
import { s3Proxy } from '../../faults/s3-proxy.ts'
import { adminClient, freshBucket } from '../../setup/s3-client.ts'
import { openStore, RUN, somewhere, textAt } from './fixture.ts'

const { kmsKeyId } = inject('s3')
const bucket = await freshBucket()
const HEADER = 'x-amz-server-side-encryption'
const KEY_HEADER = `${HEADER}-aws-kms-key-id`

const plain = await s3Proxy()
const onlySseS3 = await s3Proxy([requiresHeaders({ [HEADER]: 'AES256' })])
const onlyOurKey = await s3Proxy([requiresHeaders({ [HEADER]: 'aws:kms', [KEY_HEADER]: kmsKeyId })])

test.each<[Encryption, FaultProxy]>([
  [{ kind: 'SSE_S3' }, onlySseS3],
  [{ kind: 'SSE_KMS', keyId: kmsKeyId }, onlyOurKey],
])('an object is written when the bucket takes only %o', async (encryption, proxy) => {
  const { store } = openStore(proxy.endpoint)
  const address = somewhere(bucket)
  await expect(store.stage(address, RUN)).rejects.toMatchObject({ code: 'PERMISSION' })
  const object = await store.stage(address, RUN, { encryption })
  await object.write(Buffer.from('ours'))
  await object.finish()
  await store.commit(object.token, 4, true)
  expect(await textAt(store, address)).toBe('ours')
})

test('an object is encrypted with the requested key', async () => {
  const { store } = openStore(plain.endpoint)
  const address = somewhere(bucket)
  const object = await store.stage(address, RUN, { encryption: { kind: 'SSE_KMS', keyId: kmsKeyId } })
  await object.write(Buffer.from('ours'))
  await object.finish()
  await store.commit(object.token, 4, true)
  expect(await store.inspect(object.token, 4)).toBe('committed')
  expect(await adminClient().headObject({ Bucket: bucket, Key: address.key })).toMatchObject({
    ServerSideEncryption: 'aws:kms',
    SSEKMSKeyId: kmsKeyId,
  })
})
