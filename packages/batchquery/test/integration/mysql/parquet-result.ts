import type { RowStream, Session } from '../../../src/database/database.ts'
import { BlockPool, type ExactType, type FormatPlan, type TypedColumn } from '../../../src/format/index.ts'
import { ownClient } from '../../setup/own-client.ts'
import { formatPlan, streamOptions } from '../../setup/stream-options.ts'
import { DuckdbWitness, readWithHyparquet, witnessed } from '../../unit/format/parquet/witnesses.ts'

/** A result that was exported as one Parquet file. */
export interface ParquetResult {
  readonly file: Buffer
  readonly columns: readonly (TypedColumn & { readonly name: Uint8Array })[]
  readonly rowsRead: number
  readonly invalidDates: RowStream['invalidDates']
  readonly warnings: RowStream['warnings']
}

/** Exports a query as one file. @param taken runs after each block */
export async function exportParquet(
  session: Session,
  sql: string,
  { plan = formatPlan({ format: 'PARQUET' }), taken = async () => {} }: ExportOptions = {},
): Promise<ParquetResult> {
  const options = streamOptions({ plan, pool: new BlockPool(256 * 1024, 4) })
  const stream = await session.stream(sql, options)
  const blocks: Buffer[] = []
  for await (const block of stream) {
    blocks.push(Buffer.from(block.bytes))
    block.release()
    await taken()
  }
  const { columns, rowsRead, invalidDates, warnings } = stream
  return { file: Buffer.concat(blocks), columns, rowsRead, invalidDates, warnings }
}

export interface ExportOptions {
  readonly plan?: FormatPlan
  readonly taken?: () => Promise<unknown>
}

export const nameOf = ({ name }: Pick<TypedColumn, 'name'>): string => Buffer.from(name).toString()

export function typeOf({ exact }: TypedColumn): ExactType {
  if (exact === undefined) throw new Error('the column has no exact type')
  return exact.type
}

/** The rows of the file, each value in the form of `expectedValue`. */
export async function readBack({ file, columns }: ParquetResult): Promise<ReadBack> {
  const named = columns.map(column => ({ name: nameOf(column), type: typeOf(column), wire: 'text' as const }))
  using duckdb = await DuckdbWitness.open(file)
  const rows = await duckdb.query(`SELECT ${named.map(witnessed).join(', ')} FROM FILE`)
  const objects = await readWithHyparquet(file)
  return {
    duckdb: rows.map(row => row.map(value => (value === null ? null : String(value)))),
    hyparquet: objects.map(object =>
      named.map(({ name, type }) => (object[name] === null ? null : hyparquetText(object[name], type))),
    ),
  }
}

type Rows = readonly (readonly (string | null)[])[]

interface ReadBack {
  readonly duckdb: Rows
  readonly hyparquet: Rows
}

const hyparquetText = (value: unknown, { kind }: ExactType): string =>
  kind === 'bytes' && value instanceof Uint8Array
    ? Buffer.from(value).toString('hex').toUpperCase()
    : String(value)

/**
 * Returns the value that a reader must find if the server's client prints this text: a date as days and a timestamp as microseconds since 1970, bytes in
 * hexadecimal digits. Zero and partial dates are NULL.
 *
 * @param isApproximate whether the reader makes floating-point numbers of decimals, as hyparquet does
 */
export function expectedValue(printed: string, type: ExactType, isApproximate = false): string | null {
  if (printed === 'NULL') return null
  switch (type.kind) {
    case 'int':
      return String(BigInt(printed))
    case 'decimal':
      if (isApproximate) return String(Number(printed))
      // Without the zeros of ZEROFILL.
      return printed.replace(/^(-?)0+(?=\d)/, '$1')
    case 'double':
      return String(Number(printed))
    case 'date':
      return isZeroDate(printed) ? null : String(Date.parse(`${printed}T00:00:00Z`) / 86_400_000)
    case 'timestamp': {
      if (isZeroDate(printed)) return null
      const [seconds, fraction = ''] = printed.split('.')
      const millis = BigInt(Date.parse(`${seconds.replace(' ', 'T')}Z`))
      return String(millis * 1000n + BigInt(fraction.padEnd(6, '0')))
    }
    default:
      return printed
  }
}

const isZeroDate = (text: string): boolean => /^\d{4}-(00-\d\d|\d\d-00)/.test(text)

/** The expression by which the client prints a column: bytes in hexadecimal digits, those of BIT too. */
export function printable(column: TypedColumn): string {
  const name = `\`${nameOf(column)}\``
  return typeOf(column).kind === 'bytes' ? `HEX(CONCAT(${name}))` : name
}

/** Runs a query in the server's own client, after other statements. */
export async function clientRows(query: string, database: string, ...before: string[]): Promise<string[][]> {
  const printed = await ownClient([...before, query].map(statement => `${statement};\n`).join(''), database)
  const lines = printed.split('\n').slice(0, -1)
  return lines.map(line => line.split('\t').map(unescaped))
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', '0': '\0', '\\': '\\' }
const unescaped = (value: string): string =>
  value.replace(/\\([nt0\\])/g, (_, letter: string) => ESCAPES[letter] ?? '')

/** Returns the values that the readers must find if the client prints these rows. */
export function expectedRows(
  printed: readonly (readonly string[])[],
  columns: readonly TypedColumn[],
): ReadBack {
  const rows = (isApproximate: boolean): Rows =>
    printed.map(row => columns.map((column, at) => expectedValue(row[at], typeOf(column), isApproximate)))
  return { duckdb: rows(false), hyparquet: rows(true) }
}
