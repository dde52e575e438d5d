import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import { S3Store } from '../../../src/store/index.ts'
import { s3Proxy } from '../../faults/s3-proxy.ts'
import { freshBucket, taskCredentials } from '../../setup/s3-client.ts'

const { accessKeyId, secretAccessKey } = inject('s3')
const bucket = await freshBucket()
const proxy = await s3Proxy()
let folder: string

/** An environment without settings of AWS, and without the files of the user who runs the tests. */
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

/** Writes and reads an object, and returns how the server was asked. */
async function askedFor(store: S3Store): Promise<string | undefined> {
  await store.put({ bucket, key: 'x' }, Buffer.from('x'))
  expect((await store.head({ bucket, key: 'x' }))?.bytes).toBe(1)
  const [request] = proxy.requests
  const region = /\/([\w-]+)\/s3\/aws4_request/.exec(request?.headers.authorization ?? '')?.[1]
  return `${request?.method} ${request?.url} ${region}`
}

test('a store takes its settings from the environment', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL_S3', proxy.endpoint)
  vi.stubEnv('AWS_REGION', 'eu-south-2')
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey)
  const store = new S3Store()
  expect(await askedFor(store)).toBe(`PUT /${bucket}/x?x-id=PutObject eu-south-2`)
  expect(store.name).toBe(proxy.endpoint)
})

test('a store takes its settings from a profile of the shared files', async () => {
  const settings = ['[profile work]', 'region = eu-south-2', `endpoint_url = ${proxy.endpoint}`]
  await writeFile(join(folder, 'config'), settings.join('\n'))
  const keys = ['[work]', `aws_access_key_id = ${accessKeyId}`, `aws_secret_access_key = ${secretAccessKey}`]
  await writeFile(join(folder, 'credentials'), keys.join('\n'))
  vi.stubEnv('AWS_PROFILE', 'work')
  expect(await askedFor(new S3Store())).toBe(`PUT /${bucket}/x?x-id=PutObject eu-south-2`)
})

test('an error says what to set when there are no credentials, or no region', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL_S3', proxy.endpoint)
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey)
  await expect(new S3Store().read({ bucket, key: 'x' })).rejects.toMatchObject({
    code: 'CONFIG',
    hint: expect.stringContaining('AWS_REGION'),
  })
  vi.stubEnv('AWS_REGION', 'us-east-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', undefined)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined)
  await expect(new S3Store().read({ bucket, key: 'x' })).rejects.toMatchObject({
    code: 'AUTHENTICATION',
    hint: expect.stringContaining('AWS_PROFILE'),
  })
})

test('chunks are signed and have no checksum when the configuration says that the endpoint knows none', async () => {
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

describe('an error has the reason when a profile yields no credentials:', () => {
  const KEYS = ['aws_access_key_id = AK', 'aws_secret_access_key = SK']
  const ROLE = 'role_arn = arn:aws:iam::123456789012:role/x'
  const json = (fields: object) => `printf %s '${JSON.stringify({ Version: 1, ...fields })}'`

  test.each<[what: string, lines: readonly string[], code: string, message: RegExp]>([
    [
      'an endpoint without a scheme',
      ['endpoint_url = localhost:9000', ...KEYS],
      'CONFIG',
      /localhost.*not a valid URI/,
    ],
    ['an endpoint in quotes', ['endpoint_url = "http://localhost:9"', ...KEYS], 'CONFIG', /AWS settings/],
    [
      'half a key pair',
      ['aws_access_key_id = AK'],
      'AUTHENTICATION',
      /profile "work" has no usable credentials/,
    ],
    ['nothing', [], 'AUTHENTICATION', /profile "work" has no usable credentials/],
    [
      'a program that fails',
      ["credential_process = sh -c 'echo log in first >&2; exit 3' --password geheim"],
      'AUTHENTICATION',
      /its credential_process failed: log in first/,
    ],
    [
      'a program that is not there',
      ['credential_process = /nope --password geheim'],
      'AUTHENTICATION',
      /not found/,
    ],
    [
      'a program that prints no JSON',
      ['credential_process = echo geheim'],
      'AUTHENTICATION',
      /returned invalid JSON/,
    ],
    [
      'a program that prints a line end',
      [`credential_process = ${json({ AccessKeyId: 'AK\n', SecretAccessKey: 'geheim' })}`],
      'AUTHENTICATION',
      /an AWS key or token has a line end/,
    ],
    [
      'a program that prints expired ones',
      [
        `credential_process = ${json({ AccessKeyId: 'A', SecretAccessKey: 'geheim', Expiration: '2020-01-01T00:00:00Z' })}`,
      ],
      'AUTHENTICATION',
      /returned expired credentials/,
    ],
    [
      'a token that is not there',
      [ROLE, 'web_identity_token_file = /nope'],
      'AUTHENTICATION',
      /open '\/nope'/,
    ],
    ['an unknown source', [ROLE, 'credential_source = Moon'], 'AUTHENTICATION', /Got Moon/],
    ['a source that is not there', [ROLE, 'source_profile = nosuch'], 'AUTHENTICATION', /AWS_PROFILE/],
  ])('%s', async (_, lines, code, message) => {
    await writeFile(join(folder, 'config'), ['[profile work]', 'region = us-east-1', ...lines, ''].join('\n'))
    vi.stubEnv('AWS_PROFILE', 'work')
    if (!lines.some(line => line.startsWith('endpoint_url')))
      vi.stubEnv('AWS_ENDPOINT_URL_S3', proxy.endpoint)
    const read = new S3Store().read({ bucket, key: 'x' })
    await expect(read).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: expect.stringContaining('AWS_'),
      retryable: false,
    })
    await expect(read).rejects.not.toThrow(/geheim/)
    expect(proxy.requests).toEqual([])
  })
})

/** A server of credentials, as containers have it. @param failures how often it fails at first @returns its URL */
async function credentialServer(failures = 0): Promise<string> {
  const made = await taskCredentials(bucket)
  const content = {
    AccessKeyId: made.accessKeyId,
    SecretAccessKey: made.secretAccessKey,
    Token: made.sessionToken,
    Expiration: new Date(Date.now() + 3_600_000).toISOString(),
  }
  let asked = 0
  const server = createServer((_, response) => {
    if (++asked <= failures) response.writeHead(500).end()
    else response.end(JSON.stringify(content))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server does not listen')
  return `http://127.0.0.1:${address.port}/`
}

test('a missing profile is an error, although there are other credentials', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL_S3', proxy.endpoint)
  vi.stubEnv('AWS_REGION', 'us-east-1')
  vi.stubEnv('AWS_PROFILE', 'nosuch')
  const refused = {
    code: 'CONFIG',
    message: `Cannot read s3://${bucket}/x: AWS_PROFILE is "nosuch", but no profile has this name`,
    hint: expect.stringContaining('AWS_CONFIG_FILE'),
  }
  await expect(new S3Store().read({ bucket, key: 'x' })).rejects.toMatchObject(refused)
  vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', await credentialServer())
  await expect(new S3Store().read({ bucket, key: 'x' })).rejects.toMatchObject(refused)
  vi.stubEnv('AWS_PROFILE', undefined)
  expect(await new S3Store().read({ bucket, key: 'nosuch' })).toBeNull()
})

describe('a server of credentials', () => {
  test.each<[what: string, variables: NodeJS.ProcessEnv, message: RegExp]>([
    ['that is not there', { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:9/' }, /ECONNREFUSED/],
    [
      'that may not be asked',
      { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://example.com/' },
      /URL not accepted/,
    ],
    [
      'whose token is missing',
      {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:9/',
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '/nope',
      },
      /AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE.*open '\/nope'/,
    ],
    [
      'that takes a token which is missing',
      { AWS_WEB_IDENTITY_TOKEN_FILE: '/nope', AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/x' },
      /AWS_WEB_IDENTITY_TOKEN_FILE.*open '\/nope'/,
    ],
  ])('%s appears in the error', async (_, variables, message) => {
    vi.stubEnv('AWS_ENDPOINT_URL_S3', proxy.endpoint)
    vi.stubEnv('AWS_REGION', 'us-east-1')
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
    await expect(new S3Store().read({ bucket, key: 'x' })).rejects.toMatchObject({
      code: 'AUTHENTICATION',
      message: expect.stringMatching(message),
      hint: expect.stringContaining(Object.keys(variables)[0] ?? ''),
    })
    expect(proxy.requests).toEqual([])
  })

  test('is asked again when it fails at first', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_S3', proxy.endpoint)
    vi.stubEnv('AWS_REGION', 'us-east-1')
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', await credentialServer(1))
    expect(await new S3Store().read({ bucket, key: 'nosuch' })).toBeNull()
  })
})

test.each(['arn:aws:s3:::bucket', 'arn:aws:s3:us-east-1:123456789012:accesspoint:ap'])(
  'the bucket %s is refused, because no custom endpoint knows it',
  async arn => {
    vi.stubEnv('AWS_ENDPOINT_URL_S3', proxy.endpoint)
    vi.stubEnv('AWS_REGION', 'us-east-1')
    vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey)
    await expect(new S3Store().read({ bucket: arn, key: 'x' })).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('ARN'),
      hint: expect.stringContaining('AWS_ENDPOINT_URL_S3'),
    })
  },
)
