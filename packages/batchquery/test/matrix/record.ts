import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CaseDatabase } from './case.ts'
import { TOOL_NAMES, type ToolName } from './tools/tool.ts'

/** The outcomes that `npm run matrix` found. The repository contains them. */
export interface MatrixRecord {
  readonly servers: Readonly<Record<CaseDatabase, string>>
  /** By tool. One that was not installed is missing. */
  readonly versions: Partial<Readonly<Record<ToolName, string>>>
  /** By case, then by tool: a line that begins with `exact`, `lossy`, `refused` or `crash`. */
  readonly outcomes: Readonly<Record<string, Partial<Readonly<Record<ToolName, string>>>>>
}

const PATH = join(import.meta.dirname, 'outcomes.json')

export function readRecord(): MatrixRecord {
  const record: MatrixRecord = JSON.parse(readFileSync(PATH, 'utf8'))
  return record
}

/** The tools of each case are in one order, so that only changed lines differ. */
export async function writeRecord({ servers, versions, outcomes }: MatrixRecord): Promise<void> {
  const inOrder = <T>(byTool: Partial<Readonly<Record<ToolName, T>>>) =>
    Object.fromEntries(TOOL_NAMES.map(name => [name, byTool[name]]))
  const cases = Object.entries(outcomes).map(([key, byTool]) => [key, inOrder(byTool)])
  const record = { servers, versions: inOrder(versions), outcomes: Object.fromEntries(cases) }
  await writeFile(PATH, `${JSON.stringify(record, null, 2)}\n`)
}
