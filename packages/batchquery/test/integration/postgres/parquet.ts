import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { DuckDBListValue } from '@duckdb/node-api'
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

type Kind = ExactType['kind']
/** A value in the text of psql, or for an array those of its elements. */
type Shown = string | null | readonly (string | null)[]

const kindOf = (type: ExactType): Kind => (type.kind === 'list' ? type.element.kind : type.kind)

/** The expression that psql prints, to compare with: days and microseconds since 1970, hexadecimal bytes, otherwise the column as it is. */
function printed(kind: Kind, column: string): string {
  if (kind === 'date') return `${column} - DATE '1970-01-01'`
  if (kind === 'timestamp') return `(extract(epoch FROM ${column}) * 1000000)::numeric(20)`
  return kind === 'bytes' ? `upper(encode(${column}, 'hex'))` : column
}

/** Prints an array as a JSON array of the texts of its elements. */
const printedArray = (kind: Kind, column: string): string =>
  `CASE WHEN ${column} IS NOT NULL THEN (SELECT coalesce(json_agg(CASE WHEN num_nulls(${column}[i]) = 0
      THEN format('%s', ${printed(kind, `${column}[i]`)}) END ORDER BY i), '[]') FROM generate_subscripts(${column}, 1) i) END`

/** A value as DuckDB or hyparquet reads it, in the text of psql. */
function shown(kind: Kind, value: unknown): Shown {
  if (value === null || value === undefined) return null
  if (value instanceof DuckDBListValue) return value.items.map(item => shownElement(kind, item))
  if (Array.isArray(value)) return value.map(item => shownElement(kind, item))
  return shownElement(kind, value)
}

function shownElement(kind: Kind, value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (kind === 'bool') return value === true ? 't' : 'f'
  if (kind === 'bytes' && value instanceof Uint8Array) return Buffer.from(value).toString('hex').toUpperCase()
  return Object.is(value, -0) ? '-0' : String(value)
}

const isArray = (value: Shown): value is readonly (string | null)[] => Array.isArray(value)

function areSame(kind: Kind, seen: Shown, wanted: Shown, digits: number): boolean {
  if (!isArray(seen) || !isArray(wanted))
    return !isArray(seen) && !isArray(wanted) && isSame(kind, seen, wanted, digits)
  return seen.length === wanted.length && wanted.every((text, k) => isSame(kind, seen[k], text, digits))
}

function isSame(kind: Kind, seen: string | null, wanted: string | null, digits: number): boolean {
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
  const witness = types
    .map(({ name, type }) => (type.kind === 'list' ? printedArray : printed)(kindOf(type), name))
    .join(', ')
  const expected = await psql(database, types.length, ...settings, `SELECT ${witness} FROM (${query}\n) q`)
  if (rowsRead !== expected.length || rowsEnded !== rowsRead)
    throw new Error(`psql prints ${expected.length} rows, ${rowsRead} came, ${rowsEnded} are in blocks`)
  using duckdb = await DuckdbWitness.open(files[0])
  const read = await duckdb.query(`SELECT ${types.map(witnessed).join(', ')} FROM FILE`)
  const objects = await readWithHyparquet(files[0])
  const check = (reader: string, digits: number, value: (row: number, column: number) => unknown): void => {
    for (const [r, row] of expected.entries())
      for (const [c, wanted] of row.entries()) {
        const { type } = types[c]
        const kind = kindOf(type)
        const seen = shown(kind, value(r, c))
        const expectedValue: Shown = type.kind === 'list' && wanted !== null ? JSON.parse(wanted) : wanted
        if (!areSame(kind, seen, expectedValue, digits))
          throw new Error(
            `${query}\nrow ${r}, column ${c}: ${reader} reads ${String(seen)}, and psql prints ${wanted}`,
          )
      }
  }
  check('DuckDB', 17, (row, column) => read[row][column])
  check('hyparquet', 16, (row, column) => objects[row][types[column].name])
}
