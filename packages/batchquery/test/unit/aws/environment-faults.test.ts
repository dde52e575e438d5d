import { describe, expect, test } from 'vitest'
import { checkAwsEnvironment } from '../../../src/aws/environment-faults.ts'

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'geheim/+=' }

const refusalOf = (environment: NodeJS.ProcessEnv, code: string, message: string) =>
  expect(() => checkAwsEnvironment(environment)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message), hint: expect.any(String) }),
  )

describe.each(['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL_SECRETS_MANAGER'])('%s', name => {
  test.each([
    ['localhost:9000', 'does not begin with https:// or http://'],
    ['minio.example.com', 'does not begin with https:// or http://'],
    ['s3://bucket', 'does not begin with'],
    ['ftp://localhost', 'does not begin with'],
    ['"http://localhost:9000"', 'has quotes'],
    ["'http://localhost:9000'", 'has quotes'],
    ['http://localhost:9000"', 'has quotes'],
    ['http://localhost:9000 ', 'has a blank or a line end'],
    ['http://localhost:9000\n', 'has a blank or a line end'],
    ['http://localhost:99999', 'is not a URL'],
    ['http://localhost:port', 'is not a URL'],
    ['http://', 'is not a URL'],
    ['http://localhost:0', 'has an invalid port'],
    ['https://localhost/?bucket=b', 'has more than a scheme, host, port and path'],
  ])('is refused when it is %j', (value, why) => {
    refusalOf({ [name]: value }, 'CONFIG', `${name} is ${JSON.stringify(value)}, which ${why}`)
  })

  test.each(['', 'https://s3.example.com', 'http://[::1]:9000/', 'HTTP://localhost:9000/s3'])(
    'is accepted when it is %j',
    value => {
      expect(() => checkAwsEnvironment({ [name]: value })).not.toThrow()
    },
  )
})

test('an error does not show the password of an endpoint', () => {
  const environment = { AWS_ENDPOINT_URL: 'http://me:geheim@localhost:port' }
  refusalOf(environment, 'CONFIG', '"http://***@localhost:port"')
  expect(() => checkAwsEnvironment(environment)).not.toThrow(/geheim/)
})

describe.each(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'])('%s', name => {
  test.each([
    ['geheim\n', 'a line end'],
    ['geheim\r', 'a line end'],
    ['"geheim"', 'quotes'],
    ["'geheim'", 'quotes'],
    [' geheim', 'a blank or'],
    ['ge\u2013heim', 'a blank or another character that cannot be in a key'],
    ['\ufeffgeheim', 'a blank or another character that cannot be in a key'],
  ])('is refused without showing it when it is %j', (value, what) => {
    const environment = { ...KEYS, [name]: value }
    refusalOf(environment, 'AUTHENTICATION', `${name} has ${what}`)
    expect(() => checkAwsEnvironment(environment)).not.toThrow(/heim/)
  })
})

test.each([
  [{ AWS_ACCESS_KEY_ID: 'A' }, 'AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not'],
  [
    { AWS_SECRET_ACCESS_KEY: 'A', AWS_ACCESS_KEY_ID: '' },
    'AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID',
  ],
  [{ AWS_WEB_IDENTITY_TOKEN_FILE: '/t' }, 'AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not'],
])('half of %j is refused, because the SDK would take credentials from elsewhere', (environment, message) => {
  refusalOf(environment, 'AUTHENTICATION', message)
  // With a profile the SDK reads neither.
  expect(() => checkAwsEnvironment({ ...environment, AWS_PROFILE: 'p' })).not.toThrow()
})

test('the endpoint of a container is checked', () => {
  refusalOf(
    { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'nonsense' },
    'CONFIG',
    'AWS_CONTAINER_CREDENTIALS_FULL_URI is',
  )
  refusalOf({ AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: 'creds' }, 'CONFIG', 'is "creds", which is not a path')
  const token = { AWS_CONTAINER_AUTHORIZATION_TOKEN: 'Bearer a\nb' }
  refusalOf(token, 'AUTHENTICATION', 'AWS_CONTAINER_AUTHORIZATION_TOKEN has a line end')
  expect(() =>
    checkAwsEnvironment({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23/v1/credentials',
      AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/0?x=1',
      AWS_CONTAINER_AUTHORIZATION_TOKEN: 'Bearer abc',
    }),
  ).not.toThrow()
})
