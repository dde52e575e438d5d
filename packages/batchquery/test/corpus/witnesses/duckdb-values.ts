import type { DuckDBConnection } from '@duckdb/node-api'
import type { FormatName } from '../../../src/format/index.ts'
import type { Values } from './values.ts'

/** What DuckDB's driver reads of a query, each value cast to VARCHAR; for CSV a BLOB is `\x` and its digits. */
export async function duckdbValues(
  connection: DuckDBConnection,
  query: string,
  format: FormatName,
): Promise<Values> {
  const described = await connection.runAndReadAll(`DESCRIBE ${query}`)
  const columns = described.getRows().map(([name, type]) => ({ name: String(name), type: String(type) }))
  const places = columns.map((_, at) => `p${at}`)
  const texts = columns.map(({ type }, at) =>
    type === 'BLOB' && format === 'CSV' ? `'\\x' || lower(hex(p${at}))` : `CAST(p${at} AS VARCHAR)`,
  )
  const read = await connection.runAndReadAll(
    `SELECT ${texts.join(', ')} FROM (${query}) t(${places.join(', ')})`,
  )
  const rows = read.getRows().map(row => row.map(value => (value === null ? null : String(value))))
  const isLong = rows.flat().some(value => value !== null && Buffer.byteLength(value) > TEXT_BYTES)
  return {
    names: columns.map(({ name }) => name),
    rows,
    mariadbTypes: columns.map(({ type }) => mariadbType(type, isLong)),
  }
}

/** The most bytes of a TEXT. */
const TEXT_BYTES = 65_535

/**
 * Numbers are not enclosed by OPTIONALLY. MariaDB has the text of these as DuckDB prints it.
 *
 * @param isLong whether a value is too long for TEXT. OUTFILE looks at no column behind a LONGTEXT for what is ambiguous.
 */
const mariadbType = (type: string, isLong: boolean): string => {
  if (type === 'INTEGER') return 'INT'
  return /^DECIMAL\(\d+,\d+\)$/.test(type) ? type : `${isLong ? 'LONGTEXT' : 'TEXT'} CHARACTER SET utf8mb4`
}
