import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { DuckdbDatabase } from '../../../src/database/duckdb/duckdb-database.ts'
import { freshDatabase } from '../../setup/mariadb-client.ts'
import { freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { LITERALS, PIECES, query, type Table } from '../csv/hard-rows.ts'
import { serverUrl as mysqlUrl, openDatabase as openMysql } from '../mysql/session.ts'
import { openDatabase as openPostgres, serverUrl as postgresUrl } from '../postgres/session.ts'
import { jsonOf, linesOf } from './json-lines.ts'

const CONTROLS = Array.from({ length: 31 }, (_, at) => String.fromCharCode(at + 1))
const TABLE: Table = [...PIECES, ...CONTROLS, '\x7f', '🎼"\\/\u2028'].map((piece, row) => [
  piece,
  row % 3 === 0 ? null : '',
  `${piece}\\${piece}`,
])
const TEXTS = TABLE.map(([c0, c1, c2]) => ({ c0, c1, c2 }))

const sessions = new Map<keyof typeof LITERALS, Session>()
const folder = mkdtempSync(join(tmpdir(), 'batchquery-json-'))

beforeAll(async () => {
  sessions.set('mysql', await openMysql(mysqlUrl(await freshDatabase())).connect('batchquery json'))
  const database = await freshPostgresDatabase()
  sessions.set('postgres', await openPostgres(postgresUrl(database)).connect('batchquery json'))
  sessions.set('duckdb', await new DuckdbDatabase(':memory:').connect())
})

afterAll(async () => {
  for (const session of sessions.values()) await session.close()
  rmSync(folder, { recursive: true, force: true })
})

function sessionOf(dialect: keyof typeof LITERALS): Session {
  const session = sessions.get(dialect)
  if (session === undefined) throw new Error(`no session of ${dialect}`)
  return session
}

describe.each(['mysql', 'postgres', 'duckdb'] as const)('JSON from %s', dialect => {
  const rowsOf = async (sql: string): Promise<unknown[]> =>
    (await linesOf(sessionOf(dialect), sql)).map(line => JSON.parse(line))

  test('has every text, NULL and the empty string, and other readers agree', async () => {
    const sql = query(TABLE, 3, LITERALS[dialect])
    expect(await rowsOf(sql)).toEqual(TEXTS)
    const file = join(folder, `${dialect}.json`)
    writeFileSync(file, await jsonOf(sessionOf(dialect), sql))
    const script =
      'import json,sys\nprint(json.dumps([json.loads(line) for line in open(sys.argv[1], newline="\\n")]))'
    expect(JSON.parse(execFileSync('python3', ['-c', script, file]).toString())).toEqual(TEXTS)
    expect(JSON.parse(execFileSync('jq', ['--slurp', '.', file]).toString())).toEqual(TEXTS)
    const read = `SELECT c0, c1, c2 FROM read_json('${file}', format = 'newline_delimited', columns = {c0: 'VARCHAR', c1: 'VARCHAR', c2: 'VARCHAR'})`
    expect((await linesOf(sessionOf('duckdb'), read)).map(line => JSON.parse(line))).toEqual(TEXTS)
  })

  test('has every row when the names of the columns are longer than a row may be', async () => {
    const names = Array.from({ length: 1_000 }, (_, at) => `a_column_with_a_long_name_${at}`)
    const values = names.map(
      (name, at) => `${at % 3 === 0 ? 'NULL' : at % 3 === 1 ? at : `'x${at}'`} AS ${name}`,
    )
    const row = Object.fromEntries(names.map((name, at) => [name, [null, at, `x${at}`][at % 3]]))
    const select = `SELECT ${values.join(', ')}`
    expect(await rowsOf(`${select} UNION ALL ${select} UNION ALL ${select}`)).toEqual([row, row, row])
  })

  test('has a value that is longer than a block', async () => {
    const [row] = await rowsOf('SELECT 1 AS n, REPEAT(\'long "text", \', 20000) AS t, 2 AS m')
    expect(row).toEqual({ n: 1, t: 'long "text", '.repeat(20_000), m: 2 })
  })

  test('escapes the names of columns', async () => {
    const quote = dialect === 'mysql' ? '`' : '"'
    const name = dialect === 'mysql' ? 'a"b\\c é' : 'a""b\\c é'
    expect(await linesOf(sessionOf(dialect), `SELECT 1 AS ${quote}${name}${quote}`)).toEqual([
      '{"a\\"b\\\\c é":1}',
    ])
  })

  test('refuses two columns of one name before the query runs', async () => {
    await expect(linesOf(sessionOf(dialect), 'SELECT 1 AS a, 2 AS a')).rejects.toThrow(
      'two columns of the result are named "a"',
    )
  })

  test('writes many rows of short values', async () => {
    const numbers =
      dialect === 'mysql'
        ? 'WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 1000)'
        : 'WITH t AS (SELECT n FROM generate_series(1, 20000) AS s(n))'
    const sql = `${numbers} SELECT n, -n AS m, n * 0.001 AS d, CONCAT('row ', n) AS s, NULLIF(n % 7, 0) AS k, CONCAT('é"', n) AS q FROM t`
    const lines = await linesOf(sessionOf(dialect), sql)
    expect(lines.length).toBe(dialect === 'mysql' ? 1000 : 20_000)
    for (const [index, line] of lines.entries()) {
      const n = index + 1
      expect(JSON.parse(line)).toEqual({
        n,
        m: -n,
        d: n / 1000,
        s: `row ${n}`,
        k: n % 7 || null,
        q: `é"${n}`,
      })
    }
  })
})

/** By dialect: an expression, and its value in a line. */
const VALUES: Readonly<Record<keyof typeof LITERALS, readonly (readonly [sql: string, json: string])[]>> = {
  mysql: [
    ['CAST(1.10 AS DECIMAL(5,2))', '1.10'],
    [`CAST(${'9'.repeat(35)}.${'1'.repeat(30)} AS DECIMAL(65,30))`, `${'9'.repeat(35)}.${'1'.repeat(30)}`],
    ['CAST(18446744073709551615 AS UNSIGNED)', '18446744073709551615'],
    ['1e300', '1e300'],
    ['CAST(-0.5 AS DOUBLE)', '-0.5'],
    ["X'000AFF'", '"AAr/"'],
    ["b'1000000001'", '"AgE="'],
    ["CAST('2024-02-29' AS DATE)", '"2024-02-29"'],
    ["CAST('-838:59:59' AS TIME)", '"-838:59:59"'],
    ["CAST('2024-02-29 12:00:00.5' AS DATETIME(3))", '"2024-02-29 12:00:00.500"'],
    ["CONVERT(X'610062' USING utf8mb4)", '"a\\u0000b"'],
    ["CONVERT('Zürich' USING latin1)", '"Zürich"'],
    ["CONVERT('é🎼' USING utf16)", '"é🎼"'],
    ["JSON_OBJECT('a', 1.10, 'b', JSON_ARRAY(NULL, TRUE, 'é\"'))", '{"a": 1.10, "b": [null, true, "é\\""]}'],
  ],
  postgres: [
    ['1.10::numeric', '1.10'],
    [`-${'9'.repeat(60)}.5`, `-${'9'.repeat(60)}.5`],
    ['9223372036854775807::int8', '9223372036854775807'],
    ['0.1::float4', '0.1'],
    ['16777216::float4', '1.6777216e+07'],
    ['1e-7::float8', '1e-07'],
    ['true', 'true'],
    ["'\\x000aff'::bytea", '"AAr/"'],
    ["'2024-02-29'::date", '"2024-02-29"'],
    ["'infinity'::timestamp", '"infinity"'],
    ["'12:00:00+02'::timetz", '"12:00:00+02"'],
    ["'{1,NULL,3}'::int[]", '"{1,NULL,3}"'],
    ["'5d3f6f0e-6a3c-4a7e-9d5c-0123456789ab'::uuid", '"5d3f6f0e-6a3c-4a7e-9d5c-0123456789ab"'],
    [`'{"a" : 1.10,\n "a":[]}'::json`, '{"a" : 1.10,  "a":[]}'],
    [`'{"b":1.10,"a":"x\\ny"}'::jsonb`, '{"a": "x\\ny", "b": 1.10}'],
    ["'10.0.0.1'::inet", '"10.0.0.1"'],
    ['4294967295::oid', '4294967295'],
  ],
  duckdb: [
    ['1.10::DECIMAL(5,2)', '1.10'],
    ['0.1::FLOAT', '0.1'],
    ['16777216::FLOAT', '16777216.0'],
    ['1e300::DOUBLE', '1e+300'],
    ['170141183460469231731687303715884105727::HUGEINT', '170141183460469231731687303715884105727'],
    ['true', 'true'],
    ["'\\x00\\x0A\\xFF'::BLOB", '"AAr/"'],
    ["DATE '2024-02-29'", '"2024-02-29"'],
    ["TIMESTAMP '2024-02-29 12:00:00.5'", '"2024-02-29 12:00:00.5"'],
    [`'{"a" : [1.10, null]}'::JSON`, '{"a" : [1.10, null]}'],
    ["UUID '5d3f6f0e-6a3c-4a7e-9d5c-0123456789ab'", '"5d3f6f0e-6a3c-4a7e-9d5c-0123456789ab"'],
    ['[1, 2]', '[1,2]'],
  ],
}

test.each(['mysql', 'postgres', 'duckdb'] as const)(
  'JSON from %s has the values of each type',
  async dialect => {
    for (const [sql, json] of VALUES[dialect])
      expect(await linesOf(sessionOf(dialect), `SELECT ${sql} AS v, 1 AS w`), sql).toEqual([
        `{"v":${json},"w":1}`,
      ])
  },
)

test.each([
  ['postgres', "'NaN'::float8", 'the value "NaN" is not a number in JSON'],
  ['postgres', "'-Infinity'::float4", 'the value "-Infinity" is not a number in JSON'],
  ['postgres', "'NaN'::numeric", 'the value "NaN" is not a number in JSON'],
  ['duckdb', "'nan'::DOUBLE", 'the value "nan" is not a number in JSON'],
  ['duckdb', "'inf'::FLOAT", 'the value "inf" is not a number in JSON'],
  ['duckdb', "'[NaN]'::JSON", 'is not JSON text'],
] as const)('JSON from %s refuses %s by column, row and value', async (dialect, sql, why) => {
  const session =
    dialect === 'postgres'
      ? await openPostgres(postgresUrl(await freshPostgresDatabase())).connect('batchquery json')
      : await new DuckdbDatabase(':memory:').connect()
  try {
    await expect(linesOf(session, `SELECT ${sql} AS v`)).rejects.toThrow(
      expect.objectContaining({
        code: 'QUERY_FAILED',
        message: expect.stringMatching(`^column "v", row 1: .*${why}`),
      }),
    )
  } finally {
    await session.close()
  }
})

test('JSON from MariaDB refuses a JSON column whose text is not JSON', async () => {
  const url = mysqlUrl(await freshDatabase())
  const session = await openMysql(url).connect('batchquery json')
  try {
    await session.execute('CREATE TABLE t (id INT, j JSON)', 0)
    await session.execute(`INSERT INTO t VALUES (1, '[1,\n 2]')`, 0)
    await session.execute('SET check_constraint_checks = 0', 0)
    await session.execute(`INSERT INTO t VALUES (2, '[1,')`, 0)
    expect(await linesOf(session, 'SELECT j FROM t WHERE id = 1')).toEqual(['{"j":[1,  2]}'])
    await expect(linesOf(session, 'SELECT j FROM t ORDER BY id')).rejects.toThrow(
      'column "j", row 2: the value "[1," is not JSON text',
    )
  } finally {
    await session.close()
  }
})

test('JSON from MariaDB writes zero dates as the server does, or by INVALID DATES', async () => {
  const session = await openMysql(mysqlUrl(await freshDatabase())).connect('batchquery json')
  try {
    await session.execute("SET sql_mode = ''", 0)
    await session.execute('CREATE TABLE t (id INT(4) ZEROFILL, d DATE, at DATETIME, f DOUBLE ZEROFILL)', 0)
    await session.execute(
      "INSERT INTO t VALUES (7, '0000-00-00', '2024-00-01', 1.5), (8, '2024-01-01', NULL, 0)",
      0,
    )
    const sql = 'SELECT * FROM t ORDER BY id'
    expect(await linesOf(session, sql)).toEqual([
      '{"id":7,"d":"0000-00-00","at":"2024-00-01 00:00:00","f":1.5}',
      '{"id":8,"d":"2024-01-01","at":null,"f":0}',
    ])
    expect(await linesOf(session, sql, { invalidDates: 'NULL' })).toEqual([
      '{"id":7,"d":null,"at":null,"f":1.5}',
      '{"id":8,"d":"2024-01-01","at":null,"f":0}',
    ])
    await expect(linesOf(session, sql, { invalidDates: 'ERROR' })).rejects.toThrow(
      'column "d", row 1: the value "0000-00-00" is not a date of the calendar',
    )
  } finally {
    await session.close()
  }
})

test('JSON from PostgreSQL has all digits of floats and the bytes of bytea under any settings of the session', async () => {
  const session = await openPostgres(postgresUrl(await freshPostgresDatabase())).connect('batchquery json')
  try {
    await session.execute(
      "SET extra_float_digits = -5; SET bytea_output = 'escape'; SET DateStyle = 'SQL, DMY'",
      0,
    )
    const sql = `SELECT 0.1::float8 + 0.2 AS d, 0.1::float4 AS f, '\\x00ff5c'::bytea AS b, DATE '2024-02-29' AS day,
      1.10 AS n, 7::int8 AS i, true AS t, 'é"' AS s, '{"a":1}'::jsonb AS j, NULL::float8 AS e`
    expect(await linesOf(session, sql)).toEqual([
      '{"d":0.30000000000000004,"f":0.1,"b":"AP9c","day":"29/02/2024","n":1.10,"i":7,"t":true,"s":"é\\"","j":{"a": 1},"e":null}',
    ])
    await expect(linesOf(session, "SELECT 'NaN'::float8 AS v")).rejects.toThrow('is not a number in JSON')
  } finally {
    await session.close()
  }
})

test.each([
  ['mysql', 2 << 20],
  ['postgres', 8 << 20],
  ['duckdb', 8 << 20],
] as const)('JSON from %s has a text of %i repetitions', { timeout: 120_000 }, async (dialect, count) => {
  const sql = `SELECT 1 AS n, REPEAT(CONCAT('a"', CHR(92), 'b é'), ${count}) AS t, 2 AS m`
  const [line = ''] = await linesOf(
    sessionOf(dialect),
    dialect === 'mysql' ? sql.replace('CHR(92)', 'CHAR(92 USING utf8mb4)') : sql,
  )
  const { n, t, m } = JSON.parse(line)
  expect([n, t === 'a"\\b é'.repeat(count), m]).toEqual([1, true, 2])
})
