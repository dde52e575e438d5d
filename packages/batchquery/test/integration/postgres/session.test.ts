import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { collect, openDatabase, portOf, running, serverUrl } from './session.ts'

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
const rowsOf = async (sql: string) => (await session.execute(sql, 100)).results[0].rows

test('the session asks the server for its identity, over TLS', async () => {
  expect(session.server).toEqual({
    kind: 'postgres',
    version: expect.stringMatching(/^\d+\.\d+/),
    encoding: 'UTF8',
  })
  expect(session.stringSetting).toBe('on')
  expect(await rowsOf('SELECT pid::text FROM pg_stat_ssl WHERE ssl AND pid = pg_backend_pid()')).toEqual([
    [session.id],
  ])
})

test('a server of Amazon is recognized by a function and by a setting', async () => {
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

test("the session counts rows, and keeps the first ones in the server's format", async () => {
  const query = `SELECT seq, NULL, 'é', '\\x00ff'::bytea, 1.50, true, '2026-01-02'::date, ARRAY[1,2] a, seq * 0.1 "b""c"
    FROM generate_series(1, 250) seq`
  expect((await session.execute(query, 2)).results).toEqual([
    {
      columns: ['seq', '?column?', '?column?', 'bytea', '?column?', '?column?', 'date', 'a', 'b"c'],
      origins: Array(9).fill({ table: 0, column: 0 }),
      rowCount: 250,
      rows: [1, 2].map(seq => [
        ...[String(seq), null, 'é', '\\x00ff', '1.50', 't', '2026-01-02', '{1,2}', `0.${seq}`],
      ]),
    },
  ])
})

test('the session counts changes, and separates several results', async () => {
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

test('the session runs bodies of every kind, CALL and DO, with their notices', async () => {
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

test('the error of a failed statement has its place, detail and hint, and the session goes on', async () => {
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

test('temporary tables, settings and transactions last from a statement to an export', async () => {
  await session.execute("CREATE TEMP TABLE month AS SELECT date '2026-02-03' AS day", 0)
  await session.execute("SET datestyle = 'SQL, DMY'", 0)
  expect((await collect(session, 'SELECT day FROM month')).bytes.toString()).toBe('03/02/2026\n')
  await session.execute('BEGIN', 0)
  await session.execute('DELETE FROM month', 0)
  expect((await collect(session, 'SELECT day FROM month')).rowsRead).toBe(0)
  await session.execute('ROLLBACK', 0)
  expect((await collect(session, 'SELECT day FROM month')).rowsRead).toBe(1)
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

test('no timeout of the server ends an idle session when the store is slow', async () => {
  await admin.query(`ALTER DATABASE ${database} SET idle_session_timeout = '1s'`)
  await admin.query(`ALTER DATABASE ${database} SET idle_in_transaction_session_timeout = '1s'`)
  const other = await login(serverUrl(database))
  await other.execute('BEGIN', 0)
  await sleep(1500)
  expect((await other.execute('SELECT 1', 1)).results[0].rows).toEqual([['1']])
  await other.close()
  await admin.query(`ALTER DATABASE ${database} RESET ALL`)
})

test('cancel stops a statement, and does nothing when none runs', async () => {
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
  await expect.poll(() => running(admin, known)).not.toEqual([])
  await Promise.all([other.cancel(), other.cancel()])
  await rejected
  expect(await running(admin, known)).toEqual([])
  await other.close()
})

test('a statement that ignores the cancel is ended with its session', async () => {
  const mark = 'batchquery stubborn'
  const other = await openDatabase(serverUrl(database)).connect(mark)
  const stubborn = `DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(100);
    EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$`
  const rejected = expect(other.execute(stubborn, 0)).rejects.toMatchObject({ code: 'CANCELLED' })
  await expect.poll(() => running(admin, mark)).not.toEqual([])
  await other.cancel()
  expect(await running(admin, mark)).toEqual([])
  await rejected
  await other.close()
})

test('a statement is found and stopped after a lost connection', async () => {
  const mark = 'batchquery lost'
  const { port } = inject('postgres')
  const proxy = await startProxy(port)
  const other = await openDatabase(serverUrl(database).replace(`:${port}/`, `:${proxy.port}/`)).connect(mark)
  const rejected = expect(other.execute('SELECT pg_sleep(1000)', 1)).rejects.toMatchObject({
    code: 'DATABASE_LOST',
    retryable: true,
  })
  await expect.poll(() => running(admin, mark)).not.toEqual([])
  proxy.cutClients()
  await rejected
  expect(await running(admin, mark)).toEqual([])
  await other.close()
})

/** Passes bytes on. `cutClients` ends the connections of the present clients, and keeps those to the server open. */
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
