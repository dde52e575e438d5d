import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BenchError } from '../bench-error.ts'
import { countLines } from '../files.ts'
import { type Expected, faultOfParquet } from '../peers/results.ts'
import type { PeerTable } from '../peers/tables.ts'
import { expectEqual } from '../scenarios/checks.ts'
import { nameOf } from './commands.ts'
import type { ParallelExport } from './record.ts'

/** The files of a result: parts, Parquet files of other programs, the dump of mydumper. */
const FILES = { TEXT: /\.part_[\d_]+$/, PARQUET: /\.parquet$/, SQL: /\.\d+\.sql$|wide\.sql$/ }

/**
 * Checks that a result has all rows, and that the values of our Parquet files are right.
 *
 * @throws BenchError
 */
export async function checkResult(
  exported: ParallelExport,
  folder: string,
  table: PeerTable,
  expected: Expected,
): Promise<void> {
  const { format, program } = exported
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries
    .filter(entry => entry.isFile() && FILES[format].test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name))
  if (files.length === 0) throw new BenchError(`${nameOf(exported)} wrote no file`)
  if (format === 'PARQUET') {
    const columns = program === 'batchquery' ? table.columns : []
    const fault = await faultOfParquet(files, columns, expected)
    if (fault !== null) throw new BenchError(`${nameOf(exported)}: ${fault}`)
    return
  }
  if (format === 'TEXT') {
    let rows = 0
    for (const file of files) rows += rowsOfText(await readFile(file))
    return expectEqual(`${nameOf(exported)}: rows`, rows, expected.rows)
  }
  let lines = 0
  for (const file of files) lines += await countLines(file)
  // A row is a line of an INSERT, and each file has a few lines more.
  if (lines < expected.rows)
    throw new BenchError(`${nameOf(exported)}: ${lines} lines for ${expected.rows} rows`)
}

const NEWLINE = 10
const BACKSLASH = 92

/** A newline that no backslash escapes ends a row. */
function rowsOfText(text: Uint8Array): number {
  let rows = 0
  for (let at = text.indexOf(NEWLINE); at !== -1; at = text.indexOf(NEWLINE, at + 1)) {
    let escapes = 0
    while (text[at - 1 - escapes] === BACKSLASH) escapes++
    if (escapes % 2 === 0) rows++
  }
  return rows
}
