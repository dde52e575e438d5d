import { createHash } from 'node:crypto'
import type { RowStream, ServerWarning, Session } from '../database/database.ts'
import { BatchQueryError } from '../errors/index.ts'
import {
  type FormatPlan,
  formatNamed,
  type InvalidDates,
  type Level,
  type Origin,
  type SessionText,
  UTF8_SESSION,
} from '../format/index.ts'
import type { DescribedExport, RecordedLayout, StagedPart } from '../journal/index.ts'
import { packageVersion } from '../platform/index.ts'
import { blockPool } from './block-pool.ts'
import { columnsOf, describeExport, type NamedType } from './describe-export.ts'
import { refuseMissingRows } from './missing-rows.ts'
import { PartDescriber } from './part-describer.ts'
import type { ExportPlan } from './plan.ts'
import { recordedLayout } from './recorded-layout.ts'
import type { Staging } from './stage.ts'

/** Which rows are staged, and how they are described. */
export interface RowsToStage {
  /** The query of the export, or that of one range of its rows. */
  readonly query: string
  readonly level: Level
  /** Reads the parts of formats that describe themselves; null if that is not needed. */
  readonly describer: PartDescriber | null
}

export interface StagingContext {
  readonly runId: string
  /** Ends the reading. */
  readonly signal: AbortSignal
  readonly warn: (text: string) => void
  readonly note?: (text: string) => void
}

/** The staged rows of a query, as plain data: a thread can pass it on. */
export interface StagedRows {
  readonly parts: readonly StagedPart[]
  readonly rows: number
  readonly bytes: number
  readonly invalidDates: readonly InvalidDates[]
  /** Null if the export has the usual form of its format. */
  readonly delimited: RecordedLayout | null
  /** Null without MANIFEST VERBOSE. */
  readonly described: DescribedExport | null
  readonly columns: readonly NamedType[]
  readonly warnings: readonly ServerWarning[]
}

/**
 * Reads the rows of a query and stages them.
 *
 * @throws as `Session.stream` and `Staging.stage`; VERIFICATION if a row was lost on the way; ROWS_MISSING
 */
export async function stageRows(
  session: Session,
  plan: ExportPlan,
  staging: Staging,
  { query, level, describer }: RowsToStage,
  { runId, signal, warn, note }: StagingContext,
): Promise<StagedRows> {
  const origin = originOf(plan, session, runId, level)
  let text = UTF8_SESSION
  const stream = await session.stream(query, {
    format: withOrigin(plan.divided?.({ warn, ...(note && { note }) }) ?? plan.format, origin, used => {
      text = used
    }),
    pool: blockPool(plan),
    maxPartBytes: plan.maxPartBytes,
    namesTypes: plan.manifest === 'VERBOSE',
  })
  const parts = await staging.stage(stream, signal)
  return {
    parts,
    ...account(parts, stream, plan.destination.uri),
    invalidDates: stream.invalidDates,
    delimited: recordedLayout(plan.format, text) ?? null,
    described: plan.manifest === 'VERBOSE' ? describeExport(plan, stream, describer, origin) : null,
    columns: columnsOf(stream),
    warnings: stream.warnings,
  }
}

/** Null if the parts need not be described, or do not describe themselves. */
export function describerOf({ manifest, format }: ExportPlan): PartDescriber | null {
  const { reader } = formatNamed(format.name)
  return manifest === 'VERBOSE' && reader !== null ? new PartDescriber(reader) : null
}

const originOf = ({ query }: ExportPlan, { server }: Session, runId: string, level: Level): Origin => ({
  version: packageVersion(),
  runId,
  statementSha256: createHash('sha256').update(query).digest('hex'),
  server: `${server.kind} ${server.version}`,
  level,
})

const withOrigin = (
  { writtenFiles, ...format }: FormatPlan,
  origin: Origin,
  used: (text: SessionText) => void,
): FormatPlan => ({
  ...format,
  ...(writtenFiles && { writtenFiles: output => writtenFiles(output, origin) }),
  encoder: (columns, output, session = UTF8_SESSION) => {
    used(session)
    return format.encoder(columns, output, session, origin)
  },
})

/** The totals of the parts. @throws VERIFICATION if the parts do not have all rows that were read; ROWS_MISSING */
function account(
  parts: readonly StagedPart[],
  stream: RowStream,
  uri: string,
): { readonly rows: number; readonly bytes: number } {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0)
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
  if (rows !== stream.rowsRead)
    throw new BatchQueryError(
      'VERIFICATION',
      `${stream.rowsRead} rows were read for ${uri}, but ${rows} were written`,
      { hint: 'Report this defect of batchquery together with the query.' },
    )
  refuseMissingRows(stream.warnings)
  return { rows, bytes }
}
