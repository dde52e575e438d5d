import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { CaseDatabase } from '../case.ts'
import type { ReaderName } from '../reader.ts'

export const TOOL_NAMES = ['batchquery', 'duckdb', 'odbc2parquet', 'connectorx', 'rivet'] as const
export type ToolName = (typeof TOOL_NAMES)[number]

/** One table to export. */
export interface Job {
  readonly database: CaseDatabase
  readonly table: string
  /** Empty, for everything that the tool writes. */
  readonly folder: string
}

/** A file, or the failure of the tool. A tool that ends by a signal or a panic has crashed. */
export type Written =
  | { readonly file: string }
  | { readonly result: 'refused' | 'crash'; readonly message: string }

/** A program that writes a table as a Parquet file. */
export interface Tool {
  readonly name: ToolName
  readonly version: string
  /** The databases that it reads. */
  readonly databases: readonly CaseDatabase[]
  /** Another program than the tool. */
  readonly reader: ReaderName
  /** Exports `SELECT *` with the settings that the tool has by default. */
  write(job: Job): Promise<Written>
}

/** The Parquet file that a tool left in its folder. */
export async function fileIn(folder: string): Promise<Written> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile() && entry.name.endsWith('.parquet'))
  const [file] = files
  if (files.length === 1 && file !== undefined) return { file: join(file.parentPath, file.name) }
  return { result: 'refused', message: `it wrote ${files.length} files` }
}
