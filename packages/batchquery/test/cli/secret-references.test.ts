import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { submit, wait } from '../../src/library/index.ts'
import { SecretsManagerStandIn } from '../aws/secrets-manager.ts'
import { runSecrets } from '../setup/secrets/run-secrets.ts'
import { documentOf, Workspace } from './workspace.ts'

const KEY = 'AKIDBATCHQUERYREF'
const token = randomBytes(12).toString('hex')
let manager: SecretsManagerStandIn
let environment: NodeJS.ProcessEnv

beforeAll(async () => {
  manager = await SecretsManagerStandIn.start(KEY)
  // The tests search for it in everything that a program shows, stores or passes on.
  runSecrets()?.register('the token of Secrets Manager', token)
  manager.keep('token', { versions: { AWSCURRENT: `${token}\n` } })
  manager.keep('json', { versions: { AWSCURRENT: JSON.stringify({ token, port: 443, list: [1] }) } })
  manager.keep('forbidden', { versions: { AWSCURRENT: token }, isForbidden: true })
  environment = {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: manager.endpoint,
    AWS_ACCESS_KEY_ID: KEY,
    AWS_SECRET_ACCESS_KEY: 'not-looked-at',
  }
})
afterAll(() => manager.stop())
beforeEach(() => {
  manager.asked.length = 0
})

const named = (secret: string): string => `secret:${manager.arn(secret)}`
const LENGTH = '-- @param token secret\nSELECT length(:token) AS length'

test('the runner reads the value for SQL; the record has the ARN', async () => {
  const workspace = await Workspace.create()
  const ended = await workspace.runSql(LENGTH, ['-v', '--json', '-p', `token=${named('token')}`], {
    environment,
  })
  expect(documentOf(ended)).toMatchObject({ state: 'SUCCEEDED', params: { token: named('token') } })
  expect(ended.stderr).toMatch(/length\n\s+-*\s*24/)
  expect(manager.asked).toEqual([{ secret: manager.arn('token'), stage: 'AWSCURRENT' }])
})

test('the value is masked when an error of the database quotes it', async () => {
  const workspace = await Workspace.create()
  const sql = '-- @param token secret\nSELECT CAST(:token AS DATE)'
  const ended = await workspace.runSql(sql, ['-v', '-p', `token=${named('json')}#token`], { environment })
  expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('***') })
  expect((await workspace.record()).error.message).toContain('***')
})

test('a script gets parameters and variables, and a secret is read once', async () => {
  const workspace = await Workspace.create()
  const script = 'echo "$' + '{#BATCHQUERY_PARAM_token} $PORT $' + '{#TOKEN}"; echo "$TOKEN"'
  await workspace.write('t.sh', script)
  const given = ['-p', `token=${named('token')}`, '-e', `PORT=${named('json')}#port`]
  const args = ['run', './t.sh', '--run-id', 'r1', ...given, '-e', `TOKEN=${named('json')}#token`]
  const ended = await workspace.run(args, { environment })
  expect(ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^24 \S+ 24\n\*\*\*\n$/) })
  expect(manager.asked).toHaveLength(2)
})

test('the library accepts references in parameters and variables', async () => {
  const workspace = await Workspace.create()
  await workspace.write('t.sh', 'test "$TOKEN$OTHER" = "$BATCHQUERY_PARAM_token$BATCHQUERY_PARAM_token"')
  const here = { folder: workspace.folder, environment: { PATH: process.env.PATH, ...environment } }
  const given = {
    params: { token: named('token') },
    env: { TOKEN: named('token') },
    secretEnv: { OTHER: `${named('json')}#token` },
  }
  const { params } = await submit('./t.sh', { ...here, ...given, runId: 'r1' })
  expect(params).toEqual({ token: named('token') })
  expect(await wait('r1', here)).toMatchObject({ state: 'SUCCEEDED' })
  const wrong = submit('./t.sh', { ...here, env: { TOKEN: 'secret:arn:aws:sns:a' } })
  await expect(wrong).rejects.toMatchObject({ code: 'USAGE' })
})

test('the same id with another ARN is a conflict', async () => {
  const workspace = await Workspace.create()
  const first = await workspace.runSql(LENGTH, ['-p', `token=${named('token')}`], { environment })
  const again = await workspace.runSql(LENGTH, ['-p', `token=${named('token')}`], { environment })
  const other = await workspace.runSql(LENGTH, ['-p', `token=${named('json')}`], { environment })
  expect([first.code, again.code, other.code]).toEqual([0, 0, 5])
})

test('query reads the value; a dry run does not', async () => {
  const workspace = await Workspace.create()
  const given = ['-p', `token=${named('token')}`]
  const printed = await workspace.run(['query', `\n${LENGTH}`, '--no-header', ...given], { environment })
  expect(printed).toMatchObject({ code: 0, stdout: '24\n' })
  manager.asked.length = 0
  const planned = await workspace.runSql(LENGTH, ['--dry-run', '--json', ...given])
  expect(documentOf(planned)).toMatchObject({ params: { token: named('token') } })
  expect(manager.asked).toEqual([])
})

describe('a run fails', () => {
  const failing = async (sql: string, reference: string, more: NodeJS.ProcessEnv = {}) => {
    const workspace = await Workspace.create()
    const ended = await workspace.runSql(sql, ['-p', `token=${reference}`], {
      environment: { ...environment, ...more },
    })
    expect(ended.stderr).toMatch(/^hint: \S/m)
    return ended
  }

  test.each([
    [
      'nothing of that name',
      'gone',
      3,
      /parameter token: cannot read the secret arn:.*can't find the specified secret/,
    ],
    ['no right to it', 'forbidden', 4, /not authorized to perform: secretsmanager:GetSecretValue/],
    ['a key that its JSON has not', 'json#Token', 2, /not JSON with a value under "Token"/],
    ['a key of a list', 'json#list', 2, /not JSON with a value under "list"/],
    ['a key of what is no JSON', 'token#token', 2, /not JSON with a value under "token"/],
  ])('%s', async (_, secret, code, message) => {
    const [name = '', key] = secret.split('#')
    const ended = await failing(LENGTH, `${named(name)}${key === undefined ? '' : `#${key}`}`)
    expect(ended).toMatchObject({ code, stderr: expect.stringMatching(message) })
  })

  test('with exit code 1, and may be repeated, when Secrets Manager does not answer', async () => {
    const endpoint = { AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:1', AWS_MAX_ATTEMPTS: '1' }
    expect(await failing(LENGTH, named('token'), endpoint)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('a private subnet needs an endpoint'),
    })
  })

  test.each([
    ['secret:arn:aws:s3:::bucket', /-p token: "secret:arn:aws:s3:::bucket" does not name a secret/],
    ['secret:arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf#', /does not name a secret/],
    ['secret:token', /is a secret, and other users can read the command line/],
  ])('%s is refused before the run exists', async (reference, message) => {
    const ended = await failing(LENGTH, reference)
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringMatching(message) })
    expect(ended.stderr).not.toContain('run r1')
  })

  test('when the SQL does not declare the parameter as secret', async () => {
    const ended = await failing('SELECT :token', named('token'))
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('does not declare it as one') })
    expect(manager.asked).toEqual([])
  })
})
