import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { SecretsManagerStandIn } from '../aws/secrets-manager.ts'
import { runAsAdmin } from '../setup/mariadb-client.ts'
import { runSecrets } from '../setup/secrets/run-secrets.ts'
import { documentOf, Workspace } from './workspace.ts'

const KEY = 'AKIDBATCHQUERYCLI'
const USER = `login_${randomBytes(4).toString('hex')}`
const password = randomBytes(12).toString('hex')
const secretKey = randomBytes(20).toString('hex')
let manager: SecretsManagerStandIn

beforeAll(async () => {
  manager = await SecretsManagerStandIn.start(KEY)
  runSecrets()?.register('a password of Secrets Manager', password)
  runSecrets()?.register('a secret key of AWS', secretKey)
  await runAsAdmin(`CREATE USER ${USER}@'%' IDENTIFIED BY '${password}' REQUIRE SSL`)
})
afterAll(async () => {
  await runAsAdmin(`DROP USER ${USER}@'%'`)
  await manager.stop()
})

/** The environment that a task role and a database in batchquery.yaml result in. */
function environment(secret: string): NodeJS.ProcessEnv {
  const { port, caFile } = inject('mariadb')
  const auth = `auth=secret&secret=${manager.arn(secret)}`
  return {
    BATCHQUERY_DATABASE: `mysql://localhost:${port}?${auth}&sslmode=verify-full&sslrootcert=${caFile}`,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: manager.endpoint,
    AWS_ACCESS_KEY_ID: KEY,
    AWS_SECRET_ACCESS_KEY: secretKey,
  }
}

test('a run with a secret login leaves the secret nowhere', async () => {
  manager.keep('task', { versions: { AWSCURRENT: JSON.stringify({ username: USER, password }) } })
  const workspace = await Workspace.create()
  const sql = "SELECT CURRENT_USER() INTO OUTFILE S3 './out/result'"
  const ended = await workspace.runSql(sql, ['-v', '--json'], { environment: environment('task') })
  expect(documentOf(ended)).toMatchObject({ state: 'SUCCEEDED' })
  expect(await workspace.read('out/result.part_00000')).toBe(`${USER}@%\n`)
})

test('a run ends with exit code 4 when the login is refused again, and shows no secret, also with -v', async () => {
  const wrong = JSON.stringify({ username: USER, password: `${password}x` })
  manager.keep('wrong', { versions: { AWSCURRENT: wrong } })
  const workspace = await Workspace.create()
  const ended = await workspace.run(['query', 'SELECT 1', '-v'], { environment: environment('wrong') })
  expect(ended).toMatchObject({ code: 4, stdout: '' })
  expect(ended.stderr).toContain(manager.arn('wrong'))
  expect(ended.stderr).not.toContain(password)
})

test('a run ends with exit code 3 when its secret is deleted', async () => {
  const workspace = await Workspace.create()
  const ended = await workspace.run(['query', 'SELECT 1', '-v'], { environment: environment('gone') })
  expect(ended).toMatchObject({ code: 3, stdout: '' })
  expect(ended.stderr).toContain("can't find the specified secret")
  // Neither the request nor its signature.
  expect(ended.stderr).not.toContain('AWS4-HMAC-SHA256')
})
