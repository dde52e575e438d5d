import { writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { type Table, writeTable } from '../unit/format/parquet/tables.ts'

// Run by a Node that has ZSTD: writes a file for each line, and prints a line when it is there.
for await (const line of createInterface({ input: process.stdin })) {
  const { table, path }: { table: Table; path: string } = JSON.parse(line)
  writeFileSync(path, await writeTable(table))
  console.log(path)
}
