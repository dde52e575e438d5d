import { describe, expect, test } from 'vitest'
import { open } from '../duckdb/fixture.ts'
import { readTyped, refusal } from './requested.ts'

test.each<[string, string, string, ...string[]]>([
  ['INT32', '5.00::DECIMAL(5,2)', 'INTEGER', '5'],
  ['INT32', '1e3::DOUBLE', 'INTEGER', '1000'],
  ['INT64', 'true', 'BIGINT', '1'],
  ['UINT64', '18446744073709551615::UBIGINT', 'UBIGINT', '18446744073709551615'],
  ['UINT64', '5::HUGEINT', 'UBIGINT', '5'],
  ['FLOAT', '0.5::DOUBLE', 'FLOAT', '0.5'],
  ['DOUBLE', '0.1::FLOAT', 'DOUBLE', '0.10000000149011612'],
  ['DECIMAL(9,1)', '0.1::FLOAT', 'DECIMAL(9,1)', '0.1'],
  [
    'DECIMAL(38,0)',
    '(-99999999999999999999999999999999999999)::HUGEINT',
    'DECIMAL(38,0)',
    '-99999999999999999999999999999999999999',
  ],
  ['BOOLEAN', '1::TINYINT', 'BOOLEAN', 'true'],
  ['BOOLEAN', "'f'", 'BOOLEAN', 'false'],
  ['STRING', '0.1::FLOAT', 'VARCHAR', '0.1'],
  ['STRING', 'true', 'VARCHAR', 'true'],
  ['STRING', "DATE 'infinity'", 'VARCHAR', 'infinity'],
  ['STRING', "TIMESTAMP '2024-02-29 01:02:03'", 'VARCHAR', '2024-02-29 01:02:03'],
  ['STRING', "encode('é\\t')", 'VARCHAR', 'é\\t'],
  ['JSON', `'{"a": "b\\n"}'`, 'JSON', '{"a": "b\\n"}'],
  ['STRING', `'{"a": "b\\n"}'::JSON`, 'VARCHAR', '{"a": "b\\n"}'],
  ['UUID', "UUID '00112233445566778899aabbccddeeff'", 'UUID', '00112233-4455-6677-8899-aabbccddeeff'],
  ['UUID', "unhex('00112233445566778899aabbccddeeff')", 'UUID', '00112233-4455-6677-8899-aabbccddeeff'],
  ['BINARY', "'é'", 'BLOB', 'C3A9'],
  ['TIME', "TIME '23:59:59.999999'", 'TIME', '23:59:59.999999'],
  ['DATE', "TIMESTAMP '1969-12-31'", 'DATE', '1969-12-31'],
  ['DATE', "'2024-02-29'", 'DATE', '2024-02-29'],
  ['TIMESTAMP', "DATE '1969-12-31'", 'TIMESTAMP', '1969-12-31 00:00:00'],
  ['TIMESTAMP', "TIMESTAMP_NS '2024-02-29 01:02:03.123456000'", 'TIMESTAMP', '2024-02-29 01:02:03.123456'],
  ['TIMESTAMPTZ', "'2024-02-29 01:02:03+01'", 'TIMESTAMP WITH TIME ZONE', '2024-02-29 00:02:03+00'],
])('%s is written for %s', async (type, value, read, ...values) => {
  const session = await open()
  const sql = `SELECT ${value} AS v UNION ALL SELECT NULL`
  expect(await readTyped(session, sql, `V AS ${type}`)).toEqual({ v: [read, ...values, null] })
})

test.each<[string, string, string]>([
  ['INT32', '5.5::DECIMAL(5,2)', '"5.50" has a fraction, which INT32 cannot have'],
  ['INT32', '2147483648', '"2147483648" is out of the range of INT32'],
  ['DOUBLE', '9007199254740993', '"9007199254740993" has digits that DOUBLE cannot store'],
  ['FLOAT', '0.1::DOUBLE', '"0.1" has digits that FLOAT cannot store'],
  ['STRING', "unhex('ff')", 'is not UTF-8'],
  ['JSON', "'a'", '"a" is not JSON'],
  ['UUID', "unhex('00')", 'has 1 bytes, but a UUID has 16'],
  ['TIME', "'25:00:00'", '"25:00:00" is not a time of day'],
  ['DATE', "TIMESTAMP '2024-02-29 12:00:00'", '"2024-02-29 12:00:00" has a time of day'],
  ['DATE', "TIMESTAMP 'infinity'", '"infinity" cannot be a date'],
  ['TIMESTAMP', "DATE '-infinity'", '"-infinity" cannot be a timestamp'],
  ['TIMESTAMP', "TIMESTAMP_NS '2024-02-29 01:02:03.123456789'", 'is not a valid timestamp'],
  ['DATE', "'2024-02-30'", '"2024-02-30" is not a valid date'],
])('a value fails as %s: %s', async (type, value, message) => {
  const error = await refusal(await open(), `SELECT NULL AS v UNION ALL SELECT ${value}`, `v AS ${type}`)
  expect(error.code).toBe('QUERY_FAILED')
  expect(error.message).toContain(`column "v", row 2: the value `)
  expect(error.message).toContain(message)
  expect(error.hint).not.toBe('')
})

describe('the zone of the session', () => {
  test.each(['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Apia', 'UTC'])(
    'converts every local time that is there once: %s',
    async zone => {
      const session = await open()
      await session.execute(`SET TimeZone = '${zone}'`, 0)
      await session.execute(
        `CREATE TABLE instants AS SELECT moment, CAST(moment AS TIMESTAMP) AS local FROM (
           SELECT unnest(generate_series(TIMESTAMPTZ '2011-08-01', TIMESTAMPTZ '2012-05-01', INTERVAL 30 MINUTE)) AS moment)`,
        0,
      )
      const once = 'SELECT local FROM instants GROUP BY local HAVING count(*) = 1'
      const sql = `SELECT local AS v, moment AS wanted FROM instants WHERE local IN (${once}) ORDER BY moment`
      const { v, wanted } = await readTyped(session, sql, 'v AS TIMESTAMPTZ')
      expect(v.length).toBeGreaterThan(12_000)
      expect(v).toEqual(wanted)
      const { results } = await session.execute(
        'SELECT local::VARCHAR FROM instants GROUP BY local HAVING count(*) > 1 ORDER BY local',
        100,
      )
      for (const [time] of results[0].rows) {
        const error = await refusal(session, `SELECT TIMESTAMP '${time}' AS v`, 'v AS TIMESTAMPTZ')
        expect(error.message).toContain(`the value "${time}" cannot become UTC`)
      }
    },
  )

  test.each([
    ['2024-03-31 02:30:00', 'Europe/Berlin'],
    ['2024-10-27 02:30:00', 'Europe/Berlin'],
    ['2011-12-30 12:00:00', 'Pacific/Apia'],
  ])('refuses %s in %s', async (time, zone) => {
    const session = await open()
    await session.execute(`SET TimeZone = '${zone}'`, 0)
    const error = await refusal(session, `SELECT TIMESTAMP '${time}' AS v`, 'v AS TIMESTAMPTZ')
    expect(error.message).toContain(
      `the value "${time}" cannot become UTC, because the session's time zone has that time twice or not at all`,
    )
  })

  test('shows an instant as its clock does', async () => {
    const session = await open()
    await session.execute("SET TimeZone = 'Europe/Berlin'", 0)
    const sql =
      "SELECT unnest([TIMESTAMPTZ '2024-10-27 00:30:00+00', TIMESTAMPTZ '2024-07-01 12:00:00+00']) AS v"
    expect((await readTyped(session, sql, 'v AS TIMESTAMP')).v).toEqual([
      'TIMESTAMP',
      '2024-10-27 02:30:00',
      '2024-07-01 14:00:00',
    ])
  })
})

test.each([
  ['x AS INT64', 'TYPES names the column "x", which the result does not have'],
  ['w AS INT64', 'TYPES names the column "w", which the result has more than once'],
  ['V AS INT64, v AS INT64', 'TYPES names the column "v" twice: "V" and "v"'],
  ['v AS UUID', 'TYPES cannot convert the column "v" from DATE to UUID'],
])('TYPES (%s) is refused before the query runs', async (types, message) => {
  const session = await open()
  await session.execute('CREATE SEQUENCE ran', 0)
  const error = await refusal(
    session,
    "SELECT DATE '2024-01-01' + nextval('ran')::INT AS v, 1 AS w, 2 AS w",
    types,
  )
  expect(error).toMatchObject({ code: 'UNSUPPORTED_CLAUSE', message: expect.stringContaining(message) })
  const { results } = await session.execute("SELECT nextval('ran')", 1)
  expect(results[0].rows).toEqual([['1']])
})

test('a name means the column with this name, or the only one that differs only in case', async () => {
  const session = await open()
  expect(
    await readTyped(session, 'SELECT 1 AS Total, 2 AS other', 'TOTAL AS INT64, OTHER AS DOUBLE'),
  ).toEqual({
    Total: ['BIGINT', '1'],
    other: ['DOUBLE', '2.0'],
  })
  const error = await refusal(session, 'SELECT 1 AS a, 2 AS A', '"a" AS INT64, "b" AS DOUBLE')
  expect(error.message).toContain('TYPES names the column "b"')
  expect((await refusal(session, 'SELECT 1 AS aA, 2 AS Aa', 'aa AS DOUBLE')).message).toContain(
    'more than once',
  )
})
