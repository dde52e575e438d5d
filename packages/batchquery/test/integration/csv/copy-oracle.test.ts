import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { DuckdbDatabase } from '../../../src/database/duckdb/duckdb-database.ts'
import { cases } from '../../setup/chance.ts'
import { freshDatabase } from '../../setup/mariadb-client.ts'
import { numbers } from '../../setup/mysql-numbers.ts'
import { freshPostgresDatabase } from '../../setup/postgres-client.ts'
import {
  collect as collectMysql,
  serverUrl as mysqlUrl,
  openDatabase as openMysql,
} from '../mysql/session.ts'
import {
  collect as collectPostgres,
  openDatabase as openPostgres,
  serverUrl as postgresUrl,
} from '../postgres/session.ts'
import { LITERALS, query, values } from './hard-rows.ts'

const value = values()
const rows = fc
  .integer({ min: 1, max: 4 })
  .chain(columns =>
    fc
      .array(fc.array(value, { minLength: columns, maxLength: columns }), { maxLength: 12 })
      .map(table => ({ columns, table })),
  )
const layout = fc.record({
  fieldsTerminatedBy: fc.constantFrom(...',;|\t').map(text => Buffer.from(text)),
  enclosedBy: fc.constantFrom(...`"'`).map(text => Buffer.from(text)),
})

let mysql: Session
let postgres: Session
let duckdb: Session

beforeAll(async () => {
  mysql = await openMysql(mysqlUrl(await freshDatabase())).connect('batchquery csv')
  const database = await freshPostgresDatabase()
  postgres = await openPostgres(postgresUrl(database)).connect('batchquery csv')
  duckdb = await new DuckdbDatabase(':memory:').connect()
})

afterAll(async () => {
  for (const session of [mysql, postgres, duckdb]) await session?.close()
})

test("CSV from all three databases has the bytes of PostgreSQL's COPY", async () => {
  await fc.assert(
    fc.asyncProperty(rows, layout, async ({ columns, table }, chosen) => {
      const typed = [
        ...table,
        ...Array.from({ length: 1 }, () => Array.from({ length: columns }, () => 'end')),
      ]
      const options = { format: 'CSV', layout: chosen, characterSet: null } as const
      const sql = (dialect: keyof typeof LITERALS) => query(typed, columns, LITERALS[dialect])
      const expected = (await collectPostgres(postgres, sql('postgres'), options)).bytes.toString()
      expect((await collectMysql(mysql, sql('mysql'), options)).bytes.toString()).toBe(expected)
      expect((await collectPostgres(duckdb, sql('duckdb'), options)).bytes.toString()).toBe(expected)
    }),
    { numRuns: cases(60) },
  )
})

test("DuckDB's own reader reads the rows back, with NULL and the empty string apart", async () => {
  const text = 'CONCAT(\'a "quoted", text\\nof two lines \', seq)'
  const sql = `SELECT seq, CASE seq % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE ${text} END FROM ${numbers(30_000)}`
  const { bytes } = await collectMysql(mysql, sql, { format: 'CSV' })
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-csv-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'rows.csv')
  await writeFile(file, bytes)
  const { results } = await duckdb.execute(
    `SELECT count(*), sum(seq::INT), count(*) FILTER (v IS NULL), count(*) FILTER (v = ''),
       count(*) FILTER (v = 'a "quoted", text' || chr(10) || 'of two lines ' || seq)
     FROM read_csv('${file}', header = false, allow_quoted_nulls = false, columns = {'seq': 'VARCHAR', 'v': 'VARCHAR'})`,
    1,
  )
  expect(results[0].rows).toEqual([['30000', String((30_000 * 30_001) / 2), '10000', '10000', '10000']])
})

test("Python's csv module reads the same texts", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-csv-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const columns = 3
  const texts = fc.sample(value, { numRuns: 40 * columns })
  const table = Array.from({ length: 40 }, (_, at) => texts.slice(at * columns, (at + 1) * columns))
  const file = join(folder, 'rows.csv')
  await writeFile(
    file,
    (await collectMysql(mysql, query(table, columns, LITERALS.mysql), { format: 'CSV' })).bytes,
  )
  const script =
    "import csv, json, sys; print(json.dumps(list(csv.reader(open(sys.argv[1], newline='', encoding='utf8')))))"
  const { stdout } = await execa('python3', ['-c', script, file])
  // NULL and the empty string are one to this reader; an empty line is a row without a value
  const expected = table.map(row => row.map(text => text ?? ''))
  const read: unknown[] = JSON.parse(stdout)
  expect(read.map(row => (Array.isArray(row) && row.length === 0 ? [''] : row))).toEqual(expected)
})
