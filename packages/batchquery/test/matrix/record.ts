import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CaseDatabase } from './case.ts'
import type { ToolName } from './tools/tool.ts'

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

export const writeRecord = (record: MatrixRecord): Promise<void> =>
  writeFile(PATH, `${JSON.stringify(record, null, 2)}\n`)
