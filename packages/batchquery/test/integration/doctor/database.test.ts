import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import { TcpProxy } from '../../faults/tcp-proxy.ts'
import { makeCertificates } from '../../setup/certificates.ts'
import { freshDatabase, isMariadb, runAsAdmin } from '../../setup/mariadb-client.ts'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { runSecrets } from '../../setup/secrets/run-secrets.ts'
import { freePort } from '../../setup/server-folder.ts'
import { serverUrl as mysqlUrl } from '../mysql/session.ts'
import { serverUrl as postgresUrl } from '../postgres/session.ts'
import { failed, figures, look, notDone, warnings } from './looking.ts'
import { greeting, startStub } from './stub-server.ts'

const dialects = inject('dialects')
const mysqlDatabase = dialects.includes('mysql') ? await freshDatabase() : ''
const postgresDatabase = dialects.includes('postgres') ? await freshPostgresDatabase() : ''
const tlsFolder = await mkdtemp(join(tmpdir(), 'batchquery-doctor-'))
afterAll(() => rm(tlsFolder, { recursive: true }))
const stranger = await makeCertificates(join(tlsFolder, 'tls'))
if (dialects.includes('mysql')) await runAsAdmin(`CREATE TABLE ${mysqlDatabase}.t (id INT)`)
if (dialects.includes('postgres')) await asPostgresAdmin('CREATE TABLE t (id INT)')

const urls = {
  mysql: (settings?: string) => mysqlUrl(mysqlDatabase, settings),
  postgres: (settings?: string) => postgresUrl(postgresDatabase, settings),
}

const IN_SESSIONS = [
  'database.clock',
  'database.cancel',
  'database.read',
  'database.settings',
  'database.native',
  'export',
]
const NEED_TLS = ['database.login', ...IN_SESSIONS]

describe.each(dialects)('%s', dialect => {
  const url = urls[dialect]
  const { caFile, port } = inject(dialect === 'mysql' ? 'mariadb' : 'postgres')
  const full = `sslmode=verify-full&sslrootcert=${encodeURIComponent(caFile)}`

  test('all holds, each with its figure; certificates that end soon are worth a word', async () => {
    const reports = await look({ database: url() })
    expect(failed(reports)).toEqual([])
    expect(figures(reports)).toMatchObject({
      'database.url': expect.stringMatching(/\*\*\*.*\(BATCHQUERY_DATABASE\), with the password in the URL$/),
      'database.dns': expect.stringMatching(/^localhost is .*127\.0\.0\.1/),
      'database.tcp': expect.stringMatching(/^localhost:\d+ answers at \S+, \d+ ms$/),
      'database.authority': expect.stringMatching(
        /^1 certificate; .*batchquery test authority, \d days? left/,
      ),
      'database.tls': expect.stringMatching(
        /^TLSv1\.3, chain and host name verified: CN=localhost, \d days? left/,
      ),
      'database.login': expect.stringMatching(
        /^as batchquery, (mariadb|mysql|postgres) \S+.*session \d+, \d+ ms$/,
      ),
      'database.clock': 'the server is in step with this machine',
      'database.cancel': expect.stringMatching(/^a second session stopped session \d+, \d+ ms$/),
      'database.read': expect.stringMatching(/^batchquery can read 1 of 1 tables of test_/),
      'database.settings':
        dialect === 'mysql'
          ? expect.stringMatching(/^max_allowed_packet .*net_write_timeout 28800 s.*no limit on statements$/)
          : expect.stringMatching(/^idle_in_transaction_session_timeout off.*statement_timeout off/),
      'database.native': expect.stringMatching(/^batchquery streams results from \w+$/),
      export: expect.stringMatching(/^1 row, 13 bytes, published as s3:.*read back$/),
    })
    expect(warnings(reports)).toEqual([
      expect.stringMatching(/^the authority CN=batchquery test authority expires in \d days?; /),
      expect.stringMatching(/^the server's certificate CN=localhost expires in \d days?; renew it/),
    ])
  })

  test('without TLS the checks of certificates do not apply', async () => {
    const reports = await look({ database: url('sslmode=disable') })
    expect(figures(reports)).toMatchObject({
      'database.authority': 'the URL does not use TLS (sslmode=disable)',
      'database.tls': 'the URL does not use TLS (sslmode=disable)',
    })
    // The PostgreSQL of the tests takes no login without TLS, and the login says so.
    expect(failed(reports)).toEqual(dialect === 'mysql' ? [] : ['database.login'])
  })

  test.each<[string, () => string | Promise<string>, string, string, RegExp]>([
    [
      'a host that is not there',
      () => url(full).replace('localhost', 'no-such-host.invalid'),
      'database.dns',
      'DATABASE_UNREACHABLE',
      /host name in the database URL|name service did not answer/,
    ],
    [
      'a port without a listener',
      async () => url(full).replace(/:\d+\//, `:${await freePort()}/`),
      'database.tcp',
      'DATABASE_UNREACHABLE',
      /No program listens there/,
    ],
    [
      'a file of certificates that is not there',
      () => url('sslmode=verify-full&sslrootcert=/no/such.pem'),
      'database.authority',
      'CONFIG',
      /PEM file/,
    ],
    [
      'another authority',
      () => url(`sslmode=verify-full&sslrootcert=${stranger.caFile}`),
      'database.tls',
      'TLS',
      /sslrootcert=FILE/,
    ],
    [
      'another authority, without a check of the name',
      () => url(`sslmode=verify-ca&sslrootcert=${stranger.caFile}`),
      'database.tls',
      'TLS',
      /sslrootcert=FILE/,
    ],
    [
      'a host that the certificate does not name',
      // An address that leads to this machine, too.
      () => url(full).replace('localhost', '0.0.0.0'),
      'database.tls',
      'TLS',
      /host name of its certificate/,
    ],
    [
      'a wrong password',
      () => url().replace(/:[^:@/]+@/, ':wrong@'),
      'database.login',
      'AUTHENTICATION',
      /Check the user and the password/,
    ],
    [
      'a database that is not there',
      () => url().replace(/\/test_\w+/, '/no_such_database'),
      'database.login',
      'QUERY_FAILED',
      /name of the database at the end of the URL/,
    ],
  ])('%s fails one check, and those that need it are skipped', async (_, database, id, code, hint) => {
    const reports = await look({ database: await database() })
    expect(failed(reports)).toEqual([id])
    expect(reports.get(id)?.error).toMatchObject({ code, hint: expect.stringMatching(hint) })
    expect(notDone(reports, id)).toEqual(
      expect.arrayContaining(id === 'database.login' ? IN_SESSIONS : NEED_TLS),
    )
    // The other half is looked at all the same.
    expect(reports.get('store.create')).toMatchObject({ state: 'ok' })
  })

  test('a server that offers no TLS', async () => {
    const { port, received } = await startStub(dialect === 'mysql' ? greeting() : 'N')
    const reports = await look({ database: `${dialect}://u:secret-password@localhost:${port}/db?${full}` })
    expect(failed(reports)).toEqual(['database.tls'])
    expect(reports.get('database.tls')?.error).toMatchObject({
      code: 'TLS',
      hint: expect.stringContaining('Turn on TLS'),
    })
    expect(received().toString()).not.toContain('secret')
  })

  test('something else that listens there', async () => {
    const { port } = await startStub('HTTP/1.1 400 Bad Request\r\n\r\n')
    const reports = await look({ database: `${dialect}://u@localhost:${port}/db?${full}` })
    expect(failed(reports)).toEqual(['database.tls'])
    expect(reports.get('database.tls')?.error).toMatchObject({ code: 'DATABASE_UNREACHABLE' })
  })

  test('a connection that breaks in the handshake', async () => {
    const proxy = await TcpProxy.start({ host: '127.0.0.1', port })
    onTestFinished(() => proxy.stop())
    // The greeting passes, and what the server says to the handshake does not.
    proxy.fail({ direction: 'to client', at: { chunk: dialect === 'mysql' ? 2 : 1 }, fault: { kind: 'cut' } })
    const reports = await look({ database: url(full).replace(/:\d+\//, `:${proxy.port}/`) })
    expect(reports.get('database.tls')).toMatchObject({
      state: 'failed',
      error: { code: 'DATABASE_UNREACHABLE' },
    })
    expect(notDone(reports, 'database.tls')).toContain('database.login')
  })

  test('a user without rights: it logs in, and the missing right is named', async () => {
    const user = await freshUser(dialect)
    const reports = await look({ database: withUser(url(), user) })
    expect(failed(reports)).toEqual(['database.read'])
    expect(reports.get('database.read')?.error).toMatchObject({
      code: 'PERMISSION',
      message: expect.stringMatching(new RegExp(`^${user.name} cannot read any table of "test_`)),
      hint: expect.stringContaining(`Grant SELECT on the tables of the tasks to ${user.name}`),
    })
    expect(reports.get('database.cancel')).toMatchObject({ state: 'ok' })
    expect(reports.get('export')).toMatchObject({ state: 'ok' })
  })

  test('a limit on statements is worth a word', async () => {
    const user = await freshUser(dialect)
    if (dialect === 'mysql') {
      await runAsAdmin(`GRANT SELECT ON ${mysqlDatabase}.* TO ${user.name}`)
      await limitStatements(user)
    } else
      await asPostgresAdmin(
        `GRANT SELECT ON t TO ${user.name}`,
        `ALTER ROLE ${user.name} SET statement_timeout = '90s'`,
      )
    const reports = await look({ database: withUser(url(), user) })
    expect(failed(reports)).toEqual([])
    expect(reports.get('database.settings')?.warnings).toEqual([
      expect.stringMatching(/after 90 s|longer than 90 s/),
    ])
  })

  test('a clock that is wrong by an hour is worth a word; an authority that is over fails', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 })
    onTestFinished(() => void vi.useRealTimers())
    const reports = await look({ database: url() })
    expect(failed(reports)).toEqual([])
    expect(reports.get('database.clock')).toMatchObject({
      figure: expect.stringMatching(/^the server is 3,\d\d\d s behind this machine$/),
      warnings: [expect.stringContaining('preferably by NTP')],
    })
    vi.setSystemTime(Date.now() + 48 * 3_600_000)
    const later = await look({ database: url() })
    expect(failed(later)).toEqual(['database.authority'])
    expect(later.get('database.authority')?.error).toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('all certificates of sslrootcert have expired'),
    })
  })
})

test.each([
  ['nonsense:x', 'this is not a database URL'],
  ['mysql://u@h/db?sslmode=prefer', 'does not verify the server'],
])('the URL %s fails, and the store is looked at all the same', async (database, message) => {
  const reports = await look({ database })
  expect(failed(reports)).toEqual(['database.url'])
  expect(reports.get('database.url')?.error).toMatchObject({ message: expect.stringContaining(message) })
  expect(reports.get('store.write')).toMatchObject({ state: 'ok' })
  expect(reports.has('export')).toBe(false)
})

/** For the user in MariaDB, and in MySQL for all whose sessions begin until the test ends. */
async function limitStatements({ name }: User): Promise<void> {
  if (await isMariadb()) return runAsAdmin(`ALTER USER ${name} WITH MAX_STATEMENT_TIME 90`)
  await runAsAdmin('SET GLOBAL max_execution_time = 90000')
  onTestFinished(() => runAsAdmin('SET GLOBAL max_execution_time = DEFAULT'))
}

interface User {
  readonly name: string
  readonly password: string
}

async function freshUser(dialect: 'mysql' | 'postgres'): Promise<User> {
  const name = `u${randomUUID().slice(0, 8)}`
  const password = randomUUID()
  runSecrets()?.register(`the password of ${name}`, password)
  if (dialect === 'mysql') {
    await runAsAdmin(`CREATE USER ${name} IDENTIFIED BY '${password}'`)
    // A user needs a right to choose a database: one that lets it read nothing.
    await runAsAdmin(`GRANT INSERT ON ${mysqlDatabase}.* TO ${name}`)
    afterAll(() => runAsAdmin(`DROP USER ${name}`))
  } else {
    await asPostgresAdmin(`CREATE ROLE ${name} LOGIN PASSWORD '${password}'`)
    afterAll(() => asPostgresAdmin(`DROP OWNED BY ${name}`, `DROP ROLE ${name}`))
  }
  return { name, password }
}

const withUser = (url: string, { name, password }: User): string =>
  url.replace(/\/\/[^@]+@/, `//${name}:${password}@`)

async function asPostgresAdmin(...statements: string[]): Promise<void> {
  const client = await adminPg(postgresDatabase)
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}
