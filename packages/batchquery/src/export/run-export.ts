import type { RowStream, ServerWarning, Session } from '../database/database.ts'
import { BatchQueryError } from '../errors/index.ts'
import { BlockPool } from '../format/index.ts'
import { LEAST_COMPRESSED_BLOCK } from './compression.ts'
import type { Destination } from './destination.ts'
import { manifestKey, uriOf } from './destination.ts'
import type { ExportJournal, StagedExport, StagedPart } from './journal.ts'
import type { ExportPlan } from './plan.ts'
import { beginPublication, completePublication, refuseEarlierResult } from './publish.ts'
import { Staging, type StagingProgress } from './stage.ts'

/** Enough for the encoder to fill some while the store writes others. */
const BLOCKS = 6

export interface ExportContext {
  readonly runId: string
  readonly journal: ExportJournal
  readonly progress: StagingProgress
  /** Looked at before the publication begins; the query itself is stopped by `Session.cancel`. */
  readonly signal: AbortSignal
}

export interface ExportResult {
  readonly staged: StagedExport
  readonly warnings: readonly ServerWarning[]
}

/**
 * Runs one streamed export from query to publication. Whatever goes wrong before the publication begins, nothing
 * of it stays: no part, no temporary file, no open upload.
 *
 * @throws what the database and the store throw; OUTPUT_EXISTS, DESTINATION_LOCKED, ROWS_MISSING, VERIFICATION
 */
export async function runExport(
  session: Session,
  plan: ExportPlan,
  context: ExportContext,
): Promise<ExportResult> {
  const { destination } = plan
  const { journal, runId, signal } = context
  const overwrite = plan.overwrite || journal.isOurs(destination.uri)
  await refuseEarlierResult(destination, overwrite)
  const staging = new Staging(destination, plan.compression, runId, context.progress)
  let result: ExportResult
  try {
    result = await stageRows(session, { ...plan, overwrite }, staging)
    signal.throwIfAborted()
    await journal.staged(result.staged)
    await beginPublication(result.staged, destination, journal)
  } catch (error) {
    await staging.abort()
    await journal.aborted(destination.uri)
    throw error
  }
  await completePublication(result.staged, destination, journal)
  return result
}

async function stageRows(session: Session, plan: ExportPlan, staging: Staging): Promise<ExportResult> {
  const { destination, format, overwrite } = plan
  const stream = await session.stream(plan.query, {
    layout: plan.layout,
    characterSet: plan.characterSet,
    header: plan.header,
    pool: new BlockPool(blockBytes(plan), BLOCKS),
    maxPartBytes: plan.maxPartBytes,
  })
  const parts = await staging.stage(stream)
  const { rows, bytes } = account(parts, stream, destination)
  const staged = { uri: destination.uri, format, parts, rows, bytes, overwrite, manifest: manifestOf(plan) }
  return { staged, warnings: stream.warnings }
}

/** Rows read, rows encoded and rows in the parts must be one number; so must the bytes. */
function account(
  parts: readonly StagedPart[],
  stream: RowStream,
  destination: Destination,
): { rows: number; bytes: number } {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0)
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
  if (rows !== stream.rowsRead)
    throw new BatchQueryError(
      'VERIFICATION',
      `${stream.rowsRead} rows were read for ${destination.uri} and ${rows} written`,
      { hint: 'This is a defect of batchquery. Please report it with the query.' },
    )
  const missing = stream.warnings.find(warning => warning.rowsMissing)
  if (missing !== undefined)
    throw new BatchQueryError(
      'ROWS_MISSING',
      `the server cut the result short: ${missing.message} (${missing.code})`,
      {
        hint: 'Remove the limit that the warning names, then run again.',
      },
    )
  return { rows, bytes }
}

/** Blocks are what the store likes, and large enough to be compressed well. */
function blockBytes({ destination, compression, maxPartBytes }: ExportPlan): number {
  const chunk = destination.store.chunkBytes(maxPartBytes)
  return compression.compress === null ? chunk : Math.max(chunk, LEAST_COMPRESSED_BLOCK)
}

function manifestOf({ manifest, destination }: ExportPlan): string | null {
  return manifest ? uriOf(destination, manifestKey(destination.prefix)) : null
}
