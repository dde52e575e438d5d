import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { moveSettings } from '../../../../src/config/index.ts'
import { surroundingsOf } from '../../../../src/engine/container/surroundings.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'batchquery-container-'))
  for (const file of ['ca.pem', 'password', 'aws-ca.pem']) await writeFile(join(folder, file), '')
})
afterAll(() => rm(folder, { recursive: true }))

const settings = (more: Record<string, string> = {}) => ({
  BATCHQUERY_STORE: 's3',
  BATCHQUERY_BUCKET: 'b',
  BATCHQUERY_DATABASE: 'postgres://u@db.example.com/d',
  BATCHQUERY_DATABASES: '{}',
  ...more,
})
const of = (more: Record<string, string>, environment: NodeJS.ProcessEnv = {}) =>
  surroundingsOf(moveSettings(settings(more), folder), { HOME: folder, ...environment })

test('relative paths of a URL start at our folder, and are the same in the container', () => {
  const databases = { other: 'postgres://u@db.example.com/d?passwordFile=password' }
  const moved = moveSettings(
    settings({
      BATCHQUERY_DATABASE: 'mysql://u@db.example.com/d?sslrootcert=ca.pem',
      BATCHQUERY_DATABASES: JSON.stringify(databases),
    }),
    folder,
  )
  expect(new URL(moved.environment.BATCHQUERY_DATABASE).searchParams.get('sslrootcert')).toBe(
    join(folder, 'ca.pem'),
  )
  const { mounts } = surroundingsOf(moved, { HOME: folder })
  expect(mounts).toEqual(
    ['ca.pem', 'password'].map(name => ({
      source: join(folder, name),
      target: join(folder, name),
      isWritable: false,
    })),
  )
})

test('a container gets the variables that the SDK and the drivers read', () => {
  const environment = {
    AWS_REGION: 'us-east-1',
    AWS_CA_BUNDLE: join(folder, 'aws-ca.pem'),
    AWS_CONFIG_FILE: '/not/there',
    MYSQL_PWD: 'x',
    HTTPS_PROXY: 'http://proxy:3128',
    no_proxy: 'localhost',
    PATH: '/bin',
    SSH_AUTH_SOCK: '/x',
  }
  const { variables, mounts } = of({}, environment)
  expect(Object.keys(variables)).toEqual([
    ...['AWS_REGION', 'AWS_CA_BUNDLE', 'AWS_CONFIG_FILE', 'MYSQL_PWD', 'HTTPS_PROXY', 'no_proxy'],
  ])
  expect(mounts.map(({ source }) => source)).toEqual([join(folder, 'aws-ca.pem')])
})

test('profiles of AWS are mounted in the home of the container', async () => {
  await mkdir(join(folder, '.aws'))
  expect(of({}).mounts).toEqual([{ source: join(folder, '.aws'), target: '/tmp/.aws', isWritable: false }])
  await rm(join(folder, '.aws'), { recursive: true })
})

test('a folder is mounted writable when it is the store', () => {
  const store = join(folder, 'store')
  expect(of({ BATCHQUERY_STORE: store }).mounts).toEqual([{ source: store, target: store, isWritable: true }])
})

test.each([
  ['a database', { BATCHQUERY_DATABASE: 'mysql://u@127.0.0.1/d' }, {}, true],
  ['a named database', { BATCHQUERY_DATABASES: '{"x":"postgres://u@[::1]/d"}' }, {}, true],
  ['an endpoint', {}, { AWS_ENDPOINT_URL_S3: 'http://localhost:9000' }, true],
  ['a proxy', {}, { HTTPS_PROXY: 'http://127.0.0.1:3128' }, true],
  ['nothing', {}, { AWS_ENDPOINT_URL_S3: 'https://s3.example.com' }, false],
])('%s on the loopback', (_, more, environment, needsLoopback) => {
  expect(of(more, environment).needsLoopback).toBe(needsLoopback)
})
