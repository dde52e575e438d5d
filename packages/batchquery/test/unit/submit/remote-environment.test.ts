import { expect, test } from 'vitest'
import { readSettings } from '../../../src/config/index.ts'
import { remoteEnvironment } from '../../../src/submit/remote-environment.ts'

const NOTHING = { open: {}, secret: {}, referenced: {} }

const remote = (environment: NodeJS.ProcessEnv) =>
  remoteEnvironment(readSettings({}, environment, '/here'), {}, NOTHING)

test('the environment has no database when the submitter chose none', () => {
  expect(remote({})).toEqual({})
})

test('the environment contains databases without a password, and none with one', () => {
  const databases = {
    open: 'mysql://u@db/x?sslmode=verify-full',
    closed: 'mysql://u:geheim@db/x',
    file: 'postgres://u@db/x?passwordFile=/run/p',
    here: 'duckdb:x.duckdb',
  }
  expect(remote({ BATCHQUERY_DATABASES: JSON.stringify(databases), BATCHQUERY_DATABASE: 'open' })).toEqual({
    BATCHQUERY_DATABASE: databases.open,
    BATCHQUERY_SUBMITTED_DATABASES: JSON.stringify({ open: databases.open }),
  })
})

test.each([
  ['mysql://u:geheim@db/x', 'has a password'],
  ['mysql://u@db/x?passwordFile=/run/p', 'has its password in a file on this machine'],
  ['duckdb:x.duckdb', 'is a file on this machine'],
])('the database %s is refused, and the error does not contain its password', (url, message) => {
  expect(() => remote({ BATCHQUERY_DATABASE: url })).toThrow(message)
  expect(() => remote({ BATCHQUERY_DATABASE: url })).not.toThrow('geheim')
})

test('the environment contains variables for a script; secrets are refused by their names', () => {
  const settings = readSettings({}, {}, '/here')
  expect(remoteEnvironment(settings, {}, { ...NOTHING, open: { A: '1' } })).toEqual({ BATCHQUERY_ENV_A: '1' })
  const referenced = { KEY: 'secret:arn:aws:secretsmanager:us-east-1:123456789012:secret:k-AbCdEf' }
  expect(remoteEnvironment(settings, {}, { ...NOTHING, referenced })).toEqual({
    BATCHQUERY_SECRET_ARN_KEY: referenced.KEY,
  })
  expect(() => remoteEnvironment(settings, {}, { ...NOTHING, secret: { KEY: 'geheim' } })).toThrow(
    'KEY is secret',
  )
  expect(() => remoteEnvironment(settings, { BATCHQUERY_PARAM_token: 'geheim' }, NOTHING)).toThrow(
    'token is secret',
  )
})

test('the environment contains receivers whose addresses are secrets, and no others', () => {
  const slack = 'secret:arn:aws:secretsmanager:us-east-1:123456789012:secret:hook-AbCdEf'
  const notify = JSON.stringify([{ slack, on: 'failed' }])
  expect(remote({ BATCHQUERY_NOTIFY: notify })).toEqual({ BATCHQUERY_NOTIFY: notify })
  const open = JSON.stringify({ url: 'https://example.com/geheim' })
  expect(() => remote({ BATCHQUERY_NOTIFY: open })).toThrow(
    'the address of url would be visible with the ECS task',
  )
  expect(() => remote({ BATCHQUERY_NOTIFY: open })).not.toThrow('geheim')
})
