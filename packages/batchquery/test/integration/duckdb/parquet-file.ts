import type { Session } from '../../../src/database/database.ts'
import { type CompressionName, NO_FORMAT_CLAUSES, planFormat } from '../../../src/format/index.ts'
import { DuckdbWitness } from '../../unit/format/parquet/witnesses.ts'
import { collect } from './fixture.ts'

export interface ParquetClauses {
  readonly compression?: CompressionName
  readonly rowGroupSize?: number
  readonly maxPartBytes?: number
}

/** The parts that FORMAT PARQUET writes of a query. */
export async function parquetParts(
  session: Session,
  sql: string,
  { compression = 'SNAPPY', rowGroupSize, maxPartBytes }: ParquetClauses = {},
) {
  const clauses = { ...NO_FORMAT_CLAUSES, compression, rowGroupSize: rowGroupSize ?? null }
  const plan = planFormat({ ...clauses, format: 'PARQUET' })
  return collect(session, sql, { plan, maxPartBytes })
}

export async function parquetFile(
  session: Session,
  sql: string,
  clauses: ParquetClauses = {},
): Promise<Buffer> {
  const { parts, rowsEnded, rowsRead } = await parquetParts(session, sql, clauses)
  if (parts.length !== 1) throw new Error(`it has ${parts.length} parts`)
  if (rowsEnded !== rowsRead) throw new Error(`${rowsEnded} rows of ${rowsRead} ended`)
  return parts[0]
}

/** DuckDB as a reader of the file that FORMAT PARQUET writes of a query. */
export async function readBack(
  session: Session,
  sql: string,
  clauses: ParquetClauses = {},
): Promise<DuckdbWitness> {
  return DuckdbWitness.open(await parquetFile(session, sql, clauses))
}
