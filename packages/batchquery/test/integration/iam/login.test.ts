import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { openDatabase } from '../../../src/config/index.ts'
import { runAsAdmin, statementsWith } from '../../setup/mariadb-client.ts'
import { adminPg, makeRdsIam } from '../../setup/postgres-client.ts'
import { running } from '../postgres/session.ts'
import { tokenOfBoto3, withAws } from './aws-environment.ts'

const USER = `token_${randomBytes(4).toString('hex')}`
const PASSWORD_USER = `${USER}_password`
/** A user without REQUIRE SSL. */
const CARELESS_USER = `${USER}_careless`
const MARK = 'batchquery iam'

const DATABASES = ['mysql', 'postgres'] as const
type Kind = (typeof DATABASES)[number]

const serverOf = (kind: Kind) => inject(kind === 'mysql' ? 'mariadb' : 'postgres')

function url(kind: Kind, { user = USER, host = 'localhost', more = '' } = {}): string {
  const { port, database, caFile } = serverOf(kind)
  const { region } = inject('tokens')
  return `${kind}://${user}@${host}:${port}/${database}?auth=iam&region=${region}&sslrootcert=${caFile}${more}`
}

/** Logs in, asks for the user, and logs out. */
async function whoAmI(kind: Kind, text = url(kind)): Promise<unknown> {
  const database = await openDatabase(text, {}, '/')
  const session = await database.connect(MARK)
  await session.close()
  return session.id
}

/** The statements in the sessions of these tests. */
async function statementsOf(kind: Kind): Promise<readonly unknown[]> {
  if (kind === 'mysql') return statementsWith(MARK)
  const admin = await adminPg()
  return running(admin, MARK).finally(() => admin.end())
}

async function runInPostgres(...statements: string[]): Promise<void> {
  const client = await adminPg()
  await makeRdsIam(client)
  for (const statement of statements) await client.query(statement)
  await client.end()
}

beforeAll(async () => {
  const { service } = inject('tokens')
  await runAsAdmin(
    `CREATE USER ${USER}@'%' IDENTIFIED VIA pam USING '${service}' REQUIRE SSL`,
    `CREATE USER ${CARELESS_USER}@'%' IDENTIFIED VIA pam USING '${service}'`,
    `GRANT SELECT ON *.* TO ${USER}@'%'`,
    `CREATE USER ${PASSWORD_USER}@'%' IDENTIFIED BY 'x'`,
  )
  await runInPostgres(
    `CREATE ROLE ${USER} LOGIN`,
    `GRANT rds_iam TO ${USER}`,
    `CREATE ROLE ${PASSWORD_USER} LOGIN PASSWORD 'x'`,
  )
})

afterAll(async () => {
  await runAsAdmin(
    `DROP USER ${USER}@'%'`,
    `DROP USER ${PASSWORD_USER}@'%'`,
    `DROP USER ${CARELESS_USER}@'%'`,
  )
  await runInPostgres(`DROP ROLE ${USER}`, `DROP ROLE ${PASSWORD_USER}`)
})

test.each(DATABASES)('%s: a user logs in by token, over verified TLS', async kind => {
  await withAws(inject('tokens').allowed, async () => {
    expect(await whoAmI(kind)).toMatch(/^\d+/)
  })
})

test.each(DATABASES)('%s: a statement is cancelled through a connection with its own token', async kind => {
  await withAws(inject('tokens').allowed, async () => {
    const database = await openDatabase(url(kind), {}, '/')
    const session = await database.connect(MARK)
    const sleeping = session.execute(kind === 'mysql' ? 'SELECT SLEEP(1000)' : 'SELECT pg_sleep(1000)', 0)
    const ended = expect(sleeping).rejects.toMatchObject({ code: 'CANCELLED' })
    await expect.poll(() => statementsOf(kind)).not.toEqual([])
    await session.cancel()
    await ended
    await session.close()
  })
})

test.each(DATABASES)('%s: a login fails with the missing right when the key may not connect', async kind => {
  await withAws(inject('tokens').forbidden, async () => {
    await expect(whoAmI(kind)).rejects.toMatchObject({
      code: 'AUTHENTICATION',
      hint: expect.stringMatching(
        new RegExp(
          `rds-db:connect on arn:aws:rds-db:eu-central-1:ACCOUNT:dbuser:CLUSTER-RESOURCE-ID/${USER}, .*clock`,
        ),
      ),
    })
  })
})

test.each(DATABASES)('%s: a login by token fails when the user has a password', async kind => {
  await withAws(inject('tokens').allowed, async () => {
    await expect(whoAmI(kind, url(kind, { user: PASSWORD_USER }))).rejects.toMatchObject({
      code: 'AUTHENTICATION',
      hint: expect.stringMatching(kind === 'mysql' ? /AWSAuthenticationPlugin/ : /GRANT rds_iam/),
    })
  })
})

test.each(DATABASES)('%s: a token for another region, host or key is refused', async kind => {
  const { allowed, region } = inject('tokens')
  const refused = { code: 'AUTHENTICATION', hint: expect.stringMatching(/signed for/) }
  await withAws(allowed, async () => {
    await expect(whoAmI(kind, url(kind).replace(region, 'us-east-1'))).rejects.toMatchObject(refused)
    // The certificate also names the address, but the server knows itself by another name.
    if (kind === 'postgres')
      await expect(whoAmI(kind, url(kind, { host: '127.0.0.1' }))).rejects.toMatchObject(refused)
  })
  await withAws({ ...allowed, secretAccessKey: 'another' }, async () => {
    await expect(whoAmI(kind)).rejects.toMatchObject(refused)
  })
})

test.each(DATABASES)(
  '%s: a session token of 20,000 characters is refused with an ordinary error',
  async kind => {
    await withAws({ ...inject('tokens').allowed, sessionToken: 'x'.repeat(20_000) }, async () => {
      await expect(whoAmI(kind)).rejects.toMatchObject({
        code: expect.stringMatching(/AUTHENTICATION|DATABASE_/),
      })
    })
  },
)

test('no server receives a token without TLS: one that asks for it is refused, and one that requires TLS is reported', async () => {
  await withAws(inject('tokens').allowed, async () => {
    const more = '&sslmode=disable'
    await expect(whoAmI('mysql', url('mysql', { user: CARELESS_USER, more }))).rejects.toMatchObject({
      code: 'INSECURE',
      hint: expect.stringMatching(/sslmode=verify-full/),
    })
    await expect(whoAmI('postgres', url('postgres', { more }))).rejects.toMatchObject({ code: 'TLS' })
  })
})

test('the error says how to get AWS credentials when there are none', async () => {
  await withAws(null, async () => {
    await expect(whoAmI('mysql')).rejects.toMatchObject({
      code: 'AUTHENTICATION',
      hint: expect.stringMatching(/aws sso login/),
    })
  })
})

test('the check of a token accepts tokens of another SDK', async () => {
  const { allowed, region } = inject('tokens')
  const { port, database, caFile } = inject('postgres')
  const password = await tokenOfBoto3(allowed, `localhost:${port}`, USER, region)
  const ssl = { ca: await readFile(caFile, 'utf8') }
  const client = new Client({ host: 'localhost', port, user: USER, password, database, ssl })
  await client.connect()
  expect((await client.query('SELECT current_user AS me')).rows).toEqual([{ me: USER }])
  await client.end()
})
