import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Random } from '../unit/format/parquet/random.ts'
import { SAMPLE_COLUMNS, type SampleColumn, sampleRows } from '../unit/format/parquet/sample-columns.ts'
import { DuckdbWitness } from '../unit/format/parquet/witnesses.ts'
import { writeFile } from '../unit/format/parquet/write-file.ts'
import { useWitnesses } from './fixture.ts'
import { installed, type Reply } from './witness.ts'

const ROWS = 100
const fixture = useWitnesses()

function write(columns: readonly SampleColumn[]): Promise<Buffer> {
  const rows = sampleRows(ROWS, 'random', new Random(), columns)
  return writeFile(
    columns.map(({ column }) => column),
    rows.map(row => row.map(sample => sample?.wire ?? null)),
    {
      metadata: [
        ['batchquery.run', '42'],
        ['empty', ''],
      ],
    },
  )
}

/** The type of each column for DuckDB, pyarrow and parquet-java. */
const TYPES: Readonly<Record<string, readonly [string, string, string]>> = {
  int8: ['TINYINT', 'int8', 'int32 (INTEGER(8,true))'],
  uint8: ['UTINYINT', 'uint8', 'int32 (INTEGER(8,false))'],
  int16: ['SMALLINT', 'int16', 'int32 (INTEGER(16,true))'],
  uint16: ['USMALLINT', 'uint16', 'int32 (INTEGER(16,false))'],
  int32: ['INTEGER', 'int32', 'int32 (INTEGER(32,true))'],
  uint32: ['UINTEGER', 'uint32', 'int32 (INTEGER(32,false))'],
  int64: ['BIGINT', 'int64', 'int64 (INTEGER(64,true))'],
  uint64: ['UBIGINT', 'uint64', 'int64 (INTEGER(64,false))'],
  decimal9_9: ['DECIMAL(9,9)', 'decimal128(9, 9)', 'int32 (DECIMAL(9,9))'],
  decimal18_4: ['DECIMAL(18,4)', 'decimal128(18, 4)', 'int64 (DECIMAL(18,4))'],
  decimal20_0: ['DECIMAL(20,0)', 'decimal128(20, 0)', 'fixed_len_byte_array(16) (DECIMAL(20,0))'],
  decimal38_10: ['DECIMAL(38,10)', 'decimal128(38, 10)', 'fixed_len_byte_array(16) (DECIMAL(38,10))'],
  double: ['DOUBLE', 'double', 'double'],
  float: ['FLOAT', 'float', 'float'],
  date: ['DATE', 'date32[day]', 'int32 (DATE)'],
  utc: ['TIMESTAMP WITH TIME ZONE', 'timestamp[us, tz=UTC]', 'int64 (TIMESTAMP(MICROS,true))'],
  local: ['TIMESTAMP', 'timestamp[us]', 'int64 (TIMESTAMP(MICROS,false))'],
  unique: ['VARCHAR', 'string', 'binary (STRING)'],
  json: ['JSON', 'extension<arrow.json>', 'binary (JSON)'],
  uuid: ['VARCHAR', 'string', 'binary (STRING)'],
  bool: ['BOOLEAN', 'bool', 'boolean'],
  bytes: ['BLOB', 'binary', 'binary'],
}

test('each reader has the type that fits', async () => {
  const columns = SAMPLE_COLUMNS.filter(({ column }) => column.name in TYPES)
  const file = await write(columns)
  using duckdb = await DuckdbWitness.open(file)
  const found = await duckdb.query('SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM FILE)')
  const [pyarrow, java] = await ask(file)
  columns.forEach(({ column: { name } }, k) => {
    // parquet-java names a column between the physical and the logical type, and an id after them.
    const javaType = java.types[k].replace('optional ', '').replace(` ${name}`, '')
    expect([found[k][1], pyarrow.types[k], javaType], name).toEqual(TYPES[name])
  })
  expect(Object.keys(TYPES)).toHaveLength(columns.length)
})

test('readers parse the name of the writer, and find the metadata', async () => {
  for (const reply of await ask(await write(SAMPLE_COLUMNS.slice(0, 3)))) {
    expect(reply.problems).toEqual([])
    expect(reply.createdBy).toBe('batchquery version 0.1.0 (build 0123abc)')
    expect(reply.metadata).toMatchObject({ 'batchquery.run': '42', empty: '' })
  }
})

test('an Iceberg table takes a file over', async () => {
  // pyiceberg has no unsigned integers, which no database's column becomes, and does not know pyarrow's type for JSON.
  const columns = SAMPLE_COLUMNS.filter(
    ({ column: { type } }) => type.kind !== 'json' && !(type.kind === 'int' && !type.signed),
  )
  const file = await write(columns)
  using duckdb = await DuckdbWitness.open(file)
  const [[wanted]] = await duckdb.query('SELECT count(*) FROM FILE WHERE int32 > 5')
  const folder = mkdtempSync(join(tmpdir(), 'batchquery-iceberg-'))
  const script = join(import.meta.dirname, 'iceberg_witness.py')
  const args = [script, fixture().files.keep(file), folder, 'int32 > 5']
  const env = { ...process.env, PYTHONPATH: installed('python') }
  const printed = execFileSync('python3', args, { env, encoding: 'utf8' })
  expect(printed.trim()).toBe(`${ROWS} ${String(wanted)}`)
  rmSync(folder, { recursive: true })
})

async function ask(file: Buffer): Promise<Reply[]> {
  const request = { path: fixture().files.keep(file), statistics: true, predicates: false, values: false }
  return (await fixture().witnesses.ask(request)).map(([, reply]) => reply)
}
