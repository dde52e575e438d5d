import type { State } from './basics.ts'
import type { RunCommands, RunDocument } from './run.ts'

export interface ResultDocument {
  readonly id: string
  readonly state: State
  readonly exports: readonly ExportDocument[]
  readonly outputs: RunDocument['outputs']
  readonly commands: RunCommands
}

export interface ExportDocument {
  /** From 1. */
  readonly number: number
  readonly uri: string
  readonly mode: 'native' | 'streamed'
  readonly format: string
  readonly compression: string | null
  readonly rows: number
  readonly bytes: number
  readonly partCount: number
  /** The columns of PARTITION BY, the outermost first. */
  readonly partitionedBy: readonly string[]
  readonly manifest: string | null
  /**
   * Whether the first part is still that of the run, as far as its size and its time say. `changed`: a later run or another program has
   * written there since.
   */
  readonly presence: 'there' | 'changed' | 'missing'
  /** Null if neither the parts nor the manifest describe them. */
  readonly columns: readonly ColumnDocument[] | null
  /** Dates in no calendar that became NULL. */
  readonly invalidDates: readonly { readonly column: string; readonly count: number }[]
}

export interface ColumnDocument {
  readonly name: string
  readonly type: string
  readonly sourceType: string | null
  readonly isNullable: boolean | null
  /** How many values are NULL in all parts together. Null if the manifest does not have it. */
  readonly nulls: number | null
  readonly min: string | null
  readonly max: string | null
}

export interface PartsDocument {
  readonly parts: readonly PartDocument[]
  /** The number of all parts. */
  readonly count: number
}

export interface PartDocument {
  /** From 1. */
  readonly number: number
  readonly uri: string
  /** Its key below the destination. */
  readonly name: string
  /** Null if the server wrote it. */
  readonly rows: number | null
  readonly bytes: number
  readonly sha256: string | null
  readonly partition: readonly { readonly column: string; readonly value: string | null }[]
}

export interface HeadDocument {
  readonly columns: readonly { readonly name: string; readonly type: string; readonly isNumber: boolean }[]
  /** Null is NULL. A value has at most 2,000 characters. */
  readonly rows: readonly (readonly (string | null)[])[]
  readonly notes: readonly string[]
  readonly command: string
}
