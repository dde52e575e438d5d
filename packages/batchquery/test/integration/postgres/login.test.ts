import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client } from 'pg'
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { makeCertificates } from '../../setup/certificates.ts'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { collect, openDatabase, portOf, serverUrl } from './session.ts'

const MARK = 'batchquery session-test'

let database: string
let admin: Client

beforeAll(async () => {
  database = await freshPostgresDatabase()
  admin = await adminPg(database)
})

afterAll(async () => {
  await admin?.end()
})

const login = (url: string) => openDatabase(url).connect(MARK)
const withPassword = (url: string, password: string) => url.replace(/:[^:@/]+@/, `${password}@`)

async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-session-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

test('a login works over the socket, with and without a password', async () => {
  const { socket, user, password, port } = inject('postgres')
  const url = `postgres://${user}:${password}@localhost:${port}/${database}?socket=${encodeURIComponent(socket)}`
  const other = await login(url)
  expect((await other.execute('SELECT inet_client_addr()', 1)).results[0].rows).toEqual([[null]])
  await other.close()
  await expect(login(withPassword(url, ''))).rejects.toMatchObject({
    code: 'AUTHENTICATION',
    hint: expect.stringContaining('PGPASSWORD'),
  })
})

test.each([
  [
    'a wrong password',
    () => withPassword(serverUrl(database), ':wrong'),
    { code: 'AUTHENTICATION', exitCode: 4, message: expect.stringContaining('28P01') },
  ],
  [
    'an unknown user',
    () => serverUrl(database).replace('//batchquery:', '//nobody:'),
    { code: 'AUTHENTICATION', message: expect.stringContaining('nobody') },
  ],
  [
    'an unknown database',
    () => serverUrl('no_such_database'),
    { code: 'QUERY_FAILED', message: expect.stringContaining('no_such_database') },
  ],
  [
    'an unknown host',
    () => 'postgres://u:p@no-such-host.invalid/db',
    {
      code: 'DATABASE_UNREACHABLE',
      retryable: true,
      message: expect.stringContaining('no-such-host.invalid'),
    },
  ],
  [
    'a closed port',
    () => 'postgres://u:p@localhost:1/db',
    { code: 'DATABASE_UNREACHABLE', message: expect.stringContaining('ECONNREFUSED') },
  ],
  [
    'a missing socket',
    () => 'postgres://u:p@localhost/db?socket=/no/such',
    { code: 'DATABASE_UNREACHABLE', message: expect.stringContaining('/no/such') },
  ],
  [
    'no TLS although the server requires it',
    () => serverUrl(database, 'sslmode=disable'),
    { code: 'TLS', hint: expect.stringContaining('sslmode=verify-full') },
  ],
  [
    'a missing file',
    () => serverUrl(database, 'sslrootcert=/no/such.pem&sslmode=verify-ca'),
    { code: 'CONFIG' },
  ],
])(
  '%s causes an error with its own code, a message with the value, and a hint',
  async (_name, url, error) => {
    await expect(login(url())).rejects.toMatchObject({ ...error, hint: expect.stringMatching(/.+/) })
  },
)

test('a login fails for a user without the right, and for a server without a free connection', async () => {
  await admin.query(`CREATE ROLE ${database} LOGIN PASSWORD 'p' CONNECTION LIMIT 1`)
  onTestFinished(async () => {
    await admin.query(`DROP ROLE ${database}`)
  })
  const url = serverUrl(database).replace(/\/\/.*@/, `//${database}:p@`)
  const other = await login(url)
  await expect(login(url)).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE', retryable: true })
  await admin.query('CREATE TABLE hidden (a int)')
  await expect(collect(other, 'SELECT * FROM hidden')).rejects.toMatchObject({
    code: 'PERMISSION',
    exitCode: 4,
    message: expect.stringContaining('hidden'),
  })
  await other.close()
})

test.each(['verify-full', 'verify-ca'])('a server of another authority is refused (%s)', async mode => {
  const other = await makeCertificates(join(await freshFolder(), 'tls'))
  await expect(
    login(serverUrl(database, `sslmode=${mode}&sslrootcert=${other.caFile}`)),
  ).rejects.toMatchObject({
    code: 'TLS',
    exitCode: 4,
    hint: expect.stringContaining('sslrootcert'),
  })
})

test('verify-full requires the name of the host in the certificate, verify-ca does not', async () => {
  const { caFile } = inject('postgres')
  // An address that also leads to this machine, but is in no certificate.
  const at = (mode: string) =>
    serverUrl(database, `sslmode=${mode}&sslrootcert=${caFile}`).replace('localhost', '0.0.0.0')
  await expect(login(at('verify-full'))).rejects.toMatchObject({ code: 'TLS' })
  await (await login(at('verify-ca'))).close()
})

/** A server that sends the same answer to everything, and what it received. */
async function startStub(answer: Uint8Array | string): Promise<{ port: number; received: () => Buffer }> {
  const received: Buffer[] = []
  const server = createServer(socket =>
    socket
      .on('error', () => {})
      .on('data', chunk => {
        received.push(chunk)
        socket.write(answer)
      }),
  )
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { port: portOf(server), received: () => Buffer.concat(received) }
}

test('a server that offers no TLS is refused and receives no password', async () => {
  const { port, received } = await startStub('N')
  const url = `postgres://u:secret-password@localhost:${port}/db?sslmode=verify-full`
  await expect(login(url)).rejects.toMatchObject({ code: 'TLS' })
  expect(received().length).toBe(8)
})

test('no server receives the password in clear text without TLS', async () => {
  const { port, received } = await startStub(Buffer.from('R\0\0\0\x08\0\0\0\x03'))
  const url = `postgres://u:secret-password@127.0.0.1:${port}/db`
  await expect(login(url)).rejects.toMatchObject({
    code: 'INSECURE',
    message: expect.stringContaining(String(port)),
  })
  expect(received().toString()).not.toContain('secret')
})

test('the password may be in a file, which is read again for every login', async () => {
  const file = join(await freshFolder(), 'password')
  const source = openDatabase(`${withPassword(serverUrl(database), '')}&passwordFile=${file}`)
  await expect(source.connect(MARK)).rejects.toMatchObject({
    code: 'CONFIG',
    message: expect.stringContaining(file),
  })
  await writeFile(file, `${inject('postgres').password}\n`)
  await (await source.connect(MARK)).close()
})
