import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ExportOptions } from '../../../src/library/index.ts'
import { DATABASES, freshFolder, open, resultsIn } from './servers.ts'

const [DUCKDB] = DATABASES.filter(({ dialect }) => dialect === 'duckdb')

test('export writes PARQUET with its compression and row groups, and DuckDB reads it', async () => {
  const folder = await freshFolder()
  const db = await open(DUCKDB, { folder })
  const options = { format: 'PARQUET', compression: 'GZIP', rowGroupSize: '4 MB', manifest: true } as const
  const result = await db.export(DUCKDB.numbers(2_500_000), './out/n', options)
  const path = join(folder, 'out/n.part_00000.parquet')
  expect(result).toMatchObject({
    rows: 2_500_000,
    parts: [{ rows: 2_500_000 }],
    manifest: expect.any(String),
  })
  expect(
    await db.query(`SELECT count(*) AS rows, sum(n)::BIGINT AS sum FROM read_parquet('${path}')`),
  ).toEqual([{ rows: 2_500_000n, sum: 3_125_001_250_000n }])
  const [{ groups, codecs }] = await db.query<{ groups: bigint; codecs: string }>(
    `SELECT count(DISTINCT row_group_id) AS groups, string_agg(DISTINCT compression) AS codecs FROM parquet_metadata('${path}')`,
  )
  expect(codecs).toBe('GZIP')
  expect(groups).toBeGreaterThan(1n)
})

test('export writes the types that it is asked for', async () => {
  const folder = await freshFolder()
  const db = await open(DUCKDB, { folder })
  const sql =
    "SELECT 5.00::DECIMAL(5,2) AS id, '2024-02-00' AS day, '00112233445566778899aabbccddeeff' AS key"
  const types = { id: 'INT64 NOT NULL', day: 'DATE', key: 'UUID' } as const
  await db.export(sql, './out/typed', { format: 'PARQUET', types, invalidDates: 'NULL' })
  const path = `${folder}/out/typed.part_00000.parquet`
  expect(
    await db.query(`SELECT id, day, key::VARCHAR AS key, typeof(day) AS type FROM read_parquet('${path}')`),
  ).toEqual([{ id: 5n, day: null, key: '00112233-4455-6677-8899-aabbccddeeff', type: 'DATE' }])
  const failed = db.export(sql, './out/other', { format: 'PARQUET', types })
  await expect(failed).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: 'column "day", row 1: the value "2024-02-00" is not in the calendar',
  })
})

test.each<[options: ExportOptions, code: string, message: string]>([
  [{ format: 'PARQUET', header: true }, 'UNSUPPORTED_CLAUSE', 'FORMAT PARQUET has no HEADER'],
  [{ format: 'PARQUET', characterSet: 'latin1' }, 'UNSUPPORTED_CLAUSE', 'cannot have CHARACTER SET latin1'],
  [{ format: 'CSV', compression: 'SNAPPY' }, 'UNSUPPORTED_CLAUSE', 'FORMAT CSV has no COMPRESSION SNAPPY'],
  [{ types: { a: 'INT64' } }, 'UNSUPPORTED_CLAUSE', 'FORMAT TEXT has no TYPES'],
  [{ format: 'CSV', invalidDates: 'ERROR' }, 'UNSUPPORTED_CLAUSE', 'FORMAT CSV has no INVALID DATES'],
  [{ format: 'PARQUET', types: { b: 'INT64' } }, 'UNSUPPORTED_CLAUSE', 'TYPES names the column "b", which'],
  [{ rowGroupSize: '64 MB' }, 'UNSUPPORTED_CLAUSE', 'FORMAT TEXT has no ROWGROUPSIZE'],
  [
    { format: 'PARQUET', rowGroupSize: '3 MB' },
    'SQL_SYNTAX',
    'the option rowGroupSize of export is "3 MB", which is not a size of 4 MB to 512 MB',
  ],
])('export refuses %j before the query runs', async (options, code, message) => {
  const folder = await freshFolder()
  const db = await open(DUCKDB, { folder })
  const exported = db.export("SELECT error('it ran') AS a", './out/n', options)
  await expect(exported).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
  expect(await resultsIn(folder)).toEqual(['db01.duckdb'])
})
