import { describe, expect, test } from 'vitest'
import { NO_FORMAT_CLAUSES, planFormat } from '../../../src/format/index.ts'
import { readFooter } from '../../../src/format/parquet/index.ts'
import { cases } from '../../setup/chance.ts'
import { DuckdbWitness, readWithHyparquet } from '../../unit/format/parquet/witnesses.ts'
import { CODECS } from '../../unit/format/parquet/write-file.ts'
import { open, streamOptions } from './fixture.ts'
import { parquetFile, parquetParts, readBack } from './parquet-file.ts'

/** A type, edge values of it, and the type that DuckDB finds in the file. */
const TYPES: readonly (readonly [type: string, values: readonly string[], read: string])[] = [
  ['BOOLEAN', ['true', 'false'], 'BOOLEAN'],
  ['TINYINT', ['-128', '127', '0'], 'TINYINT'],
  ['SMALLINT', ['-32768', '32767'], 'SMALLINT'],
  ['INTEGER', ['-2147483648', '2147483647', '-1'], 'INTEGER'],
  ['BIGINT', ['-9223372036854775808', '9223372036854775807', '9007199254740993'], 'BIGINT'],
  ['UTINYINT', ['0', '255'], 'UTINYINT'],
  ['USMALLINT', ['0', '65535'], 'USMALLINT'],
  ['UINTEGER', ['0', '4294967295'], 'BIGINT'],
  ['UBIGINT', ['0', '18446744073709551615', '9223372036854775808'], 'DECIMAL(20,0)'],
  ['HUGEINT', ['-170141183460469231731687303715884105728', '0'], 'VARCHAR'],
  ['UHUGEINT', ['340282366920938463463374607431768211455', '0'], 'VARCHAR'],
  ['BIGNUM', [`-${'9'.repeat(300)}`, '0'], 'VARCHAR'],
  ['DECIMAL(4,1)', ['-999.9', '999.9', '0', '0.1'], 'DECIMAL(4,1)'],
  ['DECIMAL(9,9)', ['-0.999999999', '0.000000001'], 'DECIMAL(9,9)'],
  ['DECIMAL(18,3)', ['-999999999999999.999', '0.001'], 'DECIMAL(18,3)'],
  ['DECIMAL(19,19)', ['-0.9999999999999999999', '0.0000000000000000001'], 'DECIMAL(19,19)'],
  ['DECIMAL(38,0)', ['9'.repeat(38), `-${'9'.repeat(38)}`], 'DECIMAL(38,0)'],
  ['DECIMAL(38,10)', [`${'9'.repeat(28)}.${'9'.repeat(10)}`, '-0.0000000001'], 'DECIMAL(38,10)'],
  ['FLOAT', ['nan', 'inf', '-inf', '-0.0', '16777216', '1e-45', '3.4028235e38', '0.1'], 'FLOAT'],
  ['DOUBLE', ['nan', 'inf', '-inf', '-0.0', '5e-324', '1.7976931348623157e308', '0.1'], 'DOUBLE'],
  ['DATE', ['0044-03-15 (BC)', '0001-01-01', '10000-01-01', '5877642-06-26 (BC)', '1582-10-10'], 'DATE'],
  ['TIMESTAMP', ['1970-01-01', '290309-12-22 (BC) 00:00:00', '294247-01-10 04:00:54.775806'], 'TIMESTAMP'],
  ['TIMESTAMP_S', ['1969-12-31 23:59:59', '0001-01-01 (BC) 00:00:00', '99999-01-01'], 'TIMESTAMP'],
  ['TIMESTAMP_MS', ['1969-12-31 23:59:59.999', '12345-06-07 08:09:10.111'], 'TIMESTAMP'],
  [
    'TIMESTAMPTZ',
    [
      '2024-11-03 05:30:00+00',
      '2024-11-03 06:30:00+00',
      '0044-03-15 (BC) 01:02:03+00',
      '10000-01-01 00:00:00+14',
    ],
    'TIMESTAMP WITH TIME ZONE',
  ],
  ['TIME', ['00:00:00', '24:00:00', '23:59:59.999999'], 'VARCHAR'],
  ['TIME_NS', ['23:59:59.999999999'], 'VARCHAR'],
  ['TIMETZ', ['01:02:03+15:59:59', '24:00:00-15'], 'VARCHAR'],
  ['INTERVAL', ['1 year 2 months -3 days 04:05:06.7', '-1 microsecond'], 'VARCHAR'],
  ['VARCHAR', ['', '\\N', 'a\tb\nc\\d\r', '🦆é表ソ', 'x'.repeat(300), '\\'], 'VARCHAR'],
  ["ENUM('a', 'b\t')", ['a', 'b\t'], 'VARCHAR'],
  ['BIT', ['010110', '1'.repeat(70)], 'VARCHAR'],
  ['UUID', ['4ac7a9e9-607c-4c8a-84f3-843f0191e3fd'], 'VARCHAR'],
  ['JSON', ['{"a":  "x\\ty"}', 'null', '[1.0]'], 'JSON'],
  ['BLOB', ['', '\\x00\\x09\\x0A\\x5C\\xFF', `${'\\xFE'.repeat(97)}`, 'a'.repeat(300)], 'BLOB'],
  ['VARIANT', ['17'], 'VARCHAR'],
]

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`
const cast = (value: string | null, type: string) =>
  value === null ? `NULL::${type}` : `CAST(${quote(value)} AS ${type})`

/** One column for each type, and in each row the next of its edge values or NULL. */
function everyType(rows: number): string {
  const selects = Array.from({ length: rows }, (_, row) => {
    const values = TYPES.map(
      ([type, values], column) => `${cast([...values, null][row % (values.length + 1)], type)} AS c${column}`,
    )
    return `SELECT ${row} AS id, ${values.join(', ')}`
  })
  return selects.join(' UNION ALL ')
}

/** A column as the file must have it, as text in which -0 differs from 0, and an instant is the same in every zone. */
const shown = (column: string, read: string): string =>
  read === 'TIMESTAMP WITH TIME ZONE' ? `epoch_us(${column})` : `CAST(CAST(${column} AS ${read}) AS VARCHAR)`

const COLUMNS = TYPES.map(([, , read], column) => shown(`c${column}`, read)).join(', ')

describe.each(CODECS)('with %s', compression => {
  test('DuckDB reads every type as the query has it', async () => {
    const sql = everyType(24)
    using witness = await readBack(await open(), sql, { compression })
    const described = await witness.query('DESCRIBE FROM FILE')
    expect(described.map(([, type]) => type)).toEqual(['INTEGER', ...TYPES.map(([, , read]) => read)])
    await expectEqual(witness, sql, `id, ${COLUMNS}`)
  })
})

/** The file has the rows of the query, no more and no fewer. */
async function expectEqual(witness: DuckdbWitness, sql: string, columns = '*'): Promise<void> {
  const query = `SELECT ${columns} FROM (${sql})`
  const file = `SELECT ${columns} FROM FILE`
  expect(await witness.query(`${query} EXCEPT ALL ${file}`)).toEqual([])
  expect(await witness.query(`${file} EXCEPT ALL ${query}`)).toEqual([])
}

test('hyparquet reads the same values as DuckDB', async () => {
  const file = await parquetFile(await open(), everyType(24))
  using witness = await DuckdbWitness.open(file)
  const rows = await readWithHyparquet(file)
  for (const [index, [type, , read]] of TYPES.entries()) {
    // hyparquet has decimals as doubles.
    if (read.startsWith('DECIMAL')) continue
    const column = `c${index}`
    const values = await witness.query(`SELECT ${asHyparquet(column, read)} FROM FILE`)
    const isFloat = read === 'FLOAT' || read === 'DOUBLE'
    const found = rows.map(row => (isFloat ? row[column] : plain(row[column])))
    expect(found, type).toEqual(values.flat())
  }
})

/** The value of a column as hyparquet has it. */
function asHyparquet(column: string, read: string): string {
  if (read === 'FLOAT' || read === 'DOUBLE' || read === 'BOOLEAN') return column
  if (read === 'DATE') return `(${column} - DATE '1970-01-01')::VARCHAR`
  if (read.startsWith('TIMESTAMP')) return `epoch_us(${column})::VARCHAR`
  return read === 'BLOB' ? `hex(${column})` : `${column}::VARCHAR`
}

/** Integers as text, because hyparquet has them as numbers or as bigints, and bytes in hexadecimal digits. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex').toUpperCase()
  return typeof value === 'bigint' || Number.isSafeInteger(value) ? String(value) : (value ?? null)
}

test.each([
  ["'infinity'::DATE", 'infinity'],
  ["'-infinity'::TIMESTAMP", '-infinity'],
  ["'infinity'::TIMESTAMP_S", 'infinity'],
  ["'infinity'::TIMESTAMP_MS", 'infinity'],
  ["'-infinity'::TIMESTAMPTZ", '-infinity'],
])('an export fails when a value is %s', async (expression, text) => {
  const session = await open()
  const exported = parquetFile(session, `SELECT 1 AS id, ${expression} AS v UNION ALL SELECT 2, NULL`)
  await expect(exported).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: expect.stringMatching(
      `^column "v", row 1: the value "${text}" cannot be a (date|timestamp) in Parquet$`,
    ),
    hint: expect.stringMatching(/x::text in PostgreSQL and DuckDB/),
  })
})

test('random floats and doubles keep every bit', async () => {
  const random = (step: number) => `(hash(i + ${step}) % 16777216)::DOUBLE`
  const sql = `SELECT i, ((1 + ${random(1)}) * pow(2.0, ((hash(i + 7) % 250)::INT - 160)))::FLOAT AS f,
    ${random(3)} * ${random(4)} * pow(10.0, ((hash(i + 5) % 600)::INT - 300)) AS d FROM range(${cases(100_000)}) t(i)`
  using witness = await readBack(await open(), sql)
  await expectEqual(witness, sql)
})

test('a TIMESTAMPTZ is the same instant in every time zone, and the session keeps its zone', async () => {
  const session = await open()
  await session.execute("SET TimeZone = 'America/New_York'", 0)
  // The clock of New York shows 01:30 twice on that day.
  const sql =
    "SELECT TIMESTAMPTZ '2024-11-03 04:30:00+00' + i * INTERVAL 30 MINUTE AS moment FROM range(8) t(i)"
  using witness = await readBack(session, sql)
  expect(
    await witness.query(
      "SELECT (epoch_us(moment) - epoch_us(TIMESTAMPTZ '2024-11-03 04:30:00+00')) / 1800000000 FROM FILE",
    ),
  ).toEqual(Array.from({ length: 8 }, (_, half) => [half]))
  const { results } = await session.execute("SELECT current_setting('TimeZone')", 1)
  expect(results[0]?.rows).toEqual([['America/New_York']])
})

test('macros of the database have no effect when they have the names of functions that we use', async () => {
  const session = await open()
  for (const macro of ['to_base64(a) AS 1', 'epoch_us(a) AS 1', 'date_diff(a, b, c) AS 1', '"-"(a, b) AS 1'])
    await session.execute(`CREATE MACRO ${macro}`, 0)
  const sql = "SELECT 'a'::BLOB AS b, DATE '2024-01-02' AS d, TIMESTAMP '2024-01-02 03:04:05' AS t"
  using witness = await readBack(session, sql)
  await expectEqual(witness, sql)
})

const MANY = 100_000
/** In order, in reverse order, and in none. */
const SPREAD = `SELECT i, -i AS down, (hash(i) % 1000)::INTEGER AS chance, (i * 1.25)::DECIMAL(12,2) AS price, i / 8 AS ratio,
  'name ' || lpad(i::VARCHAR, 6, '0') AS name, DATE '2000-01-01' + (i // 100)::INTEGER AS day,
  TIMESTAMP '2000-01-01' + INTERVAL (i) SECOND AS moment, CASE WHEN i % 10 = 0 THEN NULL ELSE encode(hex(i)) END AS raw
  FROM range(${MANY}) t(i)`

test.each([
  'i BETWEEN 50000 AND 50009',
  'down < -99990',
  'chance = 17',
  'price = 62500.00',
  'price > 124990',
  'ratio >= 12499.5',
  "name = 'name 050000'",
  "name >= 'name 09999'",
  "day = DATE '2001-01-01'",
  "moment < TIMESTAMP '2000-01-01 00:00:10'",
  'raw = encode(hex(77777))',
  'raw IS NULL',
  'i IS NULL',
])('the rows where %s are the same when a reader pushes the predicate down', async where => {
  const file = await spreadFile()
  using witness = await DuckdbWitness.open(file)
  const counted = `count(*), sum(i)`
  expect(await witness.query(`SELECT ${counted} FROM FILE WHERE ${where}`)).toEqual(
    await witness.query(`SELECT ${counted} FROM (${SPREAD}) WHERE ${where}`),
  )
})

let spread: Promise<Buffer> | null = null
/** Has many row groups. */
function spreadFile(): Promise<Buffer> {
  spread ??= open().then(session => parquetFile(session, SPREAD, { rowGroupSize: 500_000 }))
  return spread
}

test('parts keep to MAXFILESIZE, and together have every row', async () => {
  const session = await open()
  const { parts, rowsEnded } = await parquetParts(session, SPREAD, {
    rowGroupSize: 200_000,
    maxPartBytes: 500_000,
  })
  expect(parts.length).toBeGreaterThan(3)
  let rows = 0
  for (const part of parts) {
    expect(part.length).toBeLessThanOrEqual(500_000)
    const footer = await readFooter(part.length, (offset, length) =>
      Promise.resolve(part.subarray(offset, offset + length)),
    )
    rows += footer.rows
  }
  expect([rows, rowsEnded]).toEqual([MANY, MANY])
})

test('an empty result is a file with its columns', async () => {
  using witness = await readBack(await open(), "SELECT 1 AS a, DATE '2024-01-01' AS b WHERE false")
  expect((await witness.query('DESCRIBE FROM FILE')).map(([name, type]) => [name, type])).toEqual([
    ['a', 'INTEGER'],
    ['b', 'DATE'],
  ])
  expect(await witness.query('SELECT count(*) FROM FILE')).toEqual([[0n]])
})

test.each([60_000, 70_000, 1_048_580, 5_000_000])('values of %i bytes come back as they are', async bytes => {
  const sql = `SELECT repeat('é' || chr(9), ${bytes / 4}) AS text, NULL AS nothing,
    encode(repeat('0123456789abcdefghij', ${bytes / 20})) || '\\x00\\xFF'::BLOB AS raw, i FROM range(3) t(i)`
  using witness = await readBack(await open(), sql)
  await expectEqual(witness, sql, 'md5(text), nothing, md5(raw), i')
})

test('an export is refused before the query runs when two columns have one name', async () => {
  const session = await open()
  const exported = session.stream(
    "SELECT error('it ran') AS a, 2 AS a",
    streamOptions({ plan: planFormat({ ...NO_FORMAT_CLAUSES, format: 'PARQUET' }) }),
  )
  await expect(exported).rejects.toMatchObject({
    code: 'UNSUPPORTED_CLAUSE',
    message:
      'FORMAT PARQUET needs a different name for each column, but two columns of the result are named "a"',
    hint: 'Rename one of them in the query: AS other_name.',
  })
})
