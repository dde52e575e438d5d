import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { ServerWarning, Session } from '../../../src/database/database.ts'
import { freshDatabase, runAsAdmin } from '../../setup/mariadb-client.ts'
import { collect, openDatabase, serverUrl } from '../mysql/session.ts'

/*
 * MariaDB cuts a result at LIMIT ROWS EXAMINED and reports success with a warning. Other warnings of the statement may hide it,
 * because the server lists only max_error_count warnings.
 */

const CUT = 'SELECT seq / 0 AS x FROM seq_1_to_100000 LIMIT ROWS EXAMINED 1000'
const HARMLESS = 'SELECT seq / 0 AS x FROM seq_1_to_100'

let database: string
let session: Session

beforeAll(async () => {
  database = await freshDatabase()
  await runAsAdmin(
    `USE ${database}`,
    "SET sql_mode = 'ERROR_FOR_DIVISION_BY_ZERO'",
    'CREATE TABLE kept (x DOUBLE)',
    `CREATE PROCEDURE cuts() ${CUT}`,
    `CREATE PROCEDURE cuts_first() BEGIN ${CUT}; SELECT 1; END`,
    `CREATE PROCEDURE \`cuts below\`() CALL cuts()`,
    `CREATE PROCEDURE cuts_an_insert() INSERT INTO kept ${CUT}`,
  )
})

async function freshSession(url = serverUrl(database)): Promise<Session> {
  const opened = await openDatabase(url).connect('batchquery missing-rows')
  await opened.execute("SET sql_mode = 'ERROR_FOR_DIVISION_BY_ZERO'", 0)
  return opened
}

beforeAll(async () => {
  session = await freshSession()
})
afterAll(() => session.close())

const saysMissing = (warnings: readonly ServerWarning[]): boolean =>
  warnings.some(({ rowsMissing }) => rowsMissing)

/** As in a task in which another statement follows. */
async function executed(sql: string, on = session): Promise<boolean> {
  const late: ServerWarning[] = []
  const { warnings } = await on.execute(sql, 1, some => late.push(...some))
  return saysMissing([...warnings, ...late])
}

const streamed = async (sql: string) => saysMissing((await collect(session, sql)).warnings)
/** The session prepares the query, and its rows come in the binary protocol. */
const streamedInBinary = async (sql: string) =>
  saysMissing((await collect(session, sql.replace('seq / 0', 'seq / 0e0'), { format: 'PARQUET' })).warnings)

const KINDS: readonly (readonly [kind: string, of: (query: string) => string])[] = [
  ['a SELECT', query => query],
  ['INSERT ... SELECT', query => `INSERT INTO kept ${query}`],
  ['REPLACE ... SELECT', query => `REPLACE INTO kept ${query}`],
  ['CREATE TABLE AS', query => `CREATE OR REPLACE TEMPORARY TABLE made AS ${query}`],
  ['a SELECT behind a comment', query => `-- all of them\n/* now */ ${query}`],
  ['SET STATEMENT ... FOR', query => `SET STATEMENT max_statement_time = 100 FOR ${query}`],
  ['EXECUTE IMMEDIATE', query => `EXECUTE IMMEDIATE '${query}'`],
  ['a compound statement', query => `BEGIN NOT ATOMIC ${query}; END`],
  ['a compound statement with another result', query => `BEGIN NOT ATOMIC ${query}; SELECT 1; END`],
]

test.each([64, 0, 1, 20_000])('missing rows are reported when the server lists %i warnings', async most => {
  await session.execute(`SET max_error_count = ${most}`, 0)
  for (const [kind, of] of KINDS) expect([kind, await executed(of(CUT))]).toEqual([kind, true])
  for (const name of ['cuts', 'cuts_first', 'cuts_an_insert', '`cuts below`'])
    expect([name, await executed(`CALL ${name}()`)]).toEqual([name, true])
  for (const call of [
    '/* as always */ CALL cuts()',
    '/*!50000 CALL cuts() */',
    'SET STATEMENT sort_buffer_size = 100000 FOR CALL cuts()',
  ])
    expect([call, await executed(call)]).toEqual([call, true])
  expect(await executed('BEGIN')).toBe(false)
  expect(await executed('BEGIN WORK')).toBe(false)
  await session.execute(`PREPARE p FROM '${CUT}'`, 0)
  expect(await executed('EXECUTE p')).toBe(true)
  expect(await streamed(CUT)).toBe(true)
  expect(await streamedInBinary(CUT)).toBe(true)
})

test('a hundred harmless warnings are a success, no matter how many the server lists', async () => {
  await runAsAdmin(
    `USE ${database}`,
    'CREATE TABLE harmless (x DOUBLE)',
    "SET sql_mode = 'ERROR_FOR_DIVISION_BY_ZERO'",
    `CREATE OR REPLACE PROCEDURE divides() ${HARMLESS}`,
    `CREATE OR REPLACE PROCEDURE divides_first() BEGIN ${HARMLESS}; SELECT 1; END`,
    'CREATE OR REPLACE PROCEDURE divides_below() CALL divides()',
  )
  const calm = await freshSession()
  for (const most of [64, 0, 1000]) {
    await calm.execute(`SET max_error_count = ${most}`, 0)
    for (const [kind, of] of KINDS) expect([kind, await executed(of(HARMLESS), calm)]).toEqual([kind, false])
    for (const name of ['divides', 'divides_first', 'divides_below'])
      expect([name, await executed(`CALL ${name}()`, calm)]).toEqual([name, false])
    expect(await streamed(HARMLESS)).toBe(false)
    expect(await streamedInBinary(HARMLESS)).toBe(false)
  }
  await calm.close()
})

test('a routine that the user may run but not read fails when its warnings hide others', async () => {
  const user = `reader_${database}`
  const { port, caFile } = inject('mariadb')
  await runAsAdmin(
    `USE ${database}`,
    `CREATE PROCEDURE unreadable() ${HARMLESS}`,
    `CREATE USER ${user}@'%' IDENTIFIED BY 'unreadable-pw'`,
    `GRANT EXECUTE ON PROCEDURE ${database}.unreadable TO ${user}@'%'`,
    `GRANT SELECT ON ${database}.* TO ${user}@'%'`,
  )
  const reader = await freshSession(
    `mysql://${user}:unreadable-pw@localhost:${port}/${database}?sslmode=verify-full&sslrootcert=${encodeURIComponent(caFile)}`,
  )
  expect(await executed('CALL unreadable()', reader)).toBe(true)
  // All warnings are listed then, and none says that rows are missing.
  await reader.execute('SET max_error_count = 1000', 0)
  expect(await executed('CALL unreadable()', reader)).toBe(false)
  expect(await executed(HARMLESS, reader)).toBe(false)
  await reader.close()
  await runAsAdmin(`DROP USER ${user}@'%'`, `DROP PROCEDURE ${database}.unreadable`)
})
