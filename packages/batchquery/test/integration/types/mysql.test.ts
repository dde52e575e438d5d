import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { freshDatabase } from '../../setup/mariadb-client.ts'
import { openDatabase, serverUrl } from '../mysql/session.ts'
import { readTyped, refusal } from './requested.ts'

let database: string
let session: Session

const connect = (): Promise<Session> => openDatabase(serverUrl(database)).connect('batchquery types-test')

beforeAll(async () => {
  database = await freshDatabase()
})
beforeEach(async () => {
  session = await connect()
  await session.execute("SET sql_mode = ''", 0)
  await session.execute("SET time_zone = '+02:00'", 0)
})
afterEach(() => session.close())

/** Makes a table t with a column v of the type, and three rows: NULL, the value, and NULL. */
async function table(type: string, value: string): Promise<string> {
  await session.execute('DROP TABLE IF EXISTS t', 0)
  await session.execute(`CREATE TABLE t (n INT PRIMARY KEY, v ${type} NULL)`, 0)
  await session.execute(`INSERT INTO t VALUES (1, NULL), (2, ${value}), (3, NULL)`, 0)
  return 'SELECT v FROM t ORDER BY n'
}

test.each<[string, string, string, string, string]>([
  ['INT32', 'BIGINT', '-5', 'INTEGER', '-5'],
  ['INT32', 'DECIMAL(5,2)', '5', 'INTEGER', '5'],
  ['INT32', 'TINYINT(1)', '2', 'INTEGER', '2'],
  ['INT64', 'INT(9) ZEROFILL', '42', 'BIGINT', '42'],
  ['UINT64', 'BIGINT UNSIGNED', '18446744073709551615', 'UBIGINT', '18446744073709551615'],
  ['INT64', 'FLOAT', '16777216', 'BIGINT', '16777216'],
  ['DOUBLE', 'FLOAT', '0.1', 'DOUBLE', '0.10000000149011612'],
  ['DECIMAL(9,1)', 'FLOAT', '0.1', 'DECIMAL(9,1)', '0.1'],
  ['STRING', 'FLOAT', '16777216', 'VARCHAR', '16777216'],
  ['DOUBLE', 'DECIMAL(20,10)', '0.1', 'DOUBLE', '0.1'],
  ['DECIMAL(30,2)', 'DOUBLE', '1e20', 'DECIMAL(30,2)', '100000000000000000000.00'],
  ['FLOAT', 'DOUBLE', '0.5', 'FLOAT', '0.5'],
  ['BOOLEAN', 'TINYINT(1)', '1', 'BOOLEAN', 'true'],
  ['STRING', 'DATE', "'2024-02-00'", 'VARCHAR', '2024-02-00'],
  ['STRING', 'DECIMAL(5,2)', '1.5', 'VARCHAR', '1.50'],
  ['STRING', 'VARBINARY(9)', "'é'", 'VARCHAR', 'é'],
  ['INT32', 'VARCHAR(9) CHARACTER SET utf16', "'12'", 'INTEGER', '12'],
  ['JSON', 'VARCHAR(9) CHARACTER SET latin1', `'["é"]'`, 'JSON', '["é"]'],
  ['STRING', 'JSON', "'[1]'", 'VARCHAR', '[1]'],
  [
    'UUID',
    'BINARY(16)',
    "X'00112233445566778899AABBCCDDEEFF'",
    'UUID',
    '00112233-4455-6677-8899-aabbccddeeff',
  ],
  [
    'UUID',
    'CHAR(36)',
    "'00112233-4455-6677-8899-aabbccddeeff'",
    'UUID',
    '00112233-4455-6677-8899-aabbccddeeff',
  ],
  ['BINARY', 'VARCHAR(9) CHARACTER SET latin1', "'é'", 'BLOB', 'C3A9'],
  ['TIME', 'TIME(6)', "'23:59:59.999999'", 'TIME', '23:59:59.999999'],
  ['DATE', 'VARCHAR(20)', "'2024-02-29'", 'DATE', '2024-02-29'],
  ['DATE', 'DATETIME(3)', "'2024-02-29'", 'DATE', '2024-02-29'],
  ['TIMESTAMP', 'DATE', "'2024-02-29'", 'TIMESTAMP', '2024-02-29 00:00:00'],
  ['TIMESTAMP', 'TIMESTAMP(3)', "'2024-02-29 12:00:00.5'", 'TIMESTAMP', '2024-02-29 12:00:00.5'],
  ['TIMESTAMPTZ', 'DATETIME', "'2024-02-29 12:00:00'", 'TIMESTAMP WITH TIME ZONE', '2024-02-29 10:00:00+00'],
  [
    'TIMESTAMPTZ',
    'VARCHAR(30)',
    "'2024-02-29 12:00:00'",
    'TIMESTAMP WITH TIME ZONE',
    '2024-02-29 10:00:00+00',
  ],
  [
    'TIMESTAMPTZ',
    'VARCHAR(30)',
    "'2024-02-29T12:00:00Z'",
    'TIMESTAMP WITH TIME ZONE',
    '2024-02-29 12:00:00+00',
  ],
])('%s is written for %s: %s', async (type, own, value, read, written) => {
  const sql = await table(own, value)
  expect(await readTyped(session, sql, `\`V\` AS ${type}`)).toEqual({ v: [read, null, written, null] })
  // A FLOAT makes the server send the whole result in its binary form.
  const beside = sql.replace('v FROM', 'v, CAST(0.5 AS FLOAT) AS f FROM')
  const isFloatKnown = session.server.kind !== 'mariadb' || !/^10\.[0-4]\./.test(session.server.version)
  if (isFloatKnown)
    expect((await readTyped(session, beside, `v AS ${type}`)).v).toEqual([read, null, written, null])
})

test.each<[string, string, string, string]>([
  ['INT32', 'DECIMAL(5,2)', '5.5', '"5.50" has a fraction, which INT32 cannot have'],
  ['INT32', 'BIGINT', '2147483648', '"2147483648" is out of the range of INT32'],
  ['INT64', 'BIGINT UNSIGNED', '18446744073709551615', '"18446744073709551615" is out of the range of INT64'],
  ['DOUBLE', 'BIGINT', '9007199254740993', '"9007199254740993" has digits that DOUBLE cannot store'],
  ['BOOLEAN', 'TINYINT', '2', '"2" is not a BOOLEAN'],
  ['TIME', 'TIME', "'-01:00:00'", '"-01:00:00" is not a time of day'],
  ['TIME', 'TIME', "'25:00:00'", '"25:00:00" is not a time of day'],
  ['STRING', 'VARBINARY(9)', "X'FF'", 'is not UTF-8'],
  ['UUID', 'VARBINARY(9)', "X'FF'", '"0xff" has 1 bytes, but a UUID has 16'],
  ['DATE', 'DATETIME', "'2024-02-29 12:00:00'", '"2024-02-29 12:00:00" has a time of day'],
  ['DATE', 'VARCHAR(20)', "'2024-02-00'", '"2024-02-00" is not in the calendar'],
  ['JSON', 'TEXT', "'a'", '"a" is not JSON'],
])('a value fails as %s of %s: %s', async (type, own, value, message) => {
  const error = await refusal(session, await table(own, value), `v AS ${type}`)
  expect(error.code).toBe('QUERY_FAILED')
  expect(error.message).toContain('column "v", row 2: the value ')
  expect(error.message).toContain(message)
  expect(error.hint).not.toBe('')
})

test.each(['DATE', 'DATETIME', 'VARCHAR(20)'])(
  'a zero date of %s is NULL or fails, as the clause says',
  async own => {
    const written = { DATE: '2024-02-00', DATETIME: '2024-02-00 00:00:00', 'VARCHAR(20)': '2024-02-00' }[own]
    const sql = await table(own, "'2024-02-00'")
    const types = own === 'DATETIME' ? 'v AS TIMESTAMP' : 'v AS DATE'
    expect((await readTyped(session, sql, types, 'NULL')).v.slice(1)).toEqual([null, null, null])
    const error = await refusal(session, sql, types, 'ERROR')
    expect(error.message).toContain(`column "v", row 2: the value "${written}" is not in the calendar`)
    expect(error.hint).toContain('INVALID DATES NULL')
  },
)

test('a zero date of an odd protocol fails, too', async () => {
  const sql = (await table('DATETIME', "'2024-02-00'")).replace('v FROM', 'v, CAST(0.5 AS FLOAT) AS f FROM')
  const error = await refusal(session, sql, 'v AS TIMESTAMP', 'ERROR')
  expect(error.message).toContain('column "v", row 2: the value "2024-02-00 00:00:00" is not in the calendar')
})

test.each([
  ['x AS INT64', 'TYPES names the column "x", which the result does not have'],
  ['w AS INT64', 'TYPES names the column "w", which the result has more than once'],
  ['V AS INT64, v AS INT64', 'TYPES names the column "v" twice: "V" and "v"'],
  ['v AS UUID', 'TYPES cannot convert the column "v" from DATE to UUID'],
])('TYPES (%s) is refused before the query runs', async (types, message) => {
  await session.execute('CREATE TABLE IF NOT EXISTS ran (n INT)', 0)
  await session.execute('DROP FUNCTION IF EXISTS mark', 0)
  await session.execute(
    'CREATE FUNCTION mark() RETURNS INT NOT DETERMINISTIC BEGIN INSERT INTO ran VALUES (1); RETURN 1; END',
    0,
  )
  const sql = 'SELECT DATE(NOW()) AS v, mark() AS w, 2 AS w'
  const error = await refusal(session, sql, types)
  expect(error).toMatchObject({ code: 'UNSUPPORTED_CLAUSE', message: expect.stringContaining(message) })
  const { results } = await session.execute('SELECT COUNT(*) FROM ran', 1)
  expect(results[0].rows).toEqual([['0']])
})

test('what the server names only when the query runs is refused then', async () => {
  // The query asks about the statement before it, so it is not prepared.
  const error = await refusal(session, 'SELECT ROW_COUNT() AS v', 'x AS INT64')
  expect(error.message).toContain('TYPES names the column "x"')
})

test('names are those of any case, the exact one first', async () => {
  const read = await readTyped(
    session,
    'SELECT 1 AS Total, 2 AS `other one`',
    '`OTHER one` AS DOUBLE, total AS INT64',
  )
  expect(read).toEqual({ Total: ['BIGINT', '1'], 'other one': ['DOUBLE', '2.0'] })
})

test('a local time becomes UTC by the zone of the session, and a time that exists twice fails', async () => {
  await session.execute("SET time_zone = '-05:30'", 0)
  const sql = await table('DATETIME(6)', "'2024-10-27 02:30:00.000001'")
  expect((await readTyped(session, sql, 'v AS TIMESTAMPTZ')).v[2]).toBe('2024-10-27 08:00:00.000001+00')
})
