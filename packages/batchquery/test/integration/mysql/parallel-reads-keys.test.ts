import type { Connection, RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adminConnection, freshDatabase } from '../../setup/mariadb-client.ts'
import { numbers } from '../../setup/mysql-numbers.ts'
import { readInParallel, request } from './parallel-reads.ts'

let database: string
let admin: Connection

beforeAll(async () => {
  database = await freshDatabase()
  admin = await adminConnection({ database })
})

afterAll(async () => {
  await admin?.end()
})

/** Reads a table in ranges of its key, and returns the number of rows of each range. */
async function rowsOfRanges(table: string, by: readonly string[] | null = null): Promise<readonly number[]> {
  const query = `SELECT note FROM ${table}`
  const { ranges } = await readInParallel(database, request(query, { by, consistency: 'NONE' }))
  const [rows] = await admin.query<RowDataPacket[]>(`SELECT note FROM ${table}`)
  expect(ranges.flat().sort()).toEqual(rows.map(({ note }) => String(note)).sort())
  return ranges.map(range => range.length)
}

const KEYS: readonly (readonly [name: string, type: string, value: string])[] = [
  ['numbers with gaps of 10^12', 'BIGINT', 'seq * 1000000000000'],
  ['one far number', 'BIGINT', 'IF(seq = 1, 9000000000000000000, seq)'],
  ['negative numbers', 'INT', '-seq * 7 + 1500'],
  [
    'the ends of BIGINT UNSIGNED',
    'BIGINT UNSIGNED',
    '18446744073709551615 - CAST(seq - 1 AS UNSIGNED) * 3000000000000000',
  ],
  ['decimals', 'DECIMAL(20, 5)', '(seq - 1500) / 7'],
  ['doubles', 'DOUBLE', '(seq - 1500) * 1e10 / 7'],
  [
    'UUIDs',
    'CHAR(36)',
    "INSERT(INSERT(INSERT(INSERT(MD5(seq), 9, 0, '-'), 14, 0, '-'), 19, 0, '-'), 24, 0, '-')",
  ],
  ['bytes', 'BINARY(16)', 'UNHEX(MD5(seq))'],
  ['bytes of other lengths', 'VARBINARY(40)', 'UNHEX(LEFT(MD5(seq), 2 + 2 * (seq % 15)))'],
  ['dates', 'DATE', "DATE '1960-01-01' + INTERVAL seq * 11 DAY"],
  ['times', 'DATETIME(6)', "TIMESTAMP '1969-12-31 23:59:59.5' + INTERVAL seq * 1234567 MICROSECOND"],
  ['times of a zone', 'TIMESTAMP', "TIMESTAMP '2020-01-01 00:00:00' + INTERVAL seq * 37 MINUTE"],
  ['texts without case', 'VARCHAR(60) COLLATE utf8mb4_general_ci', "CONCAT(IF(seq % 2, 'É', 'e'), MD5(seq))"],
  ['texts with case', 'VARCHAR(60) COLLATE utf8mb4_bin', 'CONCAT(CHAR(65 + seq % 50), MD5(seq))'],
  [
    'texts of a common beginning',
    'VARCHAR(80)',
    "CONCAT('a long beginning that all have: ', LPAD(seq, 12, '0'))",
  ],
  ['latin1', 'VARCHAR(60) CHARACTER SET latin1', "CONCAT('ä', MD5(seq))"],
  [
    'Japanese',
    'VARCHAR(60)',
    "CONCAT('注文', CONVERT(CHAR(12353 + seq % 80 USING ucs2) USING utf8mb4), seq)",
  ],
  ['quotes and backslashes', 'VARCHAR(60)', "CONCAT('\\'\\\\', MD5(seq), '\"')"],
]

describe.each(KEYS)('a table with a key of %s', (_, type, value) => {
  test('is divided into ranges of about the same size', async () => {
    await admin.query('DROP TABLE IF EXISTS numbered')
    await admin.query(`CREATE TABLE numbered (k ${type}, note INT, PRIMARY KEY (k)) CHARACTER SET utf8mb4`)
    await admin.query(`INSERT IGNORE INTO numbered SELECT ${value}, seq FROM ${numbers(3000)}`)
    await admin.query('ANALYZE TABLE numbered')
    const rows = await rowsOfRanges('numbered')
    const total = rows.reduce((sum, of) => sum + of, 0)
    expect(total).toBeGreaterThan(250)
    expect(rows.length).toBeGreaterThanOrEqual(6)
    expect(Math.max(...rows)).toBeLessThanOrEqual(total / 3)
  })
})

test.each([0, 1, 2, 10])('%i rows are read once', async count => {
  await admin.query('CREATE OR REPLACE TABLE few (k INT PRIMARY KEY, note INT)').catch(async () => {
    await admin.query('DROP TABLE IF EXISTS few')
    await admin.query('CREATE TABLE few (k INT PRIMARY KEY, note INT)')
  })
  if (count > 0) await admin.query(`INSERT INTO few SELECT seq * seq, seq FROM ${numbers(count)}`)
  expect((await rowsOfRanges('few')).length).toBeGreaterThanOrEqual(1)
})

const SKEWED: readonly (readonly [name: string, a: string, b: string, types: string])[] = [
  ['9 of 10 rows with one shop', 'IF(seq % 10 = 0, seq, 5)', 'seq', 'a INT, b INT'],
  ['three shops', 'seq % 3', 'MD5(seq)', 'a INT, b CHAR(32)'],
  ['one shop', '1', 'UNHEX(MD5(seq))', 'a INT, b BINARY(16)'],
  ['shops that have numbers of their own', 'seq DIV 5000', 'seq', 'a INT, b INT'],
]

test.each(SKEWED)('%s are divided by both columns of the key', async (_, a, b, types) => {
  await admin.query('DROP TABLE IF EXISTS skewed')
  await admin.query(`CREATE TABLE skewed (${types}, note INT, PRIMARY KEY (a, b))`)
  await admin.query(`INSERT INTO skewed SELECT ${a}, ${b}, seq FROM ${numbers(20_000)}`)
  await admin.query('ANALYZE TABLE skewed')
  const rows = await rowsOfRanges('skewed')
  expect(rows.length).toBeGreaterThanOrEqual(6)
  expect(Math.max(...rows)).toBeLessThan(8_000)
})

test('NULL in a column of BY is a range of its own', async () => {
  await admin.query('CREATE TABLE gaps (id INT PRIMARY KEY, k INT, l INT, note INT, INDEX (k, l))')
  await admin.query(
    `INSERT INTO gaps SELECT seq, NULLIF(seq % 50, 0), NULLIF(seq % 7, 0), seq FROM ${numbers(5000)}`,
  )
  await admin.query('ANALYZE TABLE gaps')
  expect((await rowsOfRanges('gaps', ['k'])).at(-1)).toBe(100)
  const either = [...Array(5000).keys()].filter(at => !((at + 1) % 50 && (at + 1) % 7)).length
  expect((await rowsOfRanges('gaps', ['k', 'l'])).at(-1)).toBe(either)
})

test('quoted names and reserved words are quoted', async () => {
  await admin.query('CREATE TABLE `Odd ``T` (`order` INT, `A b` INT, note INT, PRIMARY KEY (`order`, `A b`))')
  await admin.query(`INSERT INTO \`Odd \`\`T\` SELECT seq % 10, seq, seq FROM ${numbers(1000)}`)
  await admin.query('ANALYZE TABLE `Odd ``T`')
  expect((await rowsOfRanges(`${database}.\`Odd \`\`T\``)).length).toBeGreaterThanOrEqual(6)
})
