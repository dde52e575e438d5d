import type { CorpusExport } from '../export.ts'
import { duckdbCsv, duckdbText } from './duckdb.ts'
import { mysqlCsv } from './mysql-csv.ts'
import { mysqlText } from './mysql-text.ts'
import { postgresCsv, postgresText } from './postgres.ts'

/** The exports of each format, as the middle of their ids names it. A further format is a further list. */
const BY_FORMAT: Readonly<Record<string, readonly CorpusExport[]>> = {
  text: [...mysqlText, ...postgresText, ...duckdbText],
  csv: [...mysqlCsv, ...postgresCsv, ...duckdbCsv],
}

export const FORMATS: readonly string[] = Object.keys(BY_FORMAT)
export const ALL_EXPORTS: readonly CorpusExport[] = Object.values(BY_FORMAT).flat()
