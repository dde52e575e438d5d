import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Case, keyOf, tableOf } from './case.ts'
import { difference } from './compare/compare.ts'
import type { Outcome } from './outcome.ts'
import type { Reader } from './reader.ts'
import type { SeenColumn } from './seen.ts'
import type { ExpectedRows } from './sessions.ts'
import type { Tool } from './tools/tool.ts'

/** Lets a tool export the table of a case, and compares the file with the server's values. @param folder has a folder for each export */
export async function measure(
  tool: Tool,
  one: Case,
  expected: ExpectedRows,
  { reader, folder }: { readonly reader: Reader; readonly folder: string },
): Promise<Outcome> {
  const own = join(folder, tool.name, keyOf(one))
  await mkdir(own, { recursive: true })
  const written = await tool.write({ database: one.database, table: tableOf(one), folder: own })
  if ('result' in written) return { result: written.result, message: written.message }
  const column = await reader.read(written.file, tool.reader)
  if ('error' in column)
    return { result: 'lossy', type: '?', how: `${tool.reader} cannot read it: ${column.error}` }
  return classify(one, expected, column)
}

/** The first value that differs decides, in the order of the rows. */
export function classify({ meaning }: Case, expected: ExpectedRows, column: SeenColumn): Outcome {
  const { type, values } = column
  for (const [id, wanted] of expected) {
    const how = difference(meaning, values[id], wanted, column)
    if (how !== null) return { result: 'lossy', type, how }
  }
  const extra = Object.keys(values).length - expected.size
  return extra === 0 ? { result: 'exact', type } : { result: 'lossy', type, how: `${extra} rows too many` }
}
