import type { StreamOptions } from '../../src/database/database.ts'
import {
  BlockPool,
  type ExportFormatPlan,
  type FormatClauses,
  type FormatName,
  type FormatPlan,
  NO_FORMAT_CLAUSES,
  planFormat,
  type TextLayout,
} from '../../src/format/index.ts'

const MIB = 1024 * 1024

/** How a test wants rows to be written. */
export interface Writing {
  /** @default 'TEXT' */
  readonly format?: FormatName
  /** The FIELDS and LINES options that are written. @default - none */
  readonly layout?: Partial<TextLayout>
  readonly characterSet?: string | null
  readonly header?: boolean
}

export function formatPlan({
  format = 'TEXT',
  layout = {},
  characterSet = null,
  header = false,
}: Writing): ExportFormatPlan {
  return planFormat({ ...clausesOf(layout), format, characterSet, header })
}

export interface WritingInBlocks extends Writing {
  /** Instead of one of the formats that exist. */
  readonly plan?: FormatPlan
  /** @default - four blocks of 1 MiB */
  readonly pool?: BlockPool
  /** @default - one part */
  readonly maxPartBytes?: number
}

export const streamOptions = ({
  pool = new BlockPool(MIB, 4),
  maxPartBytes = Number.MAX_SAFE_INTEGER,
  plan,
  ...writing
}: WritingInBlocks = {}): StreamOptions => ({ format: plan ?? formatPlan(writing), pool, maxPartBytes })

/** A layout in the clauses of a statement. */
export const clausesOf = (layout: Partial<TextLayout>): FormatClauses => ({
  ...NO_FORMAT_CLAUSES,
  fields: {
    terminatedBy: layout.fieldsTerminatedBy ?? null,
    enclosedBy: layout.enclosedBy ?? null,
    optionallyEnclosed: layout.optionallyEnclosed ?? false,
    escapedBy: layout.escapedBy ?? null,
  },
  lines: { startingBy: layout.linesStartingBy ?? null, terminatedBy: layout.linesTerminatedBy ?? null },
})
