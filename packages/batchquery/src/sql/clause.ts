import type { ClauseReader } from './clause-reader.ts'
import type { ExportStatement } from './export-statement.ts'

/** The values of the clauses after the destination. */
export type ExportClauses = Omit<ExportStatement, 'query' | 'at' | 'destination'>

/** One clause of the grammar, found by its first keyword. */
export interface Clause {
  /** Its name in messages. */
  readonly name: string
  /** Its grammar, for hints. */
  readonly form: string
  /** Reads on after the first keyword. */
  read(reader: ClauseReader): Partial<ExportClauses>
}
