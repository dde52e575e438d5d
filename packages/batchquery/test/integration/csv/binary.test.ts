import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Connection, RowDataPacket } from 'mysql2/promise'
import { type Client, escapeLiteral } from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { DuckdbDatabase } from '../../../src/database/duckdb/duckdb-database.ts'
import { BlockPool } from '../../../src/format/index.ts'
import { readRows } from '../../../src/library/read-rows.ts'
import { splitStatements } from '../../../src/sql/index.ts'
import { adminConnection, freshDatabase } from '../../setup/mariadb-client.ts'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import {
  collect as collectMysql,
  serverUrl as mysqlUrl,
  openDatabase as openMysql,
} from '../mysql/session.ts'
import {
  collect,
  openDatabase as openPostgres,
  serverUrl as postgresUrl,
  readByCopy,
} from '../postgres/session.ts'

/** Every kind of binary column; the last one has values that come in pieces. */
const TYPES = [
  'BIT(1)',
  'BIT(17)',
  'BIT(64)',
  'BINARY(5)',
  'VARBINARY(300)',
  'TINYBLOB',
  'BLOB',
  'POINT',
  'LONGBLOB',
]
const NAMES = TYPES.map((_, at) => `c${at}`)
/** Lengths of the LONGBLOB: short, about a part of a block, about a piece, longer than all. */
const LENGTHS = [0, 1, 250, 251, 4_000, 9_000, 33_000, 65_535, 65_536, 70_001, 300_000]
const QUERY = `SELECT ${NAMES.join(', ')} FROM b ORDER BY n`

let mysql: Session
let postgres: Session
let duckdb: Session
let source: Connection
let target: Client
/** The rows, as another client reads them. */
let expected: readonly (readonly (Buffer | null)[])[]

beforeAll(async () => {
  const database = await freshDatabase()
  source = await adminConnection({ database })
  mysql = await openMysql(mysqlUrl(database)).connect('batchquery binary')
  const columns = NAMES.map((name, at) => `${name} ${TYPES[at]}`)
  await source.query(`CREATE TABLE b (n INT, ${columns.join(', ')})`)
  for (const [n, length] of LENGTHS.entries()) await source.query(`INSERT INTO b VALUES (${row(n, length)})`)
  await source.query('INSERT INTO b (n) VALUES (1000)')
  const [rows] = await source.query<RowDataPacket[]>({ sql: QUERY, typeCast: false })
  expected = rows.map(values => NAMES.map(name => values[name]))
  const name = await freshPostgresDatabase()
  postgres = await openPostgres(postgresUrl(name)).connect('batchquery binary')
  target = await adminPg(name)
  duckdb = await new DuckdbDatabase(':memory:').connect()
})

afterAll(async () => {
  for (const session of [mysql, postgres, duckdb]) await session?.close()
  await source?.end()
  await target?.end()
})

/** Bytes of every value, those that mean something in CSV among them. */
function row(n: number, length: number): string {
  const some = Buffer.from([n, 0x2c, 0x22, 0x0a, 0x5c, 0x00, 0xff, 0x0d, 0x5c, 0x78, 250 - n])
  const long = Buffer.from(Array.from({ length }, (_, at) => (at * 31 + n * 7) & 0xff))
  const hex = (bytes: Buffer) => `X'${bytes.toString('hex')}'`
  const short = hex(some.subarray(0, n))
  const bits = [`b'${n % 2}'`, `${n * 9_999}`, `18446744073709551615 - ${n}`]
  return [
    n,
    ...bits,
    hex(some.subarray(0, Math.min(n, 5))),
    short,
    short,
    short,
    `POINT(${n}, 0.5)`,
    hex(long),
  ].join()
}

const asHex = (value: Buffer | null): string => (value === null ? '' : `\\x${value.toString('hex')}`)

const LAYOUTS = [
  { delimiter: ',', quote: '"' },
  { delimiter: 'a', quote: '"' },
  { delimiter: '\\', quote: '0' },
  { delimiter: 'x', quote: '\\' },
  { delimiter: ';', quote: 'f' },
]

test.each(LAYOUTS)(
  "COPY reads MySQL's bytes back when the delimiter is $delimiter and the quote $quote",
  async layout => {
    const { delimiter, quote } = layout
    const options = {
      format: 'CSV',
      layout: { fieldsTerminatedBy: Buffer.from(delimiter), enclosedBy: Buffer.from(quote) },
    } as const
    // in blocks of this size the longer values come in pieces, and in the larger ones none does
    const { bytes } = await collectMysql(mysql, QUERY, { ...options, pool: new BlockPool(128 * 1024, 3) })
    const large = await collectMysql(mysql, QUERY, { ...options, pool: new BlockPool(8 * 1024 * 1024, 2) })
    for (const file of [bytes, large.bytes]) {
      const rows = await readByCopy(target, file, {
        columns: NAMES.length,
        type: 'bytea',
        options: `(FORMAT csv, DELIMITER ${escapeLiteral(delimiter)}, QUOTE ${escapeLiteral(quote)})`,
      })
      expect(digitsOf(rows)).toEqual(digitsOf(expected))
    }
  },
)

const digitsOf = (rows: readonly (readonly unknown[])[]) =>
  rows.map(values =>
    values.map(value => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value)),
  )

test('a binary value has the digits that COPY writes for it', async () => {
  const lines = expected.map(values => `${values.map(asHex).join()}\n`).join('')
  const { bytes } = await collectMysql(mysql, QUERY, { format: 'CSV' })
  expect(bytes.toString()).toBe(lines)
  const rows = expected.map((values, n) => `(${[n, ...values.map(value => literal(value))].join()})`)
  const select = `SELECT ${NAMES.join()} FROM (VALUES ${rows.join()}) v(n, ${NAMES.join()}) ORDER BY n`
  const literals = (write: (value: Buffer) => string): string =>
    select.replaceAll(/<([0-9a-f]*)>/g, (_, hex: string) => write(Buffer.from(hex, 'hex')))
  const copied = await collect(
    postgres,
    literals(value => `'\\x${value.toString('hex')}'::bytea`),
    { format: 'CSV' },
  )
  expect(copied.bytes.toString()).toBe(lines)
  const fromDuckdb = await collect(
    duckdb,
    literals(value => `unhex('${value.toString('hex')}')`),
    { format: 'CSV' },
  )
  expect(fromDuckdb.bytes.toString()).toBe(lines)
})

const literal = (value: Buffer | null): string => (value === null ? 'NULL' : `<${value.toString('hex')}>`)

test("DuckDB's and Python's readers read the same digits", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-csv-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'rows.csv')
  const { bytes, header } = await collectMysql(mysql, QUERY, { format: 'CSV', header: true })
  await writeFile(file, Buffer.concat([header, bytes]))
  const digits = expected.map(values => values.map(asHex))
  const script = "import csv, json, sys; print(json.dumps(list(csv.reader(open(sys.argv[1], newline='')))))"
  const { stdout } = await execa('python3', [
    '-c',
    `import sys; import csv; csv.field_size_limit(sys.maxsize); ${script}`,
    file,
  ])
  expect(JSON.parse(stdout)).toEqual([NAMES, ...digits])
  const columns = NAMES.map(name => `unhex(substr(${name}, 3)) AS ${name}`)
  const { results } = await duckdb.execute(
    `SELECT ${NAMES.map(name => `lower(hex(${name}))`).join()} FROM (SELECT ${columns.join()}
       FROM read_csv('${file}', header = true, all_varchar = true, max_line_size = 10000000))`,
    100,
  )
  expect(results[0].rows).toEqual(digitsOf(expected))
})

test('the library reads binary values as bytes', async () => {
  const [statement] = splitStatements(QUERY, 'mysql')
  const read: (readonly unknown[])[] = []
  for await (const rows of readRows(statement, mysql, 10))
    for (const row of rows) read.push(Object.values(row))
  expect(digitsOf(read)).toEqual(digitsOf(expected))
})
