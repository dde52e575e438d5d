import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Client } from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { collect, openDatabase, running, serverUrl } from './session.ts'

const run = promisify(execFile)

let database: string
let admin: Client

beforeAll(async () => {
  database = await freshPostgresDatabase()
  admin = await adminPg(database)
})

afterAll(() => admin?.end())

const MARK = 'batchquery own-session'
const login = (mark = MARK) => openDatabase(serverUrl(database)).connect(mark)

/** The output of the server's own client for statements, one value per line. */
async function psql(...statements: string[]): Promise<string[]> {
  const { port, user, password, caFile } = inject('postgres')
  const env = {
    PATH: process.env.PATH,
    ...{
      PGHOST: 'localhost',
      PGPORT: String(port),
      PGUSER: user,
      PGPASSWORD: password,
      PGDATABASE: database,
    },
    ...{ PGSSLMODE: 'verify-full', PGSSLROOTCERT: caFile },
  }
  const args = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', ...statements.flatMap(sql => ['-c', sql])]
  const { stdout } = await run('psql', args, { env, maxBuffer: 1e8 })
  return stdout.split('\n').slice(0, -1)
}

const SETTINGS = "SELECT name || '=' || coalesce(setting, '') FROM pg_settings ORDER BY name"

async function differingSettings(): Promise<string[]> {
  const session = await login()
  const { results } = await session.execute(SETTINGS, 10_000)
  await session.close()
  const ours = results[0].rows.map(([setting]) => setting ?? '')
  const theirs = await psql(SETTINGS)
  expect(ours.length).toBeGreaterThan(300)
  return ours.filter(setting => !theirs.includes(setting))
}

test("a session has the settings of the server's own client, except its name", async () => {
  expect(await differingSettings()).toEqual([`application_name=${MARK}`])
})

test('a session turns off only the timeouts that would end an idle session', async () => {
  const others = ['statement_timeout', 'lock_timeout']
  for (const name of ['idle_session_timeout', 'idle_in_transaction_session_timeout', ...others])
    await admin.query(`ALTER DATABASE ${database} SET ${name} = '1h'`)
  try {
    expect(await differingSettings()).toEqual([
      `application_name=${MARK}`,
      'idle_in_transaction_session_timeout=0',
      'idle_session_timeout=0',
    ])
  } finally {
    await admin.query(`ALTER DATABASE ${database} RESET ALL`)
  }
})

/** Everything by which a session can see what ran in it before. */
const WITNESSES = [
  'SHOW application_name',
  'SELECT lastval()',
  'SELECT pg_current_xact_id_if_assigned() IS NULL',
  'SELECT count(*) FROM pg_prepared_statements',
  'SELECT count(*) FROM pg_cursors',
  'SELECT transaction_timestamp() = statement_timestamp()',
  "SELECT current_setting('datestyle')",
]

// A Parquet file needs a cast of the column b.
const EXPORTS = [
  ['TEXT', 'SELECT a, $$é$$ AS b FROM t'],
  ['PARQUET', 'SELECT a, ARRAY[$$é$$] AS b FROM t'],
] as const

test.each(EXPORTS)(
  'an export of %s leaves the settings of the session as they are',
  async (format, query) => {
    const session = await login()
    const before = [
      'CREATE TEMP TABLE t AS SELECT 1 a',
      "SET TimeZone = 'America/New_York'",
      "SET DateStyle = 'SQL, DMY'",
      'SET extra_float_digits = 0',
      "SET bytea_output = 'escape'",
    ]
    for (const sql of before) await session.execute(sql, 0)
    expect((await collect(session, query, { format })).rowsRead).toBe(1)
    const { results } = await session.execute(SETTINGS, 10_000)
    await session.close()
    const ours = results[0].rows.map(([setting]) => setting ?? '')
    const theirs = await psql(...before, SETTINGS)
    expect(ours.filter(setting => !theirs.includes(setting))).toEqual([`application_name=${MARK}`])
  },
)

test.each(EXPORTS)(
  'after an export of %s, the next statement sees the same as in the server’s own client',
  async (format, query) => {
    const script = [
      'CREATE TEMP TABLE t (id serial, a text)',
      "INSERT INTO t (a) VALUES ('x'), ('y')",
      "SET application_name = 'month end'",
      ...WITNESSES,
      'PREPARE p AS SELECT 1',
      'BEGIN',
      // This must precede any query of the transaction.
      "SET LOCAL application_name = 'audit'",
      'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE',
      'SHOW transaction_isolation',
      "INSERT INTO t (a) VALUES ('z')",
      'DECLARE c CURSOR FOR SELECT a FROM t',
      'FETCH 1 FROM c',
      ...WITNESSES.filter(sql => !sql.includes('timestamp')),
      'SAVEPOINT s',
      'ROLLBACK TO s',
      ...WITNESSES.filter(sql => !sql.includes('timestamp')),
      'ROLLBACK',
      ...WITNESSES,
    ]
    const session = await login()
    const seen: (string | null)[] = []
    const exported: number[] = []
    for (const sql of script) {
      const { results } = await session.execute(sql, 100)
      seen.push(...results.flatMap(({ rows }) => rows.map(([value]) => value ?? '')))
      // An export leaves no more behind than a SELECT would.
      if (sql !== 'BEGIN' && !sql.includes('LOCAL'))
        exported.push((await collect(session, query, { format, header: format === 'TEXT' })).rowsRead)
    }
    await session.close()
    expect(seen).toEqual(await psql(...script))
    // The table when it was created, filled, filled in the transaction, and after that.
    expect(exported.filter((rows, at) => rows !== exported[at - 1])).toEqual([0, 2, 3, 2])
  },
)

test('a session that the task has renamed is ended by its mark, and by no other', async () => {
  const session = await login('batchquery renamed')
  await session.execute("SET application_name = 'month end'", 0)
  const ended = session.execute('SELECT pg_sleep(1000)', 1).catch((error: unknown) => error)
  await expect.poll(() => running(admin, 'month end')).toHaveLength(1)
  const endSessions = (mark: string) => openDatabase(serverUrl(database)).endSessions([session.id], mark)
  await endSessions('batchquery rename')
  expect(await running(admin, 'month end')).toHaveLength(1)
  await endSessions('batchquery renamed')
  expect(await running(admin, 'month end')).toEqual([])
  expect(await ended).toMatchObject({ code: 'QUERY_FAILED' })
})
