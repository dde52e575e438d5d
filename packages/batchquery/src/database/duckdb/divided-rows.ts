import { randomUUID } from 'node:crypto'
import type { DuckDBValue } from '@duckdb/node-api'
import type { FileDivision } from '../../format/index.ts'
import { wireExpression } from './exact-column.ts'
import { asTable, type ExportableQuery, type QueryColumn } from './exportable-query.ts'
import type { InterruptibleStatement } from './interruptible-statement.ts'
import { loadDuckdb } from './load.ts'
import { ROW } from './planned-query.ts'

/** The rows of one partition. */
export interface PartitionRows {
  /** As `Block.partition` has it. */
  readonly path: string
  /** A SELECT of the rows in their order, with the columns c0 and so on, and ROW. */
  readonly rows: string
}

/** The values of a partition, NULL as null, and the number of its first row. */
interface Key {
  readonly values: readonly (Buffer | null)[]
  readonly row: number
}

/** A drop is repeated so often, because an interrupt may end it. */
const DROPS = 10

/**
 * Runs a query once, into a temporary table of the session, and passes on its partitions in the order in which they appear. DuckDB keeps
 * the table within its memory limit, and the rest of it on the disk.
 *
 * @returns how many rows the query has
 */
export async function divideRows(
  { connection, stopped }: InterruptibleStatement,
  query: ExportableQuery,
  division: FileDivision,
  take: (partition: PartitionRows) => Promise<void>,
): Promise<number> {
  const table = `temp.main.batchquery_rows_${randomUUID().replaceAll('-', '')}`
  try {
    await connection.run(tableStatement(table, query, division))
    const keys = division.by.map((_, index) => `k${index}`)
    const found = await connection.stream(
      `SELECT ${[`system.main.min(${ROW})`, 'system.main.count(*)', ...keys].join(', ')} FROM ${table} GROUP BY ${keys.join(', ')} ORDER BY 1`,
    )
    const { DuckDBBlobValue } = await loadDuckdb()
    const bytesOf = (value: DuckDBValue): Buffer | null =>
      value instanceof DuckDBBlobValue ? Buffer.from(value.bytes) : null
    const partitions = new Map<string, Key[]>()
    let total = 0
    for await (const rows of found.yieldRows())
      for (const [row, count, ...values] of rows) {
        total += Number(count)
        const key = { row: Number(row), values: values.map(bytesOf) }
        const path = pathOf(key, division)
        partitions.set(path, [...(partitions.get(path) ?? []), key])
      }
    for (const [path, equal] of partitions) {
      if (stopped.aborted) break
      await take({ path, rows: rowsOf(table, equal) })
    }
    return total
  } finally {
    await drop(table, (sql: string) => connection.run(sql))
  }
}

/** Keys are bytes, so that no collation of the session makes two of them equal. The rows lie in the order in which they are read. */
function tableStatement(table: string, { sql, columns }: ExportableQuery, { by }: FileDivision): string {
  const names = columns.map((_, index) => `c${index}`)
  const keys = by.map((column, index) => `${keyOf(columns[column], names[column])} AS k${index}`)
  const order = [...by.map((_, index) => `k${index}`), ROW]
  return (
    `CREATE TEMP TABLE ${table} AS SELECT *, ${keys.join(', ')} FROM ` +
    `(SELECT *, system.main.row_number() OVER () AS ${ROW} FROM ${asTable(sql)} t(${names.join(', ')})) ORDER BY ${order.join(', ')}`
  )
}

const keyOf = ({ format: { exact } }: QueryColumn, name: string): string =>
  `system.main.encode(CAST(${wireExpression(exact, name, false) ?? name} AS VARCHAR))`

function pathOf({ values, row }: Key, division: FileDivision): string {
  const places = new Int32Array(2 * values.length).fill(-1)
  let at = 0
  for (const [index, value] of values.entries()) {
    if (value === null) continue
    places[2 * index] = at
    at += value.length
    places[2 * index + 1] = at
  }
  return division.pathOf(Buffer.concat(values.flatMap(value => value ?? [])), places, row)
}

/** The window over all rows makes DuckDB write the files in the order of the rows, in one thread. */
function rowsOf(table: string, keys: readonly Key[]): string {
  const conditions = keys.map(({ values }) =>
    values
      .map((value, index) =>
        value === null ? `k${index} IS NULL` : `k${index} = system.main.unhex('${value.toString('hex')}')`,
      )
      .join(' AND '),
  )
  const ordered = `SELECT * FROM ${table} WHERE ${conditions.map(text => `(${text})`).join(' OR ')} ORDER BY ${ROW}`
  return `SELECT * FROM (SELECT *, system.main.row_number() OVER () AS n FROM (${ordered})) WHERE n > 0`
}

async function drop(table: string, run: (sql: string) => Promise<unknown>): Promise<void> {
  for (let attempt = 0; attempt < DROPS; attempt++) {
    try {
      await run(`DROP TABLE IF EXISTS ${table}`)
      return
    } catch {
      // After an error within a transaction of the task, the table goes with the transaction.
    }
  }
}
