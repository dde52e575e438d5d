import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { planExport, runExport } from '../../src/export/index.ts'
import { Log } from '../../src/platform/index.ts'
import { RunStore } from '../../src/run/index.ts'
import { parseExport, splitStatements } from '../../src/sql/index.ts'
import { DirectoryStore } from '../../src/store/index.ts'
import { newFolder, open } from '../integration/duckdb/fixture.ts'
import { newRun, PINNED, RUNNER } from '../unit/run/fixture.ts'
import { installed } from './witness.ts'

const BUCKET = 'home'
const TYPES = { s: 'string', n: 'int', d: 'date', t: 'timestamp', p: 'decimal' }
const SQL_TYPES = { s: 'VARCHAR', n: 'BIGINT', d: 'DATE', t: 'TIMESTAMP', p: 'DECIMAL(12, 3)' }
const STRINGS = [
  ...['', ' ', ' x ', 'a/b', '50%', '%41', 'x=y', '007', '日本', "it's", 'a:b?c*d#e"f', '[x]{y}^\\', '..'],
  ...['a\tb', 'a\nb', '\x7f', 'NULL', 'nan', 'true', 'a+b', 'é', '1.50', '2026-01-31', '😀'],
]
const NUMBERS = ['0', '-1', '9223372036854775807', '-9223372036854775808']
const DATES = ['2026-01-31', '1969-12-31', '2000-02-29']
const TIMES = ['2026-01-31 10:00:00.500000', '1969-12-31 23:59:59.999999', '2026-01-31 00:00:00.000000']
const DECIMALS = ['0.000', '-0.001', '123456789.123', '1.500']

/** The values of the partition columns, one row for each string. Null is NULL. */
const PARTITIONS = [...STRINGS, null].map((string, row) => {
  const one = (values: readonly string[]): string | null =>
    row % 7 === 6 ? null : (values[row % values.length] ?? null)
  return [string, one(NUMBERS), one(DATES), one(TIMES), one(DECIMALS)]
})
const ROWS = PARTITIONS.map((values, row) => [`${row}`, values[0] ?? null, ...values])

const literal = (value: string | null): string =>
  value === null ? 'NULL' : `'${value.replaceAll("'", "''")}'`

/** Exports the rows with a partition for each, and returns the folder of the result. */
async function exported(format: string): Promise<string> {
  const root = await newFolder()
  const store = new DirectoryStore(root)
  const session = await open()
  const rows = ROWS.map(values => `(${values.map(literal).join(', ')})`)
  const casts = Object.entries(SQL_TYPES).map(([name, type]) => `${name}::${type} AS ${name}`)
  const names = Object.keys(TYPES).join(', ')
  const query = `SELECT id::BIGINT AS id, v, ${casts.join(', ')} FROM (VALUES ${rows.join(', ')}) r(id, v, ${names})`
  const uri = `s3://${BUCKET}/out/r`
  const sql = `${query} INTO OUTFILE S3 '${uri}' FORMAT ${format} PARTITION BY (${names})`
  const [statement] = splitStatements(sql, 'duckdb')
  const parsed = parseExport(statement, 'duckdb')
  if (parsed === null) throw new Error('no export')
  const run = await new RunStore(store, BUCKET).claim(newRun(), RUNNER, new Log('quiet', () => {}))
  await run.start(PINNED)
  await runExport(session, planExport(parsed, { store, bucket: BUCKET, prefix: 'out/r', uri }), {
    ...{ runId: run.record.id, journal: run.journal, progress: () => {}, warn: () => {}, isLast: true },
    signal: new AbortController().signal,
  })
  await run.finish(null)
  return join(root, BUCKET, 'out/r')
}

test.each(['PARQUET', 'CSV'])(
  'pyarrow reads the values of partitions and rows as they are: %s',
  async format => {
    const folder = await exported(format)
    const columns = [
      ['id', 'int'],
      ['v', 'string'],
    ]
    const order = { folder, format: format.toLowerCase(), columns, partitions: Object.entries(TYPES) }
    const printed = execFileSync(
      'python3',
      [join(import.meta.dirname, 'partitioned_dataset.py'), JSON.stringify(order)],
      { env: { ...process.env, PYTHONPATH: installed('python'), PYTHONUTF8: '1' }, encoding: 'utf8' },
    )
    expect(JSON.parse(printed)).toEqual({ names: ['id', 'v', ...Object.keys(TYPES)], rows: ROWS })
  },
)
