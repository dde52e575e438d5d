import type { Connection, RowDataPacket } from 'mysql2'
import { statementError } from './errors.ts'

/** A small query of our own: its rows, each a list of texts. */
export function ask(connection: Connection, sql: string): Promise<(string | null)[][]> {
  return new Promise((resolve, reject) => {
    connection.query<RowDataPacket[][]>({ sql, rowsAsArray: true }, (thrown, rows) => {
      if (thrown !== null) reject(statementError(thrown))
      else resolve(Array.isArray(rows) ? rows.map(row => Array.from(row, asText)) : [])
    })
  })
}

const asText = (value: unknown): string | null =>
  value === null || value === undefined
    ? null
    : Buffer.isBuffer(value)
      ? value.toString('utf8')
      : String(value)
