import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { makeCertificates } from '../../setup/certificates.ts'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { collect, openDatabase, running, serverUrl } from './session.ts'

const MARK = 'batchquery session-test'

let database: string
let admin: Client
let session: Session

beforeAll(async () => {
  database = await freshPostgresDatabase()
  admin = await adminPg(database)
  session = await openDatabase(serverUrl(database)).connect(MARK)
})

afterAll(async () => {
  await session?.close()
  await admin?.end()
})

const login = (url: string) => openDatabase(url).connect(MARK)
const withPassword = (url: string, password: string) => url.replace(/:[^:@/]+@/, `${password}@`)
const rowsOf = async (sql: string) => (await session.execute(sql, 100)).results[0].rows

async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-session-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

test('who answers is asked from the server, over TLS', async () => {
  expect(session.server).toEqual({
    kind: 'postgres',
    version: expect.stringMatching(/^\d+\.\d+/),
    stringSetting: 'on',
  })
  expect(await rowsOf('SELECT pid::text FROM pg_stat_ssl WHERE ssl AND pid = pg_backend_pid()')).toEqual([
    [session.id],
  ])
})

test('Amazon tells itself apart by a function and by a setting', async () => {
  const amazon = await freshPostgresDatabase()
  const owner = await adminPg(amazon)
  await owner.query(`ALTER DATABASE ${amazon} SET rds.extensions = 'aws_s3'`)
  const rds = await login(serverUrl(amazon))
  await owner.query(`CREATE FUNCTION aurora_version() RETURNS text LANGUAGE sql AS $$ SELECT '15.4.1' $$`)
  const aurora = await login(serverUrl(amazon))
  expect([rds.server.kind, aurora.server.kind]).toEqual(['rds-postgres', 'aurora-postgres'])
  expect(aurora.server.version).toContain('15.4.1')
  await Promise.all([rds.close(), aurora.close(), owner.end()])
})

test('rows are counted, the first ones kept as the server writes them', async () => {
  const query = `SELECT seq, NULL, 'é', '\\x00ff'::bytea, 1.50, true, '2026-01-02'::date, ARRAY[1,2] a, seq * 0.1 "b""c"
    FROM generate_series(1, 250) seq`
  expect((await session.execute(query, 2)).results).toEqual([
    {
      columns: ['seq', '?column?', '?column?', 'bytea', '?column?', '?column?', 'date', 'a', 'b"c'],
      rowCount: 250,
      rows: [1, 2].map(seq => [
        ...[String(seq), null, 'é', '\\x00ff', '1.50', 't', '2026-01-02', '{1,2}', `0.${seq}`],
      ]),
    },
  ])
})

test('changes are counted, several results told apart', async () => {
  const affected = async (sql: string) => {
    const { affectedRows, results } = await session.execute(sql, 10)
    return [affectedRows, results.length]
  }
  expect(await affected('CREATE TABLE t (a int)')).toEqual([null, 0])
  expect(await affected('INSERT INTO t VALUES (1), (2), (3)')).toEqual([3, 0])
  expect(await affected('UPDATE t SET a = a + 1 WHERE a > 1 RETURNING a')).toEqual([2, 1])
  expect(await affected('CREATE TABLE u AS SELECT * FROM t')).toEqual([3, 0])
  expect(await affected('DELETE FROM u')).toEqual([3, 0])
  expect(await affected('-- nothing')).toEqual([null, 0])
  expect(await affected("BEGIN; DELETE FROM t; ROLLBACK; SELECT 'one'; SELECT a FROM t")).toEqual([3, 2])
})

test('bodies of every kind, CALL and DO, with their notices', async () => {
  await session.execute(
    'CREATE FUNCTION twice(n int) RETURNS int BEGIN ATOMIC; SELECT 1; SELECT n * 2; END',
    0,
  )
  expect(await rowsOf('SELECT twice(21)')).toEqual([['42']])
  await session.execute(
    `CREATE PROCEDURE p(INOUT n int) LANGUAGE plpgsql AS $body$
     BEGIN RAISE WARNING 'n is %', n USING ERRCODE = '01004', DETAIL = 'as ; given'; n := n + 1; COMMIT; END $body$`,
    0,
  )
  const { results, warnings } = await session.execute('CALL p(1)', 1)
  expect(results[0].rows).toEqual([['2']])
  expect(warnings).toEqual([
    {
      code: '01004',
      message: 'n is 1; as ; given; PL/pgSQL function p(integer) line 2 at RAISE',
      rowsMissing: false,
    },
  ])
  const done = await session.execute(
    `DO $$ BEGIN FOR i IN 1..99 LOOP RAISE NOTICE '%', i; END LOOP; END $$`,
    0,
  )
  expect(done.warnings.length).toBe(64)
  expect((await session.execute('SELECT 1', 1)).warnings).toEqual([])
})

test('COPY in a statement neither hangs nor fills the memory', async () => {
  await expect(session.execute('COPY t FROM STDIN', 0)).rejects.toMatchObject({ code: 'QUERY_FAILED' })
  const { affectedRows } = await session.execute(
    "COPY (SELECT repeat('x', 1000) FROM generate_series(1, 50000)) TO STDOUT",
    0,
  )
  expect(affectedRows).toBe(50_000)
})

test('a failed statement is told with its place, detail and hint, and the session goes on', async () => {
  await expect(session.execute("SELECT 'é',\n  no_such(1)", 1)).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: expect.stringMatching(/no_such\(integer\) does not exist \(42883\) at line 2, column 3$/),
    hint: expect.stringContaining('type casts'),
  })
  await expect(session.execute('SELECT 1,', 1)).rejects.toMatchObject({
    message: expect.stringMatching(/\(42601\) at line 1, column 10$/),
  })
  await session.execute('CREATE TABLE once (a int PRIMARY KEY)', 0)
  await expect(session.execute('INSERT INTO once VALUES (1), (1)', 0)).rejects.toMatchObject({
    message: expect.stringContaining('Key (a)=(1) already exists. (23505)'),
  })
  await session.execute('BEGIN', 0)
  await expect(session.execute('SELECT 1/0', 1)).rejects.toMatchObject({ code: 'QUERY_FAILED' })
  await expect(session.execute('SELECT 1', 1)).rejects.toMatchObject({
    hint: expect.stringContaining('ROLLBACK'),
  })
  await session.execute('ROLLBACK', 0)
  expect(await rowsOf('SELECT 1')).toEqual([['1']])
})

test('temporary tables, settings and transactions hold from statement to export', async () => {
  await session.execute("CREATE TEMP TABLE month AS SELECT date '2026-02-03' AS day", 0)
  await session.execute("SET datestyle = 'SQL, DMY'", 0)
  expect((await collect(session, 'SELECT day FROM month')).bytes.toString()).toBe('03/02/2026\n')
  await session.execute('BEGIN', 0)
  await session.execute('DELETE FROM month', 0)
  expect((await collect(session, 'SELECT day FROM month')).rowsRead).toBe(0)
  await session.execute('ROLLBACK', 0)
  expect((await collect(session, 'SELECT day FROM month')).rowsRead).toBe(1)
})

test('the session bears the mark, whatever the task calls itself', async () => {
  expect(await rowsOf('SHOW application_name')).toEqual([[MARK]])
  await session.execute("SET application_name = 'month end'", 0)
  expect(await rowsOf('SHOW application_name')).toEqual([[MARK]])
})

test('a client_encoding that is not that of the task is refused', async () => {
  const other = await login(serverUrl(database))
  await expect(other.execute("SET client_encoding = 'LATIN1'", 0)).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: expect.stringContaining('LATIN1'),
    hint: expect.stringContaining('CHARACTER SET'),
  })
  await other.close()
})

test('a slow store may take its time: no timeout of the server ends an idle session', async () => {
  await admin.query(`ALTER DATABASE ${database} SET idle_session_timeout = '1s'`)
  await admin.query(`ALTER DATABASE ${database} SET idle_in_transaction_session_timeout = '1s'`)
  const other = await login(serverUrl(database))
  await other.execute('BEGIN', 0)
  await sleep(1500)
  expect((await other.execute('SELECT 1', 1)).results[0].rows).toEqual([['1']])
  await other.close()
  await admin.query(`ALTER DATABASE ${database} RESET ALL`)
})

test('cancel stops a statement, and does nothing where none runs', async () => {
  const mark = `batchquery ${'long-run-id-'.repeat(5)}0123`
  const other = await openDatabase(serverUrl(database)).connect(mark)
  const { rows } = await admin.query('SELECT application_name AS name FROM pg_stat_activity WHERE pid = $1', [
    other.id,
  ])
  const known: string = rows[0].name
  expect(known).toMatch(/^batchquery long-run-id-.*~[0-9a-f]{16}$/)
  await other.cancel()
  const rejected = expect(other.execute('SELECT pg_sleep(1000)', 1)).rejects.toMatchObject({
    code: 'CANCELLED',
  })
  while ((await running(admin, known)).length === 0) await sleep(10)
  await Promise.all([other.cancel(), other.cancel()])
  await rejected
  expect(await running(admin, known)).toEqual([])
  await other.close()
})

test('a statement that does not heed the cancel is ended with its session', async () => {
  const mark = 'batchquery stubborn'
  const other = await openDatabase(serverUrl(database)).connect(mark)
  const stubborn = `DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(100);
    EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$`
  const rejected = expect(other.execute(stubborn, 0)).rejects.toMatchObject({ code: 'CANCELLED' })
  while ((await running(admin, mark)).length === 0) await sleep(10)
  await other.cancel()
  expect(await running(admin, mark)).toEqual([])
  await rejected
  await other.close()
})

test('after a lost connection the statement is looked for and stopped', async () => {
  const mark = 'batchquery lost'
  const { port } = inject('postgres')
  const proxy = await startProxy(port)
  const other = await openDatabase(serverUrl(database).replace(`:${port}/`, `:${proxy.port}/`)).connect(mark)
  const rejected = expect(other.execute('SELECT pg_sleep(1000)', 1)).rejects.toMatchObject({
    code: 'DATABASE_LOST',
    retryable: true,
  })
  while ((await running(admin, mark)).length === 0) await sleep(10)
  proxy.cutClients()
  await rejected
  expect(await running(admin, mark)).toEqual([])
  await other.close()
})

/** Passes bytes on; `cutClients` ends the connections of the clients there are, and keeps those to the server open. */
async function startProxy(target: number): Promise<{ port: number; cutClients: () => void }> {
  const clients: Socket[] = []
  const servers: Socket[] = []
  const proxy = createServer(client => {
    const server = connect(target, '127.0.0.1')
    clients.push(client)
    servers.push(server)
    client.on('data', chunk => server.write(chunk)).on('error', () => {})
    server.on('data', chunk => client.destroyed || client.write(chunk)).on('error', () => {})
  })
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of [...clients, ...servers]) socket.destroy()
    proxy.close()
  })
  const cutClients = () => {
    for (const client of clients.splice(0)) client.destroy()
  }
  return { port: portOf(proxy), cutClients }
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

test('over the socket, with and without a password', async () => {
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
    'a socket that is not there',
    () => 'postgres://u:p@localhost/db?socket=/no/such',
    { code: 'DATABASE_UNREACHABLE', message: expect.stringContaining('/no/such') },
  ],
  [
    'no TLS where the server wants it',
    () => serverUrl(database, 'sslmode=disable'),
    { code: 'TLS', hint: expect.stringContaining('sslmode=verify-full') },
  ],
  [
    'a file that is not there',
    () => serverUrl(database, 'sslrootcert=/no/such.pem&sslmode=verify-ca'),
    { code: 'CONFIG' },
  ],
])('%s: an error with its own code, a message with the value met, a hint', async (_name, url, error) => {
  await expect(login(url())).rejects.toMatchObject({ ...error, hint: expect.stringMatching(/.+/) })
})

test('a user without the right, and a server without a free connection', async () => {
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

test.each(['verify-full', 'verify-ca'])('a server that somebody else signed is refused (%s)', async mode => {
  const other = await makeCertificates(join(await freshFolder(), 'tls'))
  await expect(
    login(serverUrl(database, `sslmode=${mode}&sslrootcert=${other.caFile}`)),
  ).rejects.toMatchObject({
    code: 'TLS',
    exitCode: 4,
    hint: expect.stringContaining('sslrootcert'),
  })
})

test('verify-full wants the name of the host in the certificate, verify-ca does not', async () => {
  const { caFile } = inject('postgres')
  // an address that leads to this machine, too, and stands in no certificate
  const at = (mode: string) =>
    serverUrl(database, `sslmode=${mode}&sslrootcert=${caFile}`).replace('localhost', '0.0.0.0')
  await expect(login(at('verify-full'))).rejects.toMatchObject({ code: 'TLS' })
  await (await login(at('verify-ca'))).close()
})

/** A server that gives one answer, whatever comes; and what came. */
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

test('a server that offers no TLS is refused, and gets no password', async () => {
  const { port, received } = await startStub('N')
  const url = `postgres://u:secret-password@localhost:${port}/db?sslmode=verify-full`
  await expect(login(url)).rejects.toMatchObject({ code: 'TLS' })
  expect(received().length).toBe(8)
})

test('no server gets the password in clear text without TLS', async () => {
  const { port, received } = await startStub(Buffer.from('R\0\0\0\x08\0\0\0\x03'))
  const url = `postgres://u:secret-password@127.0.0.1:${port}/db`
  await expect(login(url)).rejects.toMatchObject({
    code: 'INSECURE',
    message: expect.stringContaining(String(port)),
  })
  expect(received().toString()).not.toContain('secret')
})

test('the password may stand in a file, read anew for every login', async () => {
  const file = join(await freshFolder(), 'password')
  const source = openDatabase(`${withPassword(serverUrl(database), '')}&passwordFile=${file}`)
  await expect(source.connect(MARK)).rejects.toMatchObject({
    code: 'CONFIG',
    message: expect.stringContaining(file),
  })
  await writeFile(file, `${inject('postgres').password}\n`)
  await (await source.connect(MARK)).close()
})
