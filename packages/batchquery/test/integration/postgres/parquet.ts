import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { inject } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { BlockPool, type ExactType, type TypedColumn } from '../../../src/format/index.ts'
import { DuckdbWitness, readWithHyparquet, witnessed } from '../../unit/format/parquet/witnesses.ts'
import { streamOptions } from './session.ts'

const run = promisify(execFile)

export interface ExportedParquet {
  readonly files: readonly Buffer[]
  readonly columns: readonly TypedColumn[]
  readonly rowsRead: number
  readonly rowsEnded: number
}

/** Exports a query. `taken` is called before a block is released. */
export async function exportParquet(
  session: Session,
  sql: string,
  {
    pool = new BlockPool(64 * 1024, 3),
    maxPartBytes = Number.MAX_SAFE_INTEGER,
    taken = async () => {},
  }: { pool?: BlockPool; maxPartBytes?: number; taken?: () => Promise<void> } = {},
): Promise<ExportedParquet> {
  const stream = await session.stream(sql, streamOptions({ format: 'PARQUET', pool, maxPartBytes }))
  const parts: Buffer[][] = [[]]
  let rowsEnded = 0
  for await (const block of stream) {
    parts.at(-1)?.push(Buffer.from(block.bytes))
    if (block.endsPart) parts.push([])
    rowsEnded += block.rowsEnded
    await taken()
    block.release()
  }
  const { columns, rowsRead } = stream
  return { files: parts.map(blocks => Buffer.concat(blocks)), columns, rowsRead, rowsEnded }
}

const NULL = '\x01NULL'

/** The rows that the server's own client prints for the last statement, as text; null is NULL. */
export async function psql(
  database: string,
  columns: number,
  ...statements: string[]
): Promise<readonly (readonly (string | null)[])[]> {
  const { socket, port, user, password } = inject('postgres')
  const env = {
    PATH: process.env.PATH,
    ...{ PGHOST: socket, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: database },
  }
  const flags = ['-X', '-q', '-A', '-t', '-z', '-0', '-P', `null=${NULL}`, '-v', 'ON_ERROR_STOP=1']
  const args = [...flags, ...statements.flatMap(sql => ['-c', sql])]
  const { stdout } = await run('psql', args, { env, maxBuffer: 1e9 })
  const values = stdout.split('\0').slice(0, -1)
  return Array.from({ length: values.length / columns }, (_, row) =>
    values.slice(row * columns, (row + 1) * columns).map(value => (value === NULL ? null : value)),
  )
}

/** The expression that psql prints, to compare with: days and microseconds since 1970, hexadecimal bytes, else the column as it is. */
function printed(kind: ExactType['kind'], column: string): string {
  if (kind === 'date') return `${column} - DATE '1970-01-01'`
  if (kind === 'timestamp') return `(extract(epoch FROM ${column}) * 1000000)::numeric(20)`
  return kind === 'bytes' ? `upper(encode(${column}, 'hex'))` : column
}

/** A value as DuckDB or hyparquet reads it, in the text of psql. */
function shown(kind: ExactType['kind'], value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (kind === 'bool') return value === true ? 't' : 'f'
  if (kind === 'bytes' && value instanceof Uint8Array) return Buffer.from(value).toString('hex').toUpperCase()
  return Object.is(value, -0) ? '-0' : String(value)
}

function isSame(
  kind: ExactType['kind'],
  seen: string | null,
  wanted: string | null,
  digits: number,
): boolean {
  if (seen === wanted || seen === null || wanted === null) return seen === wanted
  const [a, b] = [seen, wanted].map(Number)
  if (kind === 'float') return Object.is(Math.fround(a), Math.fround(b))
  if (kind === 'double') return Object.is(a, b)
  return kind === 'decimal' && digits < 17 && Math.abs(a - b) <= Math.abs(b) * 1e-12
}

/**
 * Compares an export with the server's own client. Both read `query`, whose columns have the names c0, c1 and so on, and the order of `ORDER BY`.
 *
 * @param settings statements that are run before it, in both sessions
 */
export async function compare(
  session: Session,
  database: string,
  query: string,
  settings: readonly string[] = [],
): Promise<void> {
  for (const setting of settings) await session.execute(setting, 0)
  const { files, columns, rowsRead, rowsEnded } = await exportParquet(session, query)
  const types = columns.map(
    ({ exact }, at) => ({ name: `c${at}`, type: exact?.type ?? { kind: 'string' }, wire: 'raw' }) as const,
  )
  const witness = types.map(({ name, type }) => printed(type.kind, name)).join(', ')
  const expected = await psql(database, types.length, ...settings, `SELECT ${witness} FROM (${query}\n) q`)
  if (rowsRead !== expected.length || rowsEnded !== rowsRead)
    throw new Error(`psql prints ${expected.length} rows, ${rowsRead} came, ${rowsEnded} are in blocks`)
  using duckdb = await DuckdbWitness.open(files[0])
  const read = await duckdb.query(`SELECT ${types.map(witnessed).join(', ')} FROM FILE`)
  const objects = await readWithHyparquet(files[0])
  const check = (reader: string, digits: number, value: (row: number, column: number) => unknown): void => {
    for (const [r, row] of expected.entries())
      for (const [c, wanted] of row.entries()) {
        const { kind } = types[c].type
        const seen = shown(kind, value(r, c))
        if (!isSame(kind, seen, wanted, digits))
          throw new Error(
            `${query}\nrow ${r}, column ${c}: ${reader} reads ${seen}, and psql prints ${wanted}`,
          )
      }
  }
  check('DuckDB', 17, (row, column) => read[row][column])
  check('hyparquet', 16, (row, column) => objects[row][types[column].name])
}
