import { expect, inject, onTestFinished, test } from 'vitest'
import { startOwnMariadb } from '../../setup/mariadb.ts'
import { adminConnection } from '../../setup/mariadb-client.ts'
import { collect } from './session.ts'
import { logIn, PASSWORD, Users, urlOf } from './users.ts'

/** Keeps a server busy for minutes, without a table of its own. */
const ENDLESS = `SELECT COUNT(*) FROM information_schema.columns a, information_schema.columns b, information_schema.columns c,
  information_schema.columns d`

const users = new Users()

test('a login with an expired password fails, and the hint says how to change it', async () => {
  const user = await users.create('PASSWORD EXPIRE')
  await expect(logIn(urlOf(user))).rejects.toMatchObject({
    code: 'AUTHENTICATION',
    message: expect.stringMatching(/\((1862|1820)\)/),
    hint: expect.stringContaining('change the password (ALTER USER'),
  })
})

test('a login of a locked user fails, and the hint says how to unlock it', async () => {
  const user = await users.create('ACCOUNT LOCK')
  await expect(logIn(urlOf(user))).rejects.toMatchObject({
    code: 'AUTHENTICATION',
    message: expect.stringContaining(users.isMariadb ? '(4151)' : '(3118)'),
    hint: expect.stringContaining('ACCOUNT UNLOCK'),
  })
})

test('a login fails when too many were refused, and the hint says how to lift the block', async () => {
  if (users.isMariadb) {
    const { server, stop } = await startOwnMariadb({ settings: ['--max-password-errors=1'] })
    onTestFinished(stop)
    const own = await adminConnection({
      port: server.port,
      user: server.user,
      password: server.password,
      ssl: undefined,
    })
    await own.query(`CREATE USER blocked@'%' IDENTIFIED BY '${PASSWORD}'`)
    await own.end()
    const url = (password: string) => `mysql://blocked:${password}@127.0.0.1:${server.port}/`
    await expect(logIn(url('wrong'))).rejects.toMatchObject({ message: expect.stringContaining('(1045)') })
    await expect(logIn(url(PASSWORD))).rejects.toMatchObject({
      code: 'AUTHENTICATION',
      message: expect.stringContaining('(4150)'),
      hint: expect.stringContaining('FLUSH PRIVILEGES'),
    })
    return
  }
  const user = await users.create('FAILED_LOGIN_ATTEMPTS 1 PASSWORD_LOCK_TIME 1')
  await expect(logIn(urlOf(user, 'wrong'))).rejects.toMatchObject({
    message: expect.stringMatching(/\((1045|3955)\)/),
  })
  await expect(logIn(urlOf(user))).rejects.toMatchObject({
    code: 'AUTHENTICATION',
    message: expect.stringContaining('(3955)'),
    hint: expect.stringContaining('ACCOUNT UNLOCK'),
  })
})

test('the hint says that a user must use TLS when the URL leaves it out', async () => {
  const user = await users.create('REQUIRE SSL')
  const { port } = inject('mariadb')
  const plain = `mysql://${user}:${PASSWORD}@127.0.0.1:${port}/?sslmode=disable`
  await expect(logIn(plain)).rejects.toMatchObject({
    code: 'AUTHENTICATION',
    message: expect.stringContaining('(1045)'),
    hint: expect.stringMatching(/REQUIRE SSL.*sslmode=verify-full/),
  })
  await (await logIn(urlOf(user))).close()
  await expect(logIn(urlOf(user, 'wrong'))).rejects.toMatchObject({
    hint: expect.not.stringContaining('REQUIRE SSL'),
  })
})

test('the hint says to try again when a user has used up its connections', async () => {
  const user = await users.create('WITH MAX_USER_CONNECTIONS 1')
  const session = await logIn(urlOf(user))
  await expect(logIn(urlOf(user))).rejects.toMatchObject({
    code: 'DATABASE_UNREACHABLE',
    retryable: true,
    message: expect.stringContaining('(1226)'),
  })
  await session.close()
})

test('the error names the setting that ended a long statement', async () => {
  const user = await users.create()
  const session = await logIn(urlOf(user))
  await session.execute(
    `SET SESSION ${users.isMariadb ? 'max_statement_time = 0.05' : 'max_execution_time = 50'}`,
    0,
  )
  const refused = {
    code: 'QUERY_FAILED',
    message: expect.stringContaining(users.isMariadb ? '(1969)' : '(3024)'),
    hint: expect.stringContaining(users.isMariadb ? 'max_statement_time = 0' : 'max_execution_time = 0'),
  }
  await expect(session.execute(ENDLESS, 1)).rejects.toMatchObject(refused)
  await expect(collect(session, ENDLESS)).rejects.toMatchObject(refused)
  await session.close()
})
