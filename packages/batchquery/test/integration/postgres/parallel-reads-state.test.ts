import type { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { askSession } from '../../../src/database/ask-session.ts'
import type { Session } from '../../../src/database/database.ts'
import { refuseOtherState, type SessionState } from '../../../src/database/parallel-reads.ts'
import { POSTGRES_PARALLEL_READS as READS } from '../../../src/database/postgres/parallel/parallel-reads.ts'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { readInParallel, request } from './parallel-reads.ts'
import { openDatabase, serverUrl } from './session.ts'

let database: string
let admin: Client
let session: Session
let reader: Session

beforeAll(async () => {
  database = await freshPostgresDatabase()
  admin = await adminPg(database)
  await admin.query(`
    CREATE TABLE moments (id int PRIMARY KEY, at timestamptz, n float8, b bytea, i interval);
    INSERT INTO moments VALUES (1, '2026-03-04 05:06:07+00', 1/3.0, '\\x00ff', '1 day -2 hours');
    CREATE SCHEMA other;
    CREATE TABLE other.moments (id int PRIMARY KEY, at timestamptz, n float8, b bytea, i interval);
    CREATE TABLE tenants (id int PRIMARY KEY, tenant text);
    INSERT INTO tenants SELECT i, 't' || i % 3 FROM generate_series(1, 300) i;
    ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
    CREATE FUNCTION tenant_now() RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN current_setting('app.tenant_of_function', true); END $$;
    CREATE POLICY own ON tenants USING (tenant = current_setting('app.tenant', true) OR tenant = tenant_now());
    CREATE ROLE ${database}_reader; GRANT SELECT ON tenants, moments TO ${database}_reader;
    ANALYZE`)
})

afterAll(async () => {
  await admin?.query(`DROP OWNED BY ${database}_reader; DROP ROLE ${database}_reader`)
  await admin?.end()
})

const connect = () => openDatabase(serverUrl(database)).connect('batchquery state-test')

beforeEach(async () => {
  session = await connect()
  reader = await connect()
})

afterEach(async () => {
  await session.close()
  await reader.close()
})

const QUERY = 'SELECT * FROM moments'

async function setUp({ setup, check, ...state }: SessionState): Promise<void> {
  for (const statement of setup) await reader.execute(statement, 0)
  refuseOtherState(state, await askSession(reader, check))
}

const STATES: readonly (readonly [name: string, statement: string, question: string])[] = [
  ['search_path', 'SET search_path = other, "Odd, name", public', QUERY],
  ['the role', `SET ROLE {database}_reader`, 'SELECT current_user, session_user'],
  [
    'the session authorization',
    `SET SESSION AUTHORIZATION {database}_reader`,
    'SELECT current_user, session_user',
  ],
  ['the time zone', `SET TIME ZONE 'Asia/Kolkata'`, QUERY],
  ['a time zone of an offset', 'SET TIME ZONE -3.5', QUERY],
  ['a time zone of an interval', `SET TIME ZONE INTERVAL '+05:45' HOUR TO MINUTE`, QUERY],
  ['DateStyle', 'SET DateStyle = German', QUERY],
  ['IntervalStyle', 'SET IntervalStyle = sql_standard', QUERY],
  ['extra_float_digits', 'SET extra_float_digits = -5', QUERY],
  ['bytea_output', 'SET bytea_output = escape', QUERY],
  ['a setting with a unit', `SET work_mem = '77MB'`, 'SHOW work_mem'],
  ['a setting of the planner', 'SET random_page_cost = 1.37', 'SHOW random_page_cost'],
  ['how strings are read', 'SET standard_conforming_strings = off', `SELECT 'a\\\\b'`],
  ['a setting by set_config', `SELECT set_config('xmloption', 'document', false)`, 'SHOW xmloption'],
  ['a value with quotes', `SET lc_time = 'C'; SET search_path = "it's", 'b\\'`, 'SHOW search_path'],
]

test.each(STATES)('a reader gets %s of the task', async (_, statement, question) => {
  await session.execute(statement.replace('{database}', database), 0)
  const before = await askSession(reader, question)
  const expected = await askSession(session, question)
  await setUp(await READS.state(session, 'SELECT 1'))
  expect(await askSession(reader, question)).toEqual(expected)
  expect(before).not.toEqual(expected)
})

test('a reader gets what the task has set for its transaction', async () => {
  await session.execute('BEGIN', 0)
  await session.execute(`SET LOCAL TIME ZONE 'Asia/Tokyo'`, 0)
  await setUp(await READS.state(session, QUERY))
  expect(await askSession(reader, QUERY)).toEqual(await askSession(session, QUERY))
  await session.execute('COMMIT', 0)
})

test('a reader gets settings that exist only in the session, if the query reads them', async () => {
  await session.execute(`SET app.tenant = 't1'`, 0)
  await session.execute(`SELECT set_config('app.tenant_of_function', 't''2', false)`, 0)
  await session.execute(`SET ROLE ${database}_reader`, 0)
  const query = `SELECT id, tenant, current_setting( 'app.tenant' ) FROM tenants`
  const { ranges } = await readInParallel(database, request(query), { session })
  expect(ranges.flat()).toHaveLength(100)
  const state = await READS.state(session, query)
  expect(state.expected).toContainEqual(['app.tenant', 't1'])
  expect(state.expected).toContainEqual(['app.tenant_of_function', "t'2"])
})

test('a query that reads a setting by a computed name is refused', async () => {
  await expect(
    READS.state(session, `SELECT current_setting('app.' || 'tenant', true)`),
  ).rejects.toMatchObject({
    code: 'UNSUPPORTED_CLAUSE',
    message: expect.stringContaining('a setting whose name is an expression'),
  })
})

test('a reader that has another value is refused', async () => {
  await session.execute(`SET TIME ZONE 'Asia/Kolkata'`, 0)
  const { check, expected } = await READS.state(session, QUERY)
  const rows = await askSession(reader, check)
  expect(() => refuseOtherState({ expected }, rows)).toThrow(
    /a reader's session has .* but the task's session has/,
  )
  const state = await READS.state(session, QUERY)
  for (const statement of state.setup) await reader.execute(statement, 0)
  await reader.execute('SET TIME ZONE UTC', 0)
  const others = await askSession(reader, state.check)
  expect(() => refuseOtherState(state, others)).toThrow(
    /has TimeZone "UTC", but the task's session has "Asia\/Kolkata"/,
  )
})

test('a reader of another database, or of another server, is refused', async () => {
  const other = await openDatabase(serverUrl('postgres')).connect('batchquery state-test')
  try {
    const state = await READS.state(session, QUERY)
    for (const statement of state.setup) await other.execute(statement, 0)
    const rows = await askSession(other, state.check)
    expect(() => refuseOtherState(state, rows)).toThrow(
      /has database "postgres", but the task's session has "test_/,
    )
    for (const name of ['system identifier', 'server port', 'start of the server']) {
      const moved = state.expected.map(([of, value]) => [of, of === name ? '1' : value])
      expect(() => refuseOtherState(state, moved)).toThrow(`PARALLEL: a reader's session has ${name} "1"`)
    }
  } finally {
    await other.close()
  }
})

test('a session that a pool moves to another backend is refused', async () => {
  const moved: Session = new Proxy(session, {
    get: (of, name) => {
      if (name === 'id') return '1'
      const value: unknown = Reflect.get(of, name)
      return typeof value === 'function' ? value.bind(of) : value
    },
  })
  await expect(READS.state(moved, QUERY)).rejects.toThrow(
    /the task's session was backend 1 and is backend \d+ now/,
  )
  const state = await READS.state(session, QUERY)
  for (const statement of state.setup) await reader.execute(statement, 0)
  await reader.execute(`SET batchquery.backend = '1'`, 0)
  const rows = await askSession(reader, state.check)
  expect(() => refuseOtherState(state, rows)).toThrow(/has one backend for all statements "false"/)
})

test('a transaction that has written is refused, and one that has not is not', async () => {
  await session.execute('BEGIN', 0)
  await session.execute(QUERY, 0)
  await READS.state(session, QUERY)
  await session.execute('UPDATE moments SET n = 1', 0)
  await expect(READS.state(session, QUERY)).rejects.toMatchObject({
    code: 'UNSUPPORTED_CLAUSE',
    message: expect.stringMatching(/^PARALLEL: transaction \d+ of the task's session has written/),
    hint: expect.stringContaining('COMMIT before the export'),
  })
  await session.execute('ROLLBACK', 0)
  await READS.state(session, QUERY)
})

test('reading the state leaves the session as it was', async () => {
  const settings = `SELECT name, setting FROM pg_settings ORDER BY name`
  const before = await askSession(session, settings)
  await READS.state(session, QUERY)
  expect(await askSession(session, settings)).toEqual(before)
  expect(await askSession(session, `SELECT current_setting('batchquery.backend', true)`)).toEqual([[null]])
})
