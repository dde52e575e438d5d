import type { ClauseReader } from './clause-reader.ts'
import type { ExportStatement } from './export-statement.ts'

/** What the clauses behind the destination say. */
export type ExportClauses = Omit<ExportStatement, 'query' | 'at' | 'destination'>

/** One clause of the grammar, found by its first keyword. */
export interface Clause {
  /** What messages call it. */
  readonly name: string
  /** Its grammar, for hints. */
  readonly form: string
  /** Reads on behind the first keyword. */
  read(reader: ClauseReader): Partial<ExportClauses>
}
