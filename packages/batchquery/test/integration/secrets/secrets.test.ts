import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest'
import { openDatabase } from '../../../src/config/index.ts'
import { SecretValues } from '../../../src/database/secret-value.ts'
import { SecretsManagerStandIn } from '../../aws/secrets-manager.ts'
import { runAsAdmin } from '../../setup/mariadb-client.ts'
import { adminPg } from '../../setup/postgres-client.ts'
import { runSecrets } from '../../setup/secrets/run-secrets.ts'

const KEY = 'AKIDBATCHQUERYTEST'
let manager: SecretsManagerStandIn

beforeAll(async () => {
  manager = await SecretsManagerStandIn.start(KEY)
})
afterAll(() => manager.stop())

beforeEach(() => {
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', manager.endpoint)
  vi.stubEnv('AWS_ACCESS_KEY_ID', KEY)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'not-looked-at')
  vi.stubEnv('AWS_SESSION_TOKEN', '')
  vi.stubEnv('AWS_REGION', 'us-east-1')
  manager.asked.length = 0
  manager.onRequest = () => {}
  return () => vi.unstubAllEnvs()
})

const newPassword = (): string => {
  const password = randomBytes(12).toString('hex')
  runSecrets()?.register('a password of Secrets Manager', password)
  return password
}

const MARIADB = {
  name: 'MariaDB',
  engine: 'mariadb',
  otherEngine: 'postgres',
  url(user: string, secret: string, settings = '') {
    const { port, caFile, database } = inject('mariadb')
    const query = `auth=secret&secret=${secret}&sslmode=verify-full&sslrootcert=${caFile}${settings}`
    return `mysql://${user === '' ? '' : `${user}@`}localhost:${port}/${database}?${query}`
  },
  setPassword: (user: string, password: string) =>
    runAsAdmin(
      `CREATE OR REPLACE USER ${user}@'%' IDENTIFIED BY '${password}'`,
      `GRANT ALL ON *.* TO ${user}@'%'`,
    ),
  drop: (user: string) => runAsAdmin(`DROP USER ${user}@'%'`),
}
const runOnPostgres = async (sql: string): Promise<void> => {
  const admin = await adminPg()
  await admin.query(sql)
  await admin.end()
}
const POSTGRES = {
  name: 'PostgreSQL',
  engine: 'aurora-postgresql',
  otherEngine: 'mysql',
  url(user: string, secret: string, settings = '') {
    const { port, caFile, database } = inject('postgres')
    const query = `auth=secret&secret=${secret}&sslmode=verify-full&sslrootcert=${caFile}${settings}`
    return `postgres://${user === '' ? '' : `${user}@`}localhost:${port}/${database}?${query}`
  },
  setPassword: (user: string, password: string) =>
    runOnPostgres(
      `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${user}') THEN CREATE ROLE ${user} LOGIN; END IF;
       ALTER ROLE ${user} PASSWORD '${password}'; END $$`,
    ),
  drop: (user: string) => runOnPostgres(`DROP ROLE ${user}`),
}

describe.each([MARIADB, POSTGRES])('$name', ({ engine, otherEngine, url, setPassword, drop }) => {
  const user = `secret_${randomBytes(4).toString('hex')}`
  let password = ''

  beforeEach(async () => {
    password = newPassword()
    await setPassword(user, password)
  })
  afterAll(() => drop(user))

  const logIn = async (text: string): Promise<string> => {
    const database = await openDatabase(text, {}, '/')
    const session = await database.connect('batchquery secrets')
    const { id } = session
    await session.close()
    return id
  }
  const rdsJson = (password: string, more: Record<string, unknown> = {}): string =>
    JSON.stringify({ username: user, password, engine, host: 'writer.example.com', port: 3306, ...more })

  test("a login works with RDS's JSON by ARN: it uses the region of the ARN and the user of the secret", async () => {
    manager.keep('rds', { versions: { AWSCURRENT: rdsJson(password) } })
    expect(await logIn(url('', manager.arn('rds')))).toMatch(/^\d+$/)
    expect(manager.asked).toEqual([{ secret: manager.arn('rds'), stage: 'AWSCURRENT' }])
  })

  test('a login works with only the password, by name, with the line feed of the file that it came from', async () => {
    manager.keep('plain/secret', { versions: { AWSCURRENT: `${password}\n` } })
    expect(await logIn(url(user, 'plain/secret', '&region=eu-west-1'))).toMatch(/^\d+$/)
  })

  test('the secret is read again once when the password changes between reading and login', async () => {
    const next = newPassword()
    manager.keep('rotated', { versions: { AWSCURRENT: rdsJson(password) } })
    manager.onRequest = async () => {
      // The first reader gets the old password.
      if (manager.asked.length > 1) manager.keep('rotated', { versions: { AWSCURRENT: rdsJson(next) } })
      else await setPassword(user, next)
    }
    expect(await logIn(url('', manager.arn('rotated')))).toMatch(/^\d+$/)
    expect(manager.asked.map(({ stage }) => stage)).toEqual(['AWSCURRENT', 'AWSCURRENT'])
  })

  test('a login works during a rotation when the database already has the next password', async () => {
    const next = newPassword()
    await setPassword(user, next)
    manager.keep('turning', { versions: { AWSCURRENT: rdsJson(password), AWSPENDING: rdsJson(next) } })
    expect(await logIn(url('', manager.arn('turning')))).toMatch(/^\d+$/)
    expect(manager.asked.map(({ stage }) => stage)).toEqual(['AWSCURRENT', 'AWSCURRENT', 'AWSPENDING'])
  })

  test('the login is not retried forever when the secret is wrong', async () => {
    manager.keep('wrong', { versions: { AWSCURRENT: rdsJson(newPassword()) } })
    await expect(logIn(url('', manager.arn('wrong')))).rejects.toMatchObject({
      code: 'AUTHENTICATION',
      hint: expect.stringContaining('Rotate the secret'),
    })
    expect(manager.asked.map(({ stage }) => stage)).toEqual(['AWSCURRENT', 'AWSCURRENT', 'AWSPENDING'])
  })

  test('every login has its own connection and reads the secret again', async () => {
    manager.keep('again', { versions: { AWSCURRENT: rdsJson(password) } })
    const database = await openDatabase(url('', manager.arn('again')), {}, '/')
    const session = await database.connect('batchquery secrets')
    const next = newPassword()
    await setPassword(user, next)
    manager.keep('again', { versions: { AWSCURRENT: rdsJson(next) } })
    // Through a second connection.
    await database.endSessions([session.id], 'batchquery secrets')
    await session.close()
    expect(manager.asked).toHaveLength(2)
  })

  test.each([
    ['deleted', 'SECRET_NOT_FOUND', "can't find the specified secret"],
    ['marked', 'SECRET_NOT_FOUND', 'marked for deletion'],
    ['forbidden', 'PERMISSION', 'not authorized'],
  ])('a login with a secret that is %s fails with %s', async (name, code, message) => {
    const versions = { AWSCURRENT: rdsJson(password) }
    manager.keep('marked', { versions, isMarkedForDeletion: true })
    manager.keep('forbidden', { versions, isForbidden: true })
    await expect(logIn(url('', manager.arn(name)))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
      hint: expect.any(String),
      retryable: false,
    })
  })

  test.each([
    ['no JSON', '{"password": ', 'it has no password'],
    ['a list', '{"password": ["x"]}', 'it has no password'],
    ['empty', '', 'it is empty'],
    ['marked as an editor does', '\ufeffgeheim', 'it begins with a byte order mark (BOM)'],
    ['of another engine', rdsJson('x', { engine: otherEngine }), `its engine is "${otherEngine}"`],
  ])('a login with a secret that is %s fails with CONFIG', async (_, AWSCURRENT, message) => {
    manager.keep('odd', { versions: { AWSCURRENT } })
    await expect(logIn(url(user, manager.arn('odd')))).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining(message),
    })
  })

  test('a login is not tried when the URL has another user than the secret', async () => {
    manager.keep('other', { versions: { AWSCURRENT: rdsJson(password) } })
    await expect(logIn(url('somebody', manager.arn('other')))).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('"somebody"'),
    })
  })

  test('a login fails when AWS does not know the credentials', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDSOMEBODYELSE')
    await expect(logIn(url('', manager.arn('rds')))).rejects.toMatchObject({ code: 'AUTHENTICATION' })
  })

  test('the process ends in time when Secrets Manager does not answer', async () => {
    manager.onRequest = () => new Promise(() => {})
    const before = manager.abandoned
    const stop = new AbortController()
    const database = await openDatabase(url('', manager.arn('rds')), {}, '/')
    const connecting = database.connect('batchquery secrets', stop.signal)
    await expect.poll(() => manager.asked.length > 0).toBe(true)
    stop.abort(new Error('stop'))
    await expect(connecting).rejects.toThrow('stop')
    // The request does not stay open either, which would keep the process alive.
    await expect.poll(() => manager.abandoned > before).toBe(true)
  })
})

test('a byte order mark in a secret of a parameter is reported and is not part of the value', async () => {
  manager.keep('marked-value', { versions: { AWSCURRENT: '\ufeffgeheim' } })
  manager.keep('plain-value', { versions: { AWSCURRENT: 'geheim\n' } })
  const read = (name: string, key: string | null = null) =>
    new SecretValues().read(
      { arn: manager.arn(name), region: manager.region, key },
      'parameter token',
      new AbortController().signal,
    )
  expect(await read('plain-value')).toBe('geheim')
  for (const key of [null, 'k']) {
    await expect(read('marked-value', key)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(/^parameter token: the secret .* begins with a byte order mark/),
    })
    await expect(read('marked-value', key)).rejects.not.toThrow(/geheim/)
  }
})
