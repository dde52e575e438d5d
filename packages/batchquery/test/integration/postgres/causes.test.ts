import { randomBytes } from 'node:crypto'
import type { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { collect, openDatabase, running, serverUrl } from './session.ts'

const MARK = 'batchquery causes'

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

/** The error of an export. */
const exportError = (sql: string, characterSet: string | null = null) =>
  collect(session, sql, { characterSet }).then(
    () => null,
    (error: unknown) => error,
  )
const errorOf = (sql: string) =>
  session.execute(sql, 1).then(
    () => null,
    (error: unknown) => error,
  )
const cause = (sqlState: string, hint: string | null, code = 'QUERY_FAILED') => ({
  code,
  message: expect.stringContaining(`(${sqlState})`),
  hint: hint === null ? null : expect.stringContaining(hint),
})

describe('the hint of state 22P05 fits', () => {
  test('a character that the character set of the export lacks', async () => {
    expect(await exportError("SELECT '日本'", 'latin1')).toMatchObject(
      cause('22P05', 'CHARACTER SET utf8mb4'),
    )
  })

  test('a conversion in the query itself', async () => {
    const convert = "SELECT convert_to('日本', 'LATIN1')"
    for (const error of [
      await exportError(convert),
      await exportError(convert, 'latin1'),
      await errorOf(convert),
    ])
      expect(error).toMatchObject(cause('22P05', 'from UTF8 to LATIN1'))
    const same = "SELECT convert_to('日本', 'WIN1252')"
    expect(await exportError(same, 'latin1')).toMatchObject(cause('22P05', 'from UTF8 to WIN1252'))
    expect(await exportError("SELECT convert('\\xe697a5', 'UTF8', 'LATIN1')")).toMatchObject(
      cause('22P05', 'The statement converts'),
    )
  })

  test.each(['SELECT \'{"a":"\\u0000"}\'::json ->> \'a\'', 'SELECT \'{"a":"\\u0000"}\'::jsonb'])(
    'JSON with \\u0000: %s',
    async sql => {
      for (const error of [await exportError(sql), await exportError(sql, 'latin1'), await errorOf(sql)])
        expect(error).toMatchObject(cause('22P05', 'Remove the character \\u0000 from the JSON'))
    },
  )

  test('is right: its repair works', async () => {
    const repaired = `SELECT replace('{"a":"x\\u0000y"}'::json::text, '\\u0000', '')::json ->> 'a'`
    expect((await collect(session, repaired)).bytes.toString()).toBe('xy\n')
  })

  test('a database whose encoding lacks a character', async () => {
    const name = `enc_${randomBytes(6).toString('hex')}`
    await admin.query(`CREATE DATABASE ${name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`)
    const latin1 = await openDatabase(serverUrl(name)).connect(MARK)
    const error = (sql: string) => latin1.execute(sql, 1).catch((thrown: unknown) => thrown)
    expect(await error("SELECT '日本'")).toMatchObject(cause('22P05', 'stores text in LATIN1'))
    expect(await error('SELECT \'{"a":"\\u65e5"}\'::json ->> \'a\'')).toMatchObject(cause('22P05', 'lacks'))
    await latin1.close()
    await admin.query(`DROP DATABASE ${name}`)
  })

  test('bytes that are no characters are exported as they are stored', async () => {
    const name = `enc_${randomBytes(6).toString('hex')}`
    await admin.query(`CREATE DATABASE ${name} ENCODING 'WIN1252' LOCALE 'C' TEMPLATE template0`)
    const win = await openDatabase(serverUrl(name)).connect(MARK)
    await win.execute('CREATE TABLE t AS SELECT chr(129) AS a', 0)
    await expect(collect(win, 'SELECT a FROM t')).rejects.toMatchObject(
      cause('22P05', 'not characters of WIN1252: write CHARACTER SET latin1'),
    )
    expect((await collect(win, 'SELECT a FROM t', { characterSet: 'latin1' })).bytes).toEqual(
      Buffer.from([0x81, 0x0a]),
    )
    await win.close()
    await admin.query(`DROP DATABASE ${name}`)
  })
})

describe('the hint of state 57014 fits', () => {
  test('a COPY that waits for rows', async () => {
    await session.execute('CREATE TEMP TABLE rows_wanted (a int)', 0)
    for (const sql of ['COPY rows_wanted FROM STDIN', 'copy rows_wanted (a) from stdin with (format csv)'])
      expect(await errorOf(sql)).toMatchObject({
        code: 'QUERY_FAILED',
        message: expect.stringContaining('a task has no input'),
        hint: expect.not.stringContaining('timeout'),
      })
    expect((await session.execute('SELECT 1', 1)).results[0].rows).toEqual([['1']])
  })

  test('a timeout of statements', async () => {
    await session.execute("SET statement_timeout = '20ms'", 0)
    expect(await errorOf('SELECT pg_sleep(10)')).toMatchObject(cause('57014', 'SET statement_timeout = 0'))
    expect(await exportError('SELECT pg_sleep(10)')).toMatchObject(
      cause('57014', 'SET statement_timeout = 0'),
    )
    await session.execute('RESET statement_timeout', 0)
  })

  test('a cancel by another session', async () => {
    const rejected = errorOf('SELECT pg_sleep(1000)')
    await expect.poll(() => running(admin, MARK)).not.toEqual([])
    await admin.query('SELECT pg_cancel_backend($1)', [session.id])
    expect(await rejected).toMatchObject(cause('57014', 'pg_cancel_backend'))
  })

  test('a timeout of locks, which is another state', async () => {
    await session.execute('CREATE TABLE locked (a int)', 0)
    await admin.query('BEGIN')
    await admin.query('LOCK TABLE locked')
    await session.execute("SET lock_timeout = '20ms'", 0)
    expect(await errorOf('SELECT * FROM locked')).toMatchObject(
      cause('55P03', 'Another session blocked the statement'),
    )
    await session.execute('RESET lock_timeout', 0)
    await admin.query('ROLLBACK')
  })
})

test.each(['57014', '22P05', '57P01', '08006', '28000', '42501'])(
  'an error that the task raises as %s has no hint about another cause',
  async sqlState => {
    const sql = `DO $$ BEGIN RAISE EXCEPTION 'mine' USING ERRCODE = '${sqlState}'; END $$`
    const code = sqlState === '42501' ? 'PERMISSION' : 'QUERY_FAILED'
    expect(await errorOf(sql)).toMatchObject(cause(sqlState, null, code))
    expect((await session.execute('SELECT 1', 1)).results[0].rows).toEqual([['1']])
  },
)

test('a connection that the server could not make is not that of the task', async () => {
  await session.execute('CREATE EXTENSION IF NOT EXISTS dblink', 0)
  expect(await errorOf("SELECT * FROM dblink('host=/no/such', 'SELECT 1') AS t (a int)")).toMatchObject({
    code: 'QUERY_FAILED',
    retryable: false,
    message: expect.stringContaining('(08001)'),
  })
  expect(await errorOf("SELECT dblink_exec('nobody', 'SELECT 1')")).toMatchObject({ code: 'QUERY_FAILED' })
  expect((await session.execute('SELECT 1', 1)).results[0].rows).toEqual([['1']])
})

test('files of the server and commands of psql have a hint for a task', async () => {
  await session.execute('SET ROLE pg_monitor', 0)
  for (const sql of ["COPY (SELECT 1) TO '/tmp/x'", "COPY (SELECT 1) TO PROGRAM 'cat'"])
    expect(await errorOf(sql)).toMatchObject(cause('42501', 'INTO OUTFILE S3', 'PERMISSION'))
  await session.execute('RESET ROLE', 0)
  await session.execute('CREATE TEMP TABLE from_file (a int)', 0)
  expect(await errorOf("COPY from_file FROM '/no/such/file'")).toMatchObject(
    cause('58P01', 'INTO OUTFILE S3'),
  )
  expect(await errorOf("\\copy from_file from 'x'")).toMatchObject(cause('42601', 'command of psql'))
})
