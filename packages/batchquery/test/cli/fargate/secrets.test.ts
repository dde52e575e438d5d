import { randomBytes } from 'node:crypto'
import { afterAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { SecretsManagerStandIn } from '../../aws/secrets-manager.ts'
import { Receiver } from '../../setup/receiver.ts'
import { runSecrets } from '../../setup/secrets/run-secrets.ts'
import { documentOf } from '../workspace.ts'
import { stage } from './stage.ts'

const { ecs, credentials, environment, workspace, define, keys, object } = await stage()
const manager = await SecretsManagerStandIn.start(credentials.accessKeyId)
afterAll(() => manager.stop())

const token = randomBytes(12).toString('hex')
runSecrets()?.register('the token of Secrets Manager', token)
manager.keep('api', { versions: { AWSCURRENT: JSON.stringify({ token }) } })
const reference = `secret:${manager.arn('api')}#token`

beforeEach(() => define({ environment: { AWS_ENDPOINT_URL_SECRETS_MANAGER: manager.endpoint } }))

/** Nothing that was asked of ECS, and no object of a run, has the value. */
async function expectUntold(id: string): Promise<void> {
  expect(JSON.stringify(ecs.callsOf('RunTask'))).not.toContain(token)
  for (const key of await keys(`runs/${id}/`)) expect(await object(key)).not.toContain(token)
}

test('record and RunTask have the ARN of a SQL parameter, and the task role reads the value', async () => {
  const here = await workspace()
  await here.write('t.sql', '-- @param token secret\nSELECT length(:token) AS length')
  const args = ['run', './t.sql', '--run-id', 'sql', '--json', '-p', `token=${reference}`]
  const ended = await here.run(args, { environment })
  expect(documentOf(ended)).toMatchObject({ state: 'SUCCEEDED', params: { token: reference } })
  expect(await object('runs/sql/log/0001-0001.txt')).toMatch(/length\n\s+-*\s*24/)
  await expectUntold('sql')
})

test('a script gets a secret parameter and a secret variable', async () => {
  const here = await workspace()
  await here.write('t.sh', 'test "$TOKEN" = "$BATCHQUERY_PARAM_token" && echo "$TOKEN"')
  const args = ['run', './t.sh', '--run-id', 'sh', '-p', `token=${reference}`, '-e', `TOKEN=${reference}`]
  expect(await here.run(args, { environment })).toMatchObject({ code: 0, stdout: '***\n' })
  expect(JSON.stringify(ecs.callsOf('RunTask'))).toContain('BATCHQUERY_SECRET_ARN_TOKEN')
  await expectUntold('sh')
})

test('a secret in a file is refused with a hint', async () => {
  const here = await workspace()
  await here.write('t.sql', '-- @param token secret\nSELECT 1')
  await here.write('token', token)
  const ended = await here.run(['run', './t.sql', '-p', 'token=@token'], { environment })
  expect(ended).toMatchObject({ code: 2, stderr: expect.stringMatching(/^hint: .*token=secret:ARN/m) })
  expect(ecs.callsOf('RunTask')).toEqual([])
})

test('the runner reads the address of a receiver, which RunTask and the folder of the run do not have', async () => {
  const receiver = await Receiver.start(null)
  onTestFinished(() => receiver.stop())
  const hook = receiver.address(`/${token}`)
  manager.keep('hook', { versions: { AWSCURRENT: hook } })
  const here = await workspace()
  const file = await here.read('batchquery.yaml').catch(() => '')
  await here.write('batchquery.yaml', `${file}\nnotify: { url: "secret:${manager.arn('hook')}" }\n`)
  await here.write('t.sql', 'SELECT 1')
  const ended = await here.run(['run', './t.sql', '--run-id', 'notified'], { environment })
  expect(ended.code, ended.stderr).toBe(0)
  await expect
    .poll(() => receiver.received.map(({ path }) => path), { timeout: 20_000 })
    .toEqual([`/${token}`])
  expect(JSON.parse(receiver.received[0].body)).toMatchObject({ id: 'notified', state: 'SUCCEEDED' })
  await expectUntold('notified')
  await here.write('batchquery.yaml', `${file}\nnotify: { url: "${hook}" }\n`)
  const refused = await here.run(['run', './t.sql', '--run-id', 'refused'], { environment })
  expect(refused).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('would be visible with the ECS task'),
  })
  expect(refused.stderr).not.toContain(token)
})
