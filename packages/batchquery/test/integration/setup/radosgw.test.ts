import { S3 } from '@aws-sdk/client-s3'
import { expect, inject, test } from 'vitest'
import { adminClient, freshBucket, taskCredentials } from '../../setup/s3-client.ts'

const { endpoint, region } = inject('s3')
const bucket = await freshBucket()
const other = await freshBucket()

test('the credentials of a task reach its bucket, and no other', async () => {
  await adminClient().putObject({ Bucket: other, Key: 'secret', Body: 'x' })
  const credentials = await taskCredentials(bucket)
  const task = new S3({ endpoint, region, credentials, forcePathStyle: true })
  await task.putObject({ Bucket: bucket, Key: 'mine', Body: 'mine' })
  expect(await (await task.getObject({ Bucket: bucket, Key: 'mine' })).Body?.transformToString()).toBe('mine')
  await expect(task.getObject({ Bucket: other, Key: 'secret' })).rejects.toMatchObject({
    name: 'AccessDenied',
  })
  await expect(task.putObject({ Bucket: other, Key: 'secret', Body: 'y' })).rejects.toMatchObject({
    name: 'AccessDenied',
  })
  await expect(task.listObjectsV2({ Bucket: other })).rejects.toMatchObject({ name: 'AccessDenied' })
  await expect(task.createBucket({ Bucket: 'test-new' })).rejects.toMatchObject({ name: 'AccessDenied' })
})

test('actions that are denied to a task are refused', async () => {
  const credentials = await taskCredentials(bucket, ['s3:PutObject'])
  const task = new S3({ endpoint, region, credentials, forcePathStyle: true })
  await expect(task.putObject({ Bucket: bucket, Key: 'x', Body: 'x' })).rejects.toMatchObject({
    name: 'AccessDenied',
  })
  expect((await task.listObjectsV2({ Bucket: bucket })).$metadata.httpStatusCode).toBe(200)
})
