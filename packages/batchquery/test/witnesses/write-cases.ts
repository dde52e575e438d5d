import { writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { type Case, writeCase } from './cases.ts'

// Run by a Node that has ZSTD: writes a file for each line, and prints a line when it is there.
for await (const line of createInterface({ input: process.stdin })) {
  const { table, path }: { table: Case; path: string } = JSON.parse(line)
  writeFileSync(path, await writeCase(table))
  console.log(path)
}
