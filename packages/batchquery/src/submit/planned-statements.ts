import { compressionName } from '../export/index.ts'
import { layoutOf } from '../format/index.ts'
import {
  type Dialect,
  type ManifestKind,
  type Overwrite,
  type PartitionBy,
  statementKeyword,
} from '../sql/index.ts'
import type { PlannedExport as StepExport } from '../statements/run-export.ts'
import type { Step } from '../statements/sql-task.ts'

/** A statement of a task, and what it would export. */
export interface PlannedStatement {
  /** From 1. */
  readonly number: number
  readonly line: number
  /** Its first keyword, in upper case. */
  readonly kind: string
  readonly export: PlannedExport | null
}

export interface PlannedExport {
  readonly uri: string
  readonly format: string
  readonly header: boolean
  /** The FIELDS and LINES options that were written. */
  readonly layout: Readonly<Record<string, string | boolean>>
  readonly characterSet: string | null
  /** `default` if the runner's version of Node decides it. */
  readonly compression: string
  /** Before compression; those of the file if the format itself compresses. */
  readonly maxPartBytes: number
  /** Null for a format without row groups. */
  readonly rowGroupBytes: number | null
  readonly manifest: ManifestKind
  readonly overwrite: Overwrite
  readonly partitionBy: PartitionBy | null
  readonly single: boolean
  readonly encryption: string | null
}

/** Describes the statements of a task for its user. */
export const plannedStatements = (steps: readonly Step[], dialect: Dialect): readonly PlannedStatement[] =>
  steps.map(({ number, statement, exported }) => ({
    number,
    line: statement.line,
    kind: statementKeyword(statement.text, dialect, statement.stringRules),
    export: exported === null ? null : plannedExport(exported),
  }))

function plannedExport({ statement, plan }: StepExport): PlannedExport {
  const { format, header, characterSet } = statement
  const { maxPartBytes, manifest, overwrite, partitionBy, single } = plan
  const written = Object.entries(layoutOf(statement)).map(([name, value]) => [
    name,
    value instanceof Uint8Array ? Buffer.from(value).toString() : value,
  ])
  return {
    uri: plan.destination.uri,
    format,
    header,
    layout: Object.fromEntries(written),
    characterSet,
    compression: compressionName(plan),
    maxPartBytes,
    rowGroupBytes: plan.format.rowGroupBytes,
    manifest,
    overwrite,
    partitionBy,
    single,
    encryption: plan.encryption?.kind ?? null,
  }
}
