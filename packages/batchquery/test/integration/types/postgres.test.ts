import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { openDatabase, serverUrl } from '../postgres/session.ts'
import { readTyped, refusal } from './requested.ts'

let database: string
let session: Session

const connect = (): Promise<Session> => openDatabase(serverUrl(database)).connect('batchquery types-test')

beforeAll(async () => {
  database = await freshPostgresDatabase()
})
beforeEach(async () => {
  session = await connect()
  await session.execute(
    "SET DateStyle = 'German'; SET extra_float_digits = -5; SET bytea_output = 'escape'",
    0,
  )
})
afterEach(() => session.close())

/** The error of an export in a session of its own. */
async function refused(sql: string, types: string, ...settings: string[]) {
  const own = await connect()
  try {
    for (const setting of settings) await own.execute(setting, 0)
    return await refusal(own, sql, types)
  } finally {
    await own.close()
  }
}

test.each<[string, string, string, string, ...string[]]>([
  ['INT32', 'bigint', "'5'", 'INTEGER', '5'],
  ['INT32', 'numeric(10,2)', "'-5.00'", 'INTEGER', '-5'],
  ['INT64', 'numeric', "'9223372036854775807.000'", 'BIGINT', '9223372036854775807'],
  ['UINT64', 'numeric', "'18446744073709551615'", 'UBIGINT', '18446744073709551615'],
  ['INT64', 'smallint', "'-1'", 'BIGINT', '-1'],
  ['INT64', 'oid', "'4294967295'", 'BIGINT', '4294967295'],
  ['INT64', 'boolean', "'t'", 'BIGINT', '1'],
  ['INT64', 'float8', "'-1e15'", 'BIGINT', '-1000000000000000'],
  ['INT64', 'char(9)', "'5'", 'BIGINT', '5'],
  ['FLOAT', 'integer', "'16777216'", 'FLOAT', '16777216.0'],
  ['FLOAT', 'float8', "'0.5'", 'FLOAT', '0.5'],
  ['DOUBLE', 'float4', "'0.1'", 'DOUBLE', '0.10000000149011612'],
  ['DOUBLE', 'numeric', "'NaN'", 'DOUBLE', 'nan'],
  ['DOUBLE', 'numeric(10,4)', "'1234.5678'", 'DOUBLE', '1234.5678'],
  ['DECIMAL(20,6)', 'float8', "'1.23456789012345678e10'", 'DECIMAL(20,6)', '12345678901.234568'],
  ['DECIMAL(9,1)', 'float4', "'0.1'", 'DECIMAL(9,1)', '0.1'],
  ['DECIMAL(38,2)', 'numeric', "'12.3'", 'DECIMAL(38,2)', '12.30'],
  ['DECIMAL(5)', 'integer', "'-99999'", 'DECIMAL(5,0)', '-99999'],
  ['BOOLEAN', 'integer', "'1'", 'BOOLEAN', 'true'],
  ['BOOLEAN', 'text', "'FALSE'", 'BOOLEAN', 'false'],
  ['STRING', 'integer', "'5'", 'VARCHAR', '5'],
  ['STRING', 'float8', "'0.1'", 'VARCHAR', '0.1'],
  ['STRING', 'date', "'2024-02-29'", 'VARCHAR', '29.02.2024'],
  ['STRING', 'timestamptz', "'infinity'", 'VARCHAR', 'infinity'],
  ['STRING', 'boolean', "'t'", 'VARCHAR', 'true'],
  ['STRING', 'jsonb', `'{"a": 1}'`, 'VARCHAR', '{"a": 1}'],
  ['STRING', 'bytea', "'é'", 'VARCHAR', 'é'],
  ['JSON', 'text', `'{"a": 1}'`, 'JSON', '{"a": 1}'],
  ['INT64', 'jsonb', "'5'", 'BIGINT', '5'],
  ['UUID', 'uuid', "'00112233445566778899AABBCCDDEEFF'", 'UUID', '00112233-4455-6677-8899-aabbccddeeff'],
  ['UUID', 'text', "'00112233445566778899AABBCCDDEEFF'", 'UUID', '00112233-4455-6677-8899-aabbccddeeff'],
  ['UUID', 'char(40)', "'00112233445566778899AABBCCDDEEFF'", 'UUID', '00112233-4455-6677-8899-aabbccddeeff'],
  ['UUID', 'bytea', "'\\x00112233445566778899AABBCCDDEEFF'", 'UUID', '00112233-4455-6677-8899-aabbccddeeff'],
  ['BINARY', 'text', "'é'", 'BLOB', 'C3A9'],
  ['BINARY', 'char(3)', "'a'", 'BLOB', '612020'],
  ['TIME', 'time', "'23:59:59.999999'", 'TIME', '23:59:59.999999'],
  ['TIME', 'varchar(20)', "'00:00:00'", 'TIME', '00:00:00'],
  ['DATE', 'text', "'2024-02-29'", 'DATE', '2024-02-29'],
  ['DATE', 'timestamp', "'2024-02-29'", 'DATE', '2024-02-29'],
  ['TIMESTAMP', 'date', "'2024-02-29'", 'TIMESTAMP', '2024-02-29 00:00:00'],
  ['TIMESTAMP', 'text', "'2024-02-29 01:02:03.5'", 'TIMESTAMP', '2024-02-29 01:02:03.5'],
  ['TIMESTAMPTZ', 'text', "'2024-02-29T01:02:03Z'", 'TIMESTAMP WITH TIME ZONE', '2024-02-29 01:02:03+00'],
  ['STRING', 'inet', "'10.0.0.1'", 'VARCHAR', '10.0.0.1'],
  ['STRING', 'xml', "'<a/>'", 'VARCHAR', '<a/>'],
])('%s is written for %s: %s', async (type, own, value, read, ...values) => {
  const sql = `SELECT ${value}::${own} AS "Value", NULL::${own} AS none`
  expect(await readTyped(session, sql, `"Value" AS ${type}, none AS ${type}`)).toEqual({
    Value: [read, ...values],
    none: [read, null],
  })
})

test.each<[string, string, string, string, string]>([
  ['INT32', 'numeric(3,1)', "'5.5'", '"5.5" has a fraction, which INT32 cannot have', 'Choose another type'],
  ['INT32', 'bigint', "'2147483648'", '"2147483648" is out of the range of INT32', 'Choose another type'],
  ['UINT64', 'bigint', "'-1'", '"-1" is out of the range of UINT64', 'Choose another type'],
  [
    'DOUBLE',
    'bigint',
    "'9007199254740993'",
    '"9007199254740993" has digits that DOUBLE',
    'Choose another type',
  ],
  ['FLOAT', 'float8', "'0.1'", '"0.1" is not a valid FLOAT', 'Choose another type'],
  ['DECIMAL(5,2)', 'numeric', "'1000'", '"1000" does not fit into DECIMAL(5,2)', 'Choose another type'],
  ['BOOLEAN', 'integer', "'2'", '"2" is not a BOOLEAN', 'Choose another type'],
  ['STRING', 'bytea', "'\\xff'", 'is not UTF-8 (its bytes: 0xff)', 'Choose another type'],
  ['JSON', 'text', "'a'", '"a" is not JSON', 'Choose another type'],
  ['UUID', 'bytea', "'\\x00'", '"0x00" has 1 bytes, but a UUID has 16', 'Choose another type'],
  ['TIME', 'time', "'24:00:00'", '"24:00:00" is not a time of day', 'Choose another type'],
  ['DATE', 'text', "'2024-02-30'", '"2024-02-30" is not a valid date', 'Choose another type'],
  ['DATE', 'text', "'2024-02-00'", '"2024-02-00" is not in the calendar', 'Write INVALID DATES NULL'],
  [
    'DATE',
    'timestamp',
    "'2024-02-29 12:00'",
    '"2024-02-29 12:00:00.000000" has a time of day',
    'Choose another',
  ],
  ['TIMESTAMP', 'date', "'infinity'", '"infinity" cannot be a timestamp', 'Choose another type'],
  ['TIMESTAMPTZ', 'text', "'2024-02-29 01:02:03'", 'has no offset from UTC', 'Add an offset after the time'],
])('a value fails as %s of %s: %s', async (type, own, value, message, hint) => {
  const sql = `SELECT v FROM (VALUES (1, NULL::${own}), (2, ${value}::${own})) AS t(n, v) ORDER BY n`
  const error = await refused(sql, `v AS ${type}`)
  expect(error.code).toBe('QUERY_FAILED')
  expect(error.message).toContain('column "v", row 2: the value ')
  expect(error.message).toContain(message)
  expect(error.hint).toContain(hint)
})

describe('the zone of the session', () => {
  const ZONES = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Apia', 'UTC']

  test.each(ZONES)('converts every local time that is there once: %s', async zone => {
    await session.execute(`SET TimeZone = '${zone}'`, 0)
    // Local times around the changes of some months, and what the server makes of their instants.
    const instants = `SELECT DISTINCT (at AT TIME ZONE '${zone}') AS local FROM (
      SELECT generate_series('2011-08-01'::timestamptz, '2012-05-01', '30 minutes') AS at) i`
    const once = `SELECT local FROM (
      SELECT local, (SELECT count(*) FROM generate_series(-28, 28) h(n)
        WHERE ((local AT TIME ZONE 'UTC') + h.n * interval '30 minutes') AT TIME ZONE '${zone}' = local) AS times
      FROM (${instants}) l) c`
    const sql = `SELECT local, local AS as_it_is FROM (${once} WHERE times = 1) t ORDER BY local`
    const read = await readTyped(
      session,
      `SELECT local AS v, local AT TIME ZONE '${zone}' AS wanted FROM (${sql}) s`,
      'v AS TIMESTAMPTZ',
    )
    const [, ...values] = read.v
    const [, ...wanted] = read.wanted
    expect(values.length).toBeGreaterThan(12_000)
    expect(values).toEqual(wanted)
    // One statement for all refused times would end at the first of them.
    const refusedTimes = await session.execute(
      `SELECT min(local)::text, max(local)::text FROM (${once} WHERE times = 2) t`,
      2,
    )
    const [earliest, latest] = refusedTimes.results[0].rows[0]
    for (const time of zone === 'UTC' ? [] : [earliest, latest]) {
      const error = await refused(
        `SELECT '${time}'::timestamp AS v`,
        'v AS TIMESTAMPTZ',
        "SET DateStyle = 'German'",
        `SET TimeZone = '${zone}'`,
      )
      expect(error.message).toContain("because the session's time zone has that time twice or not at all")
    }
  })

  test.each([
    ['2024-03-31 02:00:00', 'Europe/Berlin'],
    ['2024-03-31 02:59:59.999999', 'Europe/Berlin'],
    ['2024-10-27 02:00:00', 'Europe/Berlin'],
    ['2024-10-27 02:59:59.999999', 'Europe/Berlin'],
    ['2011-12-30 12:00:00', 'Pacific/Apia'],
    ['1969-09-30 12:00:00', 'Pacific/Kwajalein'],
    ['2300-10-28 02:30:00', 'Europe/Berlin'],
    ['294276-01-01 00:00:00', 'UTC'],
  ])('refuses %s in %s', async (time, zone) => {
    const error = await refused(
      `SELECT '${time}'::timestamp AS v`,
      'v AS TIMESTAMPTZ',
      `SET TimeZone = '${zone}'`,
    )
    expect(error.message).toContain(`the value "${time}" cannot become UTC`)
  })

  test('has the times next to those', async () => {
    await session.execute("SET TimeZone = 'Europe/Berlin'", 0)
    const times = [
      '2024-03-31 01:59:59.999999',
      '2024-03-31 03:00:00',
      '2024-10-27 01:59:59.999999',
      '2024-10-27 03:00:00',
    ]
    const sql = `SELECT t::timestamp AS v FROM unnest(ARRAY['${times.join("', '")}']) u(t)`
    expect((await readTyped(session, sql, 'v AS TIMESTAMPTZ')).v.slice(1)).toEqual([
      '2024-03-31 00:59:59.999999+00',
      '2024-03-31 01:00:00+00',
      '2024-10-26 23:59:59.999999+00',
      '2024-10-27 02:00:00+00',
    ])
    const infinite = await refused("SELECT 'infinity'::timestamp AS v", 'v AS TIMESTAMPTZ')
    expect(infinite.message).toContain('"infinity" cannot be a timestamp in Parquet')
  })

  test('shows an instant as its clock does', async () => {
    await session.execute("SET TimeZone = 'Europe/Berlin'", 0)
    const sql =
      "SELECT t::timestamptz AS v FROM unnest(ARRAY['2024-10-27 00:30Z', '2024-10-27 01:30Z', '2024-07-01 12:00Z']) u(t)"
    expect((await readTyped(session, sql, 'v AS TIMESTAMP')).v).toEqual([
      'TIMESTAMP',
      '2024-10-27 02:30:00',
      '2024-10-27 02:30:00',
      '2024-07-01 14:00:00',
    ])
  })
})

test.each([
  [
    'x AS INT64',
    'TYPES names the column "x", which the result does not have',
    'Name one of the columns "v", "w", "w".',
  ],
  ['"V" AS INT64', 'TYPES names the column "V", which the result does not have', 'Name one of the columns'],
  ['w AS INT64', 'TYPES names the column "w", which the result has more than once', 'AS other_name'],
  ['v AS UUID', 'TYPES cannot convert the column "v" from DATE to UUID', 'Write one of'],
])('TYPES (%s) is refused before the query runs', async (types, message, hint) => {
  const own = await connect()
  await own.execute('CREATE TEMP SEQUENCE ran', 0)
  const error = await refusal(
    own,
    "SELECT DATE '2024-01-01' + nextval('ran')::int AS v, 1 AS w, 2 AS w",
    types,
  )
  expect(error).toMatchObject({ code: 'UNSUPPORTED_CLAUSE', message: expect.stringContaining(message) })
  expect(error.hint).toContain(hint)
  const { results } = await own.execute("SELECT nextval('ran')", 1)
  expect(results[0].rows).toEqual([['1']])
  await own.close()
})

test('a name without quotes means the name in lower case', async () => {
  const read = await readTyped(
    session,
    'SELECT 1 AS Total, 2 AS "Other"',
    'TOTAL AS INT64, "Other" AS DOUBLE',
  )
  expect(read).toEqual({ total: ['BIGINT', '1'], Other: ['DOUBLE', '2.0'] })
})

test('INVALID DATES changes nothing in a database without such dates', async () => {
  for (const how of ['NULL', 'ERROR'] as const)
    expect(await readTyped(session, "SELECT DATE '2024-02-29' AS v", 'v AS TIMESTAMP', how)).toEqual({
      v: ['TIMESTAMP', '2024-02-29 00:00:00'],
    })
  expect(await readTyped(session, "SELECT '2024-02-00' AS v", 'v AS DATE', 'NULL')).toEqual({
    v: ['DATE', null],
  })
})

test('NOT NULL makes the column required, and a NULL in it fails by name', async () => {
  const sql = (last: string): string => `SELECT v FROM (VALUES (1, 5), (2, ${last})) AS t(n, v) ORDER BY n`
  expect((await readTyped(session, sql('6'), 'v AS INT64 NOT NULL')).v).toEqual(['BIGINT', '5', '6'])
  expect((await readTyped(session, sql('6'), 'v AS INT32 NOT NULL')).v).toEqual(['INTEGER', '5', '6'])
  const error = await refusal(session, sql('NULL'), 'v AS INT64 NOT NULL')
  expect(error.message).toContain('column "v", row 2: the value is NULL')
})

test('an array becomes JSON if TYPES asks for it', async () => {
  const read = await readTyped(session, "SELECT ARRAY[1, NULL, 3] AS v, ARRAY['a'] AS w", 'v AS JSON')
  expect(read.v).toEqual(['JSON', '[1,null,3]'])
})
