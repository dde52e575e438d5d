import { expect, test } from 'vitest'
import { readSettings } from '../../../src/config/index.ts'
import { remoteEnvironment } from '../../../src/submit/remote-environment.ts'

const NOTHING = { open: {}, secret: {}, referenced: {} }

const told = (environment: NodeJS.ProcessEnv) =>
  remoteEnvironment(readSettings({}, environment, '/here'), {}, NOTHING)

test('a database that nobody chose is the runner’s own to know', () => {
  expect(told({})).toEqual({})
})

test('databases without a password go along, those with one stay here', () => {
  const databases = {
    open: 'mysql://u@db/x?sslmode=verify-full',
    closed: 'mysql://u:geheim@db/x',
    file: 'postgres://u@db/x?passwordFile=/run/p',
    here: 'duckdb:x.duckdb',
  }
  expect(told({ BATCHQUERY_DATABASES: JSON.stringify(databases), BATCHQUERY_DATABASE: 'open' })).toEqual({
    BATCHQUERY_DATABASE: databases.open,
    BATCHQUERY_SUBMITTED_DATABASES: JSON.stringify({ open: databases.open }),
  })
})

test.each([
  ['mysql://u:geheim@db/x', 'has a password'],
  ['mysql://u@db/x?passwordFile=/run/p', 'has its password in a file of this machine'],
  ['duckdb:x.duckdb', 'is a file of this machine'],
])('the database %s is refused, and its password is not told', (url, message) => {
  expect(() => told({ BATCHQUERY_DATABASE: url })).toThrow(message)
  expect(() => told({ BATCHQUERY_DATABASE: url })).not.toThrow('geheim')
})

test('variables for a script go along; secrets are refused by their names', () => {
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
