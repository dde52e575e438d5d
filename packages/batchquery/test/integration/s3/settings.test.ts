import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest'
import { S3Store } from '../../../src/store/index.ts'
import { s3Proxy } from '../../faults/s3-proxy.ts'
import { freshBucket } from '../../setup/s3-client.ts'

const { accessKeyId, secretAccessKey } = inject('s3')
const bucket = await freshBucket()
const proxy = await s3Proxy()
let folder: string

/** An environment without a setting of AWS, and without the files of whoever runs the tests. */
beforeEach(async () => {
  proxy.reset()
  folder = await mkdtemp(join(tmpdir(), 'batchquery-aws-'))
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined)
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'))
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'))
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

/** Writes, reads and says how the server was asked. */
async function askedFor(store: S3Store): Promise<string | undefined> {
  await store.put({ bucket, key: 'x' }, Buffer.from('x'))
  expect((await store.head({ bucket, key: 'x' }))?.bytes).toBe(1)
  const [request] = proxy.requests
  const region = /\/([\w-]+)\/s3\/aws4_request/.exec(request?.headers.authorization ?? '')?.[1]
  return `${request?.method} ${request?.url} ${region}`
}

test('the environment', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL_S3', proxy.endpoint)
  vi.stubEnv('AWS_REGION', 'eu-south-2')
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey)
  const store = new S3Store()
  expect(await askedFor(store)).toBe(`PUT /${bucket}/x?x-id=PutObject eu-south-2`)
  expect(store.name).toBe(proxy.endpoint)
})

test('a profile of the shared files', async () => {
  const settings = ['[profile work]', 'region = eu-south-2', `endpoint_url = ${proxy.endpoint}`]
  await writeFile(join(folder, 'config'), settings.join('\n'))
  const keys = ['[work]', `aws_access_key_id = ${accessKeyId}`, `aws_secret_access_key = ${secretAccessKey}`]
  await writeFile(join(folder, 'credentials'), keys.join('\n'))
  vi.stubEnv('AWS_PROFILE', 'work')
  expect(await askedFor(new S3Store())).toBe(`PUT /${bucket}/x?x-id=PutObject eu-south-2`)
})

test('no credentials, or no region, are told with what to set', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL_S3', proxy.endpoint)
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey)
  await expect(new S3Store().read({ bucket, key: 'x' })).rejects.toMatchObject({
    code: 'CONFIG',
    hint: expect.stringContaining('AWS_REGION'),
  })
  vi.stubEnv('AWS_REGION', 'us-east-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', undefined)
  await expect(new S3Store().read({ bucket, key: 'x' })).rejects.toMatchObject({
    code: 'AUTHENTICATION',
    hint: expect.stringContaining('AWS_PROFILE'),
  })
})

test('checksums that the endpoint is said not to know are left out, and the chunks signed', async () => {
  vi.stubEnv('AWS_REQUEST_CHECKSUM_CALCULATION', 'WHEN_REQUIRED')
  const { endpoint } = inject('s3')
  const client = { endpoint, region: 'us-east-1', credentials: { accessKeyId, secretAccessKey } }
  const store = new S3Store({ client })
  const object = await store.stage({ bucket, key: 'y' }, 'run-1')
  await object.write(Buffer.from('y'))
  await object.finish()
  await store.commit(object.token, 1, false)
  expect((await store.head({ bucket, key: 'y' }))?.bytes).toBe(1)
})
