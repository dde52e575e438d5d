import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConnection } from 'mysql2'
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { ask } from '../../../src/database/mysql/ask.ts'
import { beginSession } from '../../../src/database/mysql/begin-session.ts'
import { makeCertificates } from '../../setup/certificates.ts'
import { freshDatabase } from '../../setup/mariadb-client.ts'
import { numbers } from '../../setup/mysql-numbers.ts'
import { openDatabase, serverUrl } from './session.ts'

const MARK = 'batchquery session-test'

let database: string
let session: Session

beforeAll(async () => {
  database = await freshDatabase()
  session = await openDatabase(serverUrl(database)).connect(MARK)
})

afterAll(() => session.close())

async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-session-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const login = (url: string) => openDatabase(url).connect(MARK)

test('the session asks the server for its identity', async () => {
  const { results } = await session.execute('SELECT CONNECTION_ID(), VERSION(), @@sql_mode', 1)
  const [[id, version, sqlMode]] = results[0].rows
  expect(session.id).toBe(id)
  expect(session.server).toEqual({
    kind: version?.includes('MariaDB') ? 'mariadb' : 'mysql',
    version,
  })
  expect(session.stringSetting).toBe(sqlMode)
  expect(sqlMode).toContain('STRICT_TRANS_TABLES')
})

test('a session without its own id is refused, because no process could stop its statements', async () => {
  const { host, port, user, password } = inject('mariadb')
  const connection = createConnection({ host, port, user, password })
  onTestFinished(() => connection.destroy())
  await new Promise<void>((resolve, reject) =>
    connection.connect(error => (error ? reject(error) : resolve())),
  )
  await ask(connection, 'SET pseudo_thread_id = 0')
  await expect(beginSession(connection)).rejects.toMatchObject({
    code: 'CONFIG',
    message: 'the server reports "0" as the id of this session',
    hint: expect.stringContaining('CONNECTION_ID()'),
  })
})

// Each question is a round trip, which may be long.
test('a session begins with few questions', async () => {
  const fresh = await login(serverUrl(database))
  const { results } = await fresh.execute("SHOW SESSION STATUS LIKE 'Questions'", 1)
  await fresh.close()
  // This question counts too.
  expect(Number(results[0].rows[0][1]) - 1).toBeLessThanOrEqual(3)
})

test('statements return previews as text, counts, changes, several results and warnings', async () => {
  const query = `SELECT seq, NULL, 'é', X'00FF', 1.50, NOW(6) > 0 FROM ${numbers(250)} ORDER BY seq`
  const rows = await session.execute(query, 3)
  expect(rows.results).toEqual([
    {
      sources: Array.from({ length: 6 }, () => expect.any(Object)),
      columns: ['seq', 'NULL', 'é', "X'00FF'", '1.50', 'NOW(6) > 0'],
      rowCount: 250,
      rows: [1, 2, 3].map(seq => [String(seq), null, 'é', '0x00FF', '1.50', '1']),
    },
  ])
  await session.execute('CREATE TABLE t (a INT)', 0)
  expect(await session.execute('INSERT INTO t VALUES (1), (2)', 0)).toMatchObject({
    affectedRows: 2,
    results: [],
  })
  await session.execute(
    "CREATE PROCEDURE p() BEGIN SELECT 'one'; SELECT a FROM t ORDER BY a; UPDATE t SET a = a + 1; END",
    0,
  )
  const { results } = await session.execute('CALL p()', 10)
  expect(results.map(result => result.rows)).toEqual([[['one']], [['1'], ['2']]])
  const { warnings } = await session.execute("SELECT CAST('12abc' AS SIGNED)", 1)
  expect(warnings).toEqual([{ code: '1292', message: expect.stringContaining('12abc'), rowsMissing: false }])
})

test('statements contain the mark, and keep the line numbers of the task', async () => {
  const { results } = await session.execute('SHOW FULL PROCESSLIST', 1000)
  const own = results[0].rows.find(([id]) => id === session.id)
  expect(own?.[7]).toBe(`/* ${MARK} */ SHOW FULL PROCESSLIST`)
  await expect(session.execute('SELECT 1,\n2,\nFROM', 1)).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: expect.stringContaining('line 3'),
  })
})

test('the session waits for hours for a slow store', async () => {
  const { results } = await session.execute('SELECT @@net_write_timeout, @@wait_timeout', 1)
  expect(results[0].rows).toEqual([['28800', '28800']])
})

test.each([
  [
    'a wrong password',
    () => serverUrl(database).replace(/:[^:@/]+@/, ':wrong@'),
    { code: 'AUTHENTICATION', message: expect.stringContaining('1045') },
  ],
  [
    'no password',
    () => serverUrl(database).replace(/:[^:@/]+@/, '@'),
    { code: 'AUTHENTICATION', exitCode: 4 },
  ],
  [
    'an unknown database',
    () => serverUrl('no_such_database'),
    { message: expect.stringContaining('no_such_database') },
  ],
  [
    'an unknown host',
    () => 'mysql://u@no-such-host.invalid/db',
    {
      code: 'DATABASE_UNREACHABLE',
      retryable: true,
      message: expect.stringContaining('no-such-host.invalid'),
    },
  ],
  ['a closed port', () => 'mysql://u@127.0.0.1:1/db', { code: 'DATABASE_UNREACHABLE' }],
  [
    'an address instead of a name that must be checked',
    () => serverUrl(database).replace('localhost', '127.0.0.1'),
    { code: 'TLS', message: expect.stringContaining('127.0.0.1') },
  ],
  [
    'a missing file',
    () => serverUrl(database, 'sslmode=verify-full&sslrootcert=/no/such.pem'),
    { code: 'CONFIG' },
  ],
])(
  '%s causes an error with its own code, a message with the value, and a hint',
  async (_name, url, error) => {
    await expect(login(url())).rejects.toMatchObject({ ...error, hint: expect.stringMatching(/.+/) })
  },
)

test.each(['verify-full', 'verify-ca'])('a server of another authority is refused (%s)', async mode => {
  const other = await makeCertificates(join(await freshFolder(), 'tls'))
  const url = serverUrl(database, `sslmode=${mode}&sslrootcert=${other.caFile}`)
  await expect(login(url)).rejects.toMatchObject({
    code: 'TLS',
    exitCode: 4,
    hint: expect.stringContaining('sslrootcert'),
  })
})

test('a server that offers no TLS is refused and receives no password', async () => {
  const received: Buffer[] = []
  const greeting = Buffer.from(
    '0a352e352e3500010000004141414141414141000 0a2ff0200002f0000000000000000000042424242424242424242424200'.replaceAll(
      ' ',
      '',
    ),
    'hex',
  )
  const server = createServer(socket => {
    socket.on('data', chunk => received.push(chunk))
    socket.write(Buffer.concat([Buffer.from([greeting.length, 0, 0, 0]), greeting]))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const url = `mysql://u:secret-password@localhost:${port}/db?sslmode=verify-full`
  await expect(login(url)).rejects.toMatchObject({ code: 'TLS' })
  expect(Buffer.concat(received).length).toBe(0)
})

test('the password may be in a file, which is read again for every login', async () => {
  const file = join(await freshFolder(), 'password')
  const url = `${serverUrl(database).replace(/:[^:@/]+@/, '@')}&passwordFile=${file}`
  const source = openDatabase(url)
  await expect(source.connect(MARK)).rejects.toMatchObject({
    code: 'CONFIG',
    message: expect.stringContaining(file),
  })
  await writeFile(file, `${inject('mariadb').password}\n`)
  await (await source.connect(MARK)).close()
})
