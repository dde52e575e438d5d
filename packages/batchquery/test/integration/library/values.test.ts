import { expect, test } from 'vitest'
import { type Sql, sql } from '../../../src/library/index.ts'
import type { SqlValue } from '../../../src/sql/index.ts'
import { DATABASES, freshFolder, open } from './servers.ts'

const [mysql, postgres, duckdb] = DATABASES
const BYTES = new Uint8Array([0, 1, 0x27, 0x5c, 0x0a, 0x41, 0xff, 0x80])
const HOSTILE = [
  "it's",
  '\\',
  "\\'; --",
  '日本🎉',
  'a\tb\nc\r',
  '":x',
  '`',
  '',
  '\\x41',
  '$$',
  '/* */',
  'a,b',
]

async function rowOf(database: (typeof DATABASES)[number], statement: string | Sql) {
  const db = await open(database, { folder: await freshFolder() })
  const rows = await db.query(statement)
  expect(rows).toHaveLength(1)
  return rows[0]
}

test('mysql: query returns values without loss', async () => {
  const row = await rowOf(
    mysql,
    sql`SELECT CAST(9223372036854775807 AS SIGNED) AS big, CAST(18446744073709551615 AS UNSIGNED) AS large,
      CAST('12345678901234567890.10' AS DECIMAL(30,2)) AS amount, CAST(0.5 AS DOUBLE) AS half,
      TIMESTAMP '2026-11-23 10:00:00.123456' AS at, DATE '2026-11-23' AS day, NULL AS nothing, '' AS empty,
      '{"a": 1}' AS doc, ${BYTES} AS bytes, b'101' AS bits, TRUE AS yes, _latin1 X'E9' AS text`,
  )
  expect(row).toEqual({
    big: 9223372036854775807n,
    large: 18446744073709551615n,
    amount: '12345678901234567890.10',
    half: 0.5,
    at: '2026-11-23 10:00:00.123456',
    day: '2026-11-23',
    nothing: null,
    empty: '',
    doc: '{"a": 1}',
    bytes: BYTES,
    bits: new Uint8Array([5]),
    yes: 1,
    text: 'é',
  })
})

test('postgres: query returns values without loss', async () => {
  const row = await rowOf(
    postgres,
    sql`SELECT 9223372036854775807::int8 AS big, 5::int4 AS small, 12345678901234567890.10::numeric AS amount,
      0.5::float8 AS half, 'Infinity'::float8 AS most, 'NaN'::float8 AS none, '2026-11-23 10:00:00.123456'::timestamp AS at,
      NULL::int AS nothing, '' AS empty, '{"a": 1}'::jsonb AS doc, ${BYTES} AS bytes, true AS yes, false AS no,
      ARRAY[1, 2] AS list`,
  )
  expect(row).toEqual({
    big: 9223372036854775807n,
    small: 5,
    amount: '12345678901234567890.10',
    half: 0.5,
    most: Number.POSITIVE_INFINITY,
    none: Number.NaN,
    at: '2026-11-23 10:00:00.123456',
    nothing: null,
    empty: '',
    doc: '{"a": 1}',
    bytes: BYTES,
    yes: true,
    no: false,
    list: '{1,2}',
  })
})

test('postgres: query returns bytes when bytea_output is escape', async () => {
  const db = await open(postgres, { folder: await freshFolder() })
  await db.execute('SET bytea_output = escape')
  expect(await db.query(sql`SELECT ${BYTES} AS bytes`)).toEqual([{ bytes: BYTES }])
})

test('duckdb: query returns values without loss', async () => {
  const row = await rowOf(
    duckdb,
    sql`SELECT 9223372036854775807::BIGINT AS big, 170141183460469231731687303715884105727::HUGEINT AS huge, 5 AS small,
      '1234567890.10'::DECIMAL(30,2) AS amount, 0.5::DOUBLE AS half, '-inf'::DOUBLE AS least, 'nan'::DOUBLE AS none,
      '2026-11-23 10:00:00.123456'::TIMESTAMP AS at, NULL::INTEGER AS nothing, '' AS empty, '{"a": 1}'::JSON AS doc,
      ${BYTES} AS bytes, true AS yes, [1, 2] AS list, 1 AS __proto__`,
  )
  expect(Object.getPrototypeOf(row)).toBe(Object.prototype)
  expect(Object.entries(row ?? {})).toEqual([
    ['big', 9223372036854775807n],
    ['huge', 170141183460469231731687303715884105727n],
    ['small', 5],
    ['amount', '1234567890.10'],
    ['half', 0.5],
    ['least', Number.NEGATIVE_INFINITY],
    ['none', Number.NaN],
    ['at', '2026-11-23 10:00:00.123456'],
    ['nothing', null],
    ['empty', ''],
    ['doc', '{"a": 1}'],
    ['bytes', BYTES],
    ['yes', true],
    ['list', '[1, 2]'],
    ['__proto__', 1],
  ])
})

test('every database returns each byte of a template', async () => {
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte)
  for (const database of DATABASES) expect(await rowOf(database, sql`SELECT ${all} AS b`)).toEqual({ b: all })
})

test.each(DATABASES)('$dialect: query returns the values of a template', async database => {
  const db = await open(database, { folder: await freshFolder() })
  for (const text of HOSTILE) expect(await db.query(sql`SELECT ${text} AS v`)).toEqual([{ v: text }])
  const values: readonly SqlValue[] = [5, -5, 5n, 0.5, -1.5e-7, sql.decimal('12.50'), 2n ** 62n]
  for (const value of values) {
    const shown = typeof value === 'object' ? '12.50' : value
    expect(Number(Object.values((await db.query(sql`SELECT ${value} AS v`))[0] ?? {})[0])).toBeCloseTo(
      Number(shown),
      12,
    )
  }
  expect(await db.query(sql`SELECT ${new Date('2026-11-23T10:00:00.250Z')} AS v`)).toEqual([
    { v: expect.stringMatching(/^2026-11-23 10:00:00\.25/) },
  ])
  expect(await db.query(sql`SELECT ${sql.date('2026-11-23')} AS v`)).toEqual([{ v: '2026-11-23' }])
  expect(await db.query(sql`SELECT ${null} AS v`)).toEqual([{ v: null }])
  const only = sql`WHERE ${sql.identifier('a"b`c')} IN (${['x', "y'"]}) AND ${true}`
  const table = sql`(SELECT ${"y'"} AS ${sql.identifier('a"b`c')}) AS t`
  expect(await db.query(sql`SELECT * FROM ${table} ${only}`)).toEqual([{ 'a"b`c': "y'" }])
})

test.each(DATABASES)(
  '$dialect: query refuses a value that cannot become a literal at its place',
  async database => {
    const db = await open(database, { folder: await freshFolder() })
    const x = "' OR 1 = 1 --"
    for (const statement of [
      sql`SELECT '${x}' AS v`,
      sql`SELECT 1 /* ${x} */ AS v`,
      sql`SELECT 1 AS v -- ${x}`,
      sql`SELECT ${Number.NaN}`,
      sql`SELECT ${2 ** 60}`,
      sql`SELECT 1 WHERE 1 IN (${[]})`,
      sql`SELECT ${1}1 AS v`,
      sql`SELECT ${1}; DROP TABLE t`,
      sql`SELECT ${sql.date('2026-02-30')}`,
      sql`SELECT ${'\ud800'}`,
      sql`-- nothing`,
    ])
      await expect(db.query(statement)).rejects.toMatchObject({ code: 'USAGE' })
    await expect(db.query("SELECT 1 INTO OUTFILE S3 's3://b/k'")).rejects.toMatchObject({ code: 'USAGE' })
    await expect(db.query('SELECT 1 AS a, 2 AS a')).rejects.toMatchObject({ code: 'USAGE' })
    expect(await db.query('SELECT 1 AS v')).toEqual([{ v: 1 }])
  },
)
