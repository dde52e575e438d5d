import type { Session } from '../../../src/database/database.ts'
import { BatchQueryError } from '../../../src/errors/index.ts'
import { BlockPool, type FormatClauses, NO_FORMAT_CLAUSES, planFormat } from '../../../src/format/index.ts'
import { parseTypes } from '../../../src/sql/index.ts'
import { DuckdbWitness, quoted } from '../../unit/format/parquet/witnesses.ts'

/** The file that FORMAT PARQUET writes of a query with the clause TYPES. @param types the list of the clause */
export async function exportTyped(
  session: Session,
  sql: string,
  types: string,
  invalidDates: FormatClauses['invalidDates'] = null,
): Promise<Buffer> {
  const clauses = { ...NO_FORMAT_CLAUSES, types: parseTypes(types, session.dialect), invalidDates }
  const format = planFormat({ ...clauses, compression: 'SNAPPY', format: 'PARQUET' })
  const stream = await session.stream(sql, {
    format,
    pool: new BlockPool(256 * 1024, 4),
    maxPartBytes: Number.MAX_SAFE_INTEGER,
  })
  const blocks: Buffer[] = []
  for await (const block of stream) {
    blocks.push(Buffer.from(block.bytes))
    block.release()
  }
  return Buffer.concat(blocks)
}

/** What DuckDB reads of such a file: for each column its type, and its values as text. BLOBs are hexadecimal digits. */
export async function readTyped(
  session: Session,
  sql: string,
  types: string,
  invalidDates: FormatClauses['invalidDates'] = null,
): Promise<Record<string, readonly [type: string, ...values: unknown[]]>> {
  using duckdb = await DuckdbWitness.open(await exportTyped(session, sql, types, invalidDates))
  await duckdb.query("SET TimeZone = 'UTC'")
  const columns = await duckdb.query('SELECT column_name, column_type FROM (DESCRIBE FROM FILE)')
  const read: Record<string, readonly [string, ...unknown[]]> = {}
  for (const [name, type] of columns) {
    const column = quoted(String(name))
    const text = type === 'BLOB' ? `hex(${column})` : `${column}::VARCHAR`
    const rows = await duckdb.query(`SELECT ${text} FROM FILE`)
    read[String(name)] = [String(type), ...rows.map(([value]) => value)]
  }
  return read
}

/** The error of an export. The session may be of no use after it. */
export async function refusal(
  session: Session,
  sql: string,
  types: string,
  invalidDates: FormatClauses['invalidDates'] = null,
): Promise<BatchQueryError> {
  try {
    await exportTyped(session, sql, types, invalidDates)
  } catch (error) {
    return BatchQueryError.from(error)
  }
  throw new Error(`nothing was refused: ${sql}`)
}
