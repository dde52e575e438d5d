import { writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { type Table, writeTable } from '../unit/format/parquet/tables.ts'

// A Node that has ZSTD runs this program: it writes a file for each line of its input, and prints a line when the file is complete.
for await (const line of createInterface({ input: process.stdin })) {
  const { table, path }: { table: Table; path: string } = JSON.parse(line)
  writeFileSync(path, await writeTable(table))
  console.log(path)
}
