import type { Connection, FieldPacket } from 'mysql2'
import type { ResultPreview } from '../database.ts'
import { isBinary } from './column-format.ts'
import { statementError } from './errors.ts'

export interface StatementAnswer {
  readonly results: readonly ResultPreview[]
  readonly affectedRows: number | null
}

interface OpenResult {
  readonly fields: readonly FieldPacket[]
  readonly rows: (string | null)[][]
  rowCount: number
}

/**
 * Runs any statement through the driver. Its rows are counted as they come; the first `previewRows` of each
 * result are kept as text, binary values as 0x… .
 */
export function runStatement(
  connection: Connection,
  sql: string,
  previewRows: number,
): Promise<StatementAnswer> {
  return new Promise((resolve, reject) => {
    const open: OpenResult[] = []
    let affectedRows: number | null = null
    let failure: unknown = null
    // a query without a callback hears nothing of a broken connection
    const lost = (error: unknown): void => reject(statementError(error))
    connection.once('error', lost)
    const query = connection.query({ sql, rowsAsArray: true, typeCast: false })
    query.on('error', thrown => {
      failure = thrown
    })
    query.on('fields', fields => {
      if (Array.isArray(fields)) open.push({ fields, rows: [], rowCount: 0 })
    })
    query.on('result', (row: unknown) => {
      const current = open.at(-1)
      if (Array.isArray(row) && current !== undefined) {
        if (current.rowCount++ < previewRows)
          current.rows.push(row.map((value, at) => shown(value, current.fields[at])))
      } else if (isHeader(row)) {
        affectedRows = (affectedRows ?? 0) + row.affectedRows
      }
    })
    query.on('end', () => {
      connection.off('error', lost)
      if (failure !== null) return reject(statementError(failure))
      const results = open.map(({ fields, rows, rowCount }) => ({
        columns: fields.map(field => field.name),
        rows,
        rowCount,
      }))
      resolve({ results, affectedRows })
    })
  })
}

function shown(value: unknown, field: FieldPacket | undefined): string | null {
  if (value === null || value === undefined) return null
  if (!Buffer.isBuffer(value)) return String(value)
  const column = { type: field?.columnType ?? -1, collation: field?.characterSet ?? -1 }
  return isBinary(column) ? `0x${value.toString('hex').toUpperCase()}` : value.toString('utf8')
}

const isHeader = (row: unknown): row is { affectedRows: number } =>
  typeof row === 'object' && row !== null && 'affectedRows' in row
