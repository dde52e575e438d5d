import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expectEqual } from '../scenarios/checks.ts'
import { nameOf } from './commands.ts'
import type { PartitionsExport } from './record.ts'
import { COLUMN_OF, type SalesSize } from './sales-table.ts'

/** Checks the rows and the partitions of a result in a folder, as DuckDB reads them. @throws BenchError */
export async function checkResult(
  exported: PartitionsExport,
  folder: string,
  { rows, partitions }: SalesSize,
): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries
    .filter(({ name }) => /part_\d+|^data_\d+|^result\.parquet$/.test(name))
    .filter(entry => entry.isFile())
    .map(({ parentPath, name }) => `'${join(parentPath, name)}'`)
  const { division, format } = exported
  const options = format === 'CSV' ? `all_varchar = true, header = ${exported.program === 'DuckDB'}, ` : ''
  const read = `read_${format.toLowerCase()}([${files.join(', ')}], ${options}hive_partitioning = ${division !== 'none'})`
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const ask = async (expression: string): Promise<number> =>
    Number((await connection.runAndReadAll(`SELECT ${expression} FROM ${read}`)).getRows()[0]?.[0])
  try {
    const name = nameOf(exported)
    expectEqual(`${name}: rows`, await ask('count(*)'), rows)
    if (division === 'none') return
    expectEqual(`${name}: partitions`, await ask(`count(DISTINCT ${COLUMN_OF[division]})`), partitions)
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
