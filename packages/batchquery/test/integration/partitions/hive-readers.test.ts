import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { DuckdbDatabase } from '../../../src/database/duckdb/duckdb-database.ts'
import { partitionedPlan } from '../../../src/export/partitions/partitioned-plan.ts'
import { BlockPool, type FormatName, NO_FORMAT_CLAUSES, planFormat } from '../../../src/format/index.ts'
import { freshDatabase } from '../../setup/mariadb-client.ts'
import { freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { serverUrl as mysqlUrl, openDatabase as openMysql } from '../mysql/session.ts'
import { openDatabase as openPostgres, serverUrl as postgresUrl } from '../postgres/session.ts'

const DIALECTS = ['mysql', 'postgres', 'duckdb'] as const
const FORMATS: readonly FormatName[] = ['CSV', 'TEXT', 'JSON', 'PARQUET']
/** In a random order, so that each value returns. */
const VALUES = ['', ' ', '/', '%', '=', '007', '日本', 'a/b=c%20d', "it's", 'é'].flatMap(value => [
  value,
  value,
])
const sessions = new Map<string, Session>()
let folder = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'batchquery-partitions-'))
  sessions.set('mysql', await openMysql(mysqlUrl(await freshDatabase())).connect('batchquery partitions'))
  sessions.set(
    'postgres',
    await openPostgres(postgresUrl(await freshPostgresDatabase())).connect('batchquery partitions'),
  )
  sessions.set('duckdb', await new DuckdbDatabase(':memory:').connect())
})

afterAll(async () => {
  for (const session of sessions.values()) await session.close()
  rmSync(folder, { recursive: true })
})

const sessionOf = (dialect: string): Session => {
  const session = sessions.get(dialect)
  if (session === undefined) throw new Error(`no session of ${dialect}`)
  return session
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

function queryOf(dialect: string): string {
  const text = (value: string) =>
    dialect === 'mysql' ? `CONVERT(${quoted(value)} USING utf8mb4)` : quoted(value)
  const rows = VALUES.map(
    (value, row) =>
      `SELECT ${row} AS id, ${text(value)} AS v, DATE '2026-01-31' AS d, ${row % 2 === 0 ? 12 : -7} AS n, ${row % 4 === 0 ? 'NULL' : (row % 2) + 1} AS o`,
  )
  return rows.join(' UNION ALL ')
}

async function write(session: Session, query: string, format: FormatName, root: string): Promise<number> {
  const plan = partitionedPlan(
    planFormat({ ...NO_FORMAT_CLAUSES, compression: format === 'PARQUET' ? 'SNAPPY' : null, format }),
    {
      partitionBy: { columns: ['v', 'd', 'n', 'o'], include: false },
      maxPartitions: 1000,
      characterSet: null,
      invalidDates: null,
    },
    { limits: { areFiles: true, otherKeyBytes: 0 }, memoryBytes: Number.POSITIVE_INFINITY, warn: () => {} },
  )
  const stream = await session.stream(query, {
    format: plan,
    pool: new BlockPool(1 << 20, 4),
    maxPartBytes: 1 << 30,
  })
  const files = new Map<string, Buffer[]>()
  let rows = 0
  for await (const block of stream) {
    files.set(block.partition, [...(files.get(block.partition) ?? []), Buffer.from(block.bytes)])
    rows += block.rowsEnded
    block.release()
  }
  expect(stream.rowsRead).toBe(rows)
  for (const [partition, pieces] of files) {
    const path = join(root, partition, `part.${format.toLowerCase()}`)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, Buffer.concat(pieces))
  }
  return rows
}

const READERS = {
  CSV: "read_csv('ROOT/**/*.csv', header = false, names = ['id']",
  TEXT: "read_csv('ROOT/**/*.text', header = false, names = ['id']",
  JSON: "read_json('ROOT/**/*.json'",
  PARQUET: "read_parquet('ROOT/**/*.parquet'",
} as const

describe.each(DIALECTS)('DuckDB reads all values back that a partitioned export writes from %s', dialect => {
  test.each(FORMATS)('as %s', async format => {
    const root = join(folder, dialect, format)
    expect(await write(sessionOf(dialect), queryOf(dialect), format, root)).toBe(VALUES.length)
    const instance = await DuckDBInstance.create()
    const duckdb = await instance.connect()
    const types =
      "hive_partitioning = true, hive_types = {'v': VARCHAR, 'd': DATE, 'n': INTEGER, 'o': INTEGER}"
    const reader = READERS[format].replace('ROOT', root)
    const result = await duckdb.runAndReadAll(
      `SELECT id::INTEGER, v, d::VARCHAR, n, o FROM ${reader}, ${types}) ORDER BY 1`,
    )
    const expected = VALUES.map((value, row) => [
      row,
      value,
      '2026-01-31',
      row % 2 === 0 ? 12 : -7,
      row % 4 === 0 ? null : (row % 2) + 1,
    ])
    expect(result.getRows()).toEqual(expected)
    duckdb.closeSync()
  })
})
