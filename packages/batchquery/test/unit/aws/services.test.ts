import { beforeEach, describe, expect, test, vi } from 'vitest'
import { iamCredentials } from '../../../src/database/iam-credentials.ts'
import { SecretsManager } from '../../../src/database/secrets-manager.ts'
import { parseDatabaseUrl } from '../../../src/database/url.ts'
import { AwsClients, requestPatiently } from '../../../src/engine/fargate/index.ts'
import { S3Store } from '../../../src/store/index.ts'

const RDS = 'db01.c9akciq32rqx.us-east-1.rds.amazonaws.com'
const doing = { what: 'ask', action: 'ecs:DescribeTasks' }

/** A request to each service of AWS, each with its own client. */
const ASKED: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['S3', () => new S3Store().read({ bucket: 'b', key: 'k' })],
  [
    'ECS',
    () =>
      requestPatiently(doing, async () => (await new AwsClients().ecs(null)).describeTasks({ tasks: [] })),
  ],
  ['Secrets Manager', () => new SecretsManager(null).read('s', 'AWSCURRENT')],
  ['IAM tokens', () => iamCredentials(parseDatabaseUrl(`mysql://u@${RDS}/d?auth=iam`), 'us-east-1').read()],
]

beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined)
  vi.stubEnv('AWS_CONFIG_FILE', '/dev/null')
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null')
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  vi.stubEnv('AWS_REGION', 'us-east-1')
  return () => vi.unstubAllEnvs()
})

describe.each(ASKED)('%s', (_, ask) => {
  test.each<[variables: NodeJS.ProcessEnv, code: string, message: string]>([
    [{ AWS_ENDPOINT_URL: 'localhost:9000' }, 'CONFIG', 'AWS_ENDPOINT_URL is "localhost:9000"'],
    [{ AWS_PROFILE: 'nosuch' }, 'CONFIG', 'AWS_PROFILE is "nosuch", but no profile has this name'],
    [
      { AWS_ACCESS_KEY_ID: 'A' },
      'AUTHENTICATION',
      'AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not',
    ],
    [
      { AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 's', AWS_SESSION_TOKEN: 't\n' },
      'AUTHENTICATION',
      'AWS_SESSION_TOKEN has a line end',
    ],
    [
      { AWS_WEB_IDENTITY_TOKEN_FILE: '/nope', AWS_ROLE_ARN: 'arn:aws:iam::1:role/x' },
      'AUTHENTICATION',
      "(AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN): ENOENT: no such file or directory, open '/nope'",
    ],
    [{}, 'AUTHENTICATION', 'cannot get AWS credentials: no variable, profile or role provides any'],
  ])('the error of %j is reported', async (variables, code, message) => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
    await expect(ask()).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
      hint: expect.stringMatching(/./),
    })
  })
})
