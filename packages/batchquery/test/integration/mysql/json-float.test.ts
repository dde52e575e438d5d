import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { freshDatabase } from '../../setup/mariadb-client.ts'
import { clientRows } from './parquet-result.ts'
import { collect, openDatabase, serverUrl } from './session.ts'

/* FORMAT JSON reads a result with a FLOAT by the binary protocol, and writes all other values as if they had come as text. */

let database: string
let session: Session

beforeAll(async () => {
  database = await freshDatabase()
  session = await openDatabase(serverUrl(database)).connect('batchquery json-float')
  await session.execute("SET sql_mode = '', time_zone = '+02:00'", 0)
  await session.execute(
    `CREATE TABLE t (id INT, f FLOAT, g FLOAT(8,2), i INT, u INT UNSIGNED, z INT(8) ZEROFILL, b BIGINT UNSIGNED, d DOUBLE, e DOUBLE(10,3),
      c DECIMAL(10,2), da DATE, dt DATETIME(3), ts TIMESTAMP NULL, tm TIME(2), y YEAR, v VARCHAR(20) CHARACTER SET latin1, bl BLOB, bt BIT(9))`,
    0,
  )
  await session.execute(
    `INSERT INTO t VALUES
      (1, 16777216, 1.5, -7, 4294967295, 42, 18446744073709551615, 1e15, 1.5, 1.10, '2024-02-29', '2024-02-29 01:02:03.5', '2024-02-29 01:02:03',
        '-838:59:59', 1999, _utf8mb4'é"', X'00FF', b'101'),
      (2, 3.4028234663852886e38, 0.1, 0, 0, 0, 0, 1e-7, -0.001, -0.5, '0000-00-00', '0000-00-00', '0000-00-00', '00:00:00', 0, '', '', 0),
      (3, -0e0, NULL, NULL, NULL, NULL, NULL, -1.7976931348623157e308, NULL, NULL, '2024-02-00', '2024-00-10', NULL, '01:02:03.25', NULL, NULL, NULL, NULL),
      (4, 1e-45, 123456.78, 1, 2, 99999999, 3, 0.1, 123456.789, 0, '0001-01-01', '9999-12-31 23:59:59.999', '2038-01-01', '25:00:00', 2155, 'x', 'y', 1)`,
    0,
  )
})

afterAll(() => session.close())

const COLUMNS = 'id, i, u, z, b, d, e, c, da, dt, ts, tm, y, v, bl, bt'
const lines = async (sql: string): Promise<string[]> =>
  (await collect(session, sql, { format: 'JSON' })).bytes.toString().trimEnd().split('\n')

test('the values next to a FLOAT are written as without it', async () => {
  const asText = await lines(`SELECT ${COLUMNS} FROM t ORDER BY id`)
  const withFloat = await lines(`SELECT ${COLUMNS}, f, g FROM t ORDER BY id`)
  expect(withFloat.map(line => line.replace(/,"f":.*/, '}'))).toEqual(asText)
})

test('a FLOAT has all its digits', async () => {
  const found = (await lines('SELECT f, g FROM t ORDER BY id')).map(line => JSON.parse(line))
  const printed = await clientRows(
    'SELECT CAST(f AS DOUBLE), CAST(g AS DOUBLE) * 1e0 FROM t ORDER BY id',
    database,
  )
  const number = (value: string): number | null => (value === 'NULL' ? null : Number(value))
  const expected = printed.map(([f, g]) => ({ f: number(f), g: number(g) }))
  const rounded = found.map(({ f, g }) => ({ f: Math.fround(f), g: g === null ? null : Math.fround(g) }))
  expect(rounded).toEqual(expected)
  expect(await lines('SELECT f FROM t WHERE id = 1')).toEqual(['{"f":16777216}'])
})
