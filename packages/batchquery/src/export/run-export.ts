import { createHash } from 'node:crypto'
import type { RowStream, ServerWarning, Session } from '../database/database.ts'
import { BatchQueryError } from '../errors/index.ts'
import { type FormatPlan, formatNamed, type Origin, type SessionText, UTF8_SESSION } from '../format/index.ts'
import type { Journal, StagedExport, StagedPart } from '../journal/index.ts'
import { packageVersion, unlessAborted } from '../platform/index.ts'
import { blockPool } from './block-pool.ts'
import { describeExport } from './describe-export.ts'
import type { Destination } from './destination.ts'
import { uriOf } from './destination.ts'
import { manifestBytes } from './manifest.ts'
import { refuseMissingRows } from './missing-rows.ts'
import { PartDescriber } from './part-describer.ts'
import { manifestKey } from './part-names.ts'
import { compressionName, type ExportPlan } from './plan.ts'
import { beginPublication, completePublication, refuseEarlierResult } from './publish.ts'
import { recordedLayout } from './recorded-layout.ts'
import { RecordedStaging } from './recorded-staging.ts'
import { removeLeftovers } from './remove-leftovers.ts'
import { Staging, type StagingProgress } from './stage.ts'

export interface ExportContext {
  readonly runId: string
  readonly journal: Journal
  readonly progress: StagingProgress
  /**
   * Ends the export until the publication begins, not afterwards. Does not stop the query: call `Session.cancel` for that.
   */
  readonly signal: AbortSignal
  /** Receives a sentence for the user, for instance if the export could not remove its staged objects; `reap` can do that later. */
  readonly warn: (text: string) => void
  /** Receives a sentence for the log that asks for nothing. @default - nothing takes it */
  readonly note?: (text: string) => void
  /** Whether this export is the last statement of the task. */
  readonly isLast: boolean
}

export interface ExportResult {
  readonly staged: StagedExport
  readonly warnings: readonly ServerWarning[]
}

/**
 * Runs one streamed export from query to publication. If it fails before the publication begins, nothing of it remains: no
 * part, no temporary file, no open upload.
 *
 * @throws the errors of the database and the store; OUTPUT_EXISTS, DESTINATION_LOCKED, ROWS_MISSING, VERIFICATION
 */
export async function runExport(
  session: Session,
  plan: ExportPlan,
  context: ExportContext,
): Promise<ExportResult> {
  const { destination } = plan
  const { journal, runId, signal } = context
  const overwrite = plan.overwrite !== 'OFF' || journal.isOurs(destination.uri)
  await unlessAborted(signal, () => refuseEarlierResult(destination, overwrite, plan.single))
  // The query need not wait for that; the first part does.
  const declared = journal.write({ step: 'begun', uri: destination.uri, format: plan.format.name })
  declared.catch(() => {})
  const store = new RecordedStaging(destination, journal, declared)
  const describer = describerOf(plan)
  const staging = new Staging({ ...destination, store }, plan, runId, context.progress, describer)
  let result: ExportResult
  try {
    result = await stageRows(session, { ...plan, replaces: overwrite, describer }, staging, context)
    signal.throwIfAborted()
    await journal.write({ step: 'staged', export: result.staged })
    await beginPublication(result.staged, destination, journal, signal)
  } catch (error) {
    await cleanUp(destination, context, staging, async () => {
      await staging.abort()
      await journal.write({ step: 'aborted', uri: destination.uri })
      await declared
    })
    throw error
  }
  const failure = await completePublication(result.staged, destination, journal, 'here')
  await cleanUp(destination, context, staging, async () => {})
  if (failure !== null) throw failure
  return result
}

/**
 * Removes all staged objects, also those whose tokens are unknown because the store's answer was lost, unless another run
 * stages there, which then does the same. Never throws: `reap` finds the rest by the destination's mark.
 */
async function cleanUp(
  destination: Destination,
  { journal, runId, warn }: ExportContext,
  staging: Staging,
  first: () => Promise<void>,
): Promise<void> {
  const { uri, store } = destination
  try {
    await first()
    const known = { tokens: [], hasBegun: staging.hasBegun }
    if (store.capabilities.losesAnswers)
      await removeLeftovers(destination, runId, known, () => journal.isAlone(uri))
    await journal.write({ step: 'unmarked', uri })
  } catch (thrown) {
    const { message } = BatchQueryError.from(thrown)
    warn(`some staged objects for ${uri} may remain; remove them with \`batchquery reap\`: ${message}`)
  }
}

async function stageRows(
  session: Session,
  plan: ExportPlan & { readonly replaces: boolean; readonly describer: PartDescriber | null },
  staging: Staging,
  { isLast, runId, signal, warn, note }: ExportContext,
): Promise<ExportResult> {
  const { destination, format, replaces: overwrite } = plan
  const isVerbose = plan.manifest === 'VERBOSE'
  const origin = originOf(plan, session, runId)
  let text = UTF8_SESSION
  const stream = await session.stream(plan.query, {
    format: withOrigin(plan.divided?.({ warn, ...(note && { note }) }) ?? format, origin, used => {
      text = used
    }),
    pool: blockPool(plan),
    maxPartBytes: plan.maxPartBytes,
    namesTypes: isVerbose,
  })
  const parts = await staging.stage(stream, signal)
  const { rows, bytes } = account(parts, stream, destination)
  const described = isVerbose && { described: describeExport(plan, stream, plan.describer, origin) }
  const staged: StagedExport = {
    uri: destination.uri,
    format: format.name,
    ...{ parts, rows, bytes, overwrite, ...layoutOf(plan) },
    manifest: manifestOf(plan, parts),
    isLast,
    ...contentOf(plan, stream, text),
    ...described,
  }
  return { staged: await withManifest(staged, destination, staging), warnings: stream.warnings }
}

/** Which objects the result has and replaces, as the record says it. */
const layoutOf = ({ single, overwrite }: ExportPlan): Pick<StagedExport, 'single' | 'replaces'> => ({
  ...(single && { single }),
  ...(overwrite === 'PARTITIONS' && { replaces: overwrite }),
})

/** Nothing but the manifest of a result without parts shows that the result is complete, and that this run wrote to the destination. */
async function withManifest(
  staged: StagedExport,
  { prefix }: Destination,
  staging: Staging,
): Promise<StagedExport> {
  if (staged.parts.length > 0) return staged
  return { ...staged, stagedManifest: await staging.stageManifest(manifestBytes(staged, prefix)) }
}

/** Null if the parts need not be described, or do not describe themselves. */
function describerOf({ manifest, format }: ExportPlan): PartDescriber | null {
  const { reader } = formatNamed(format.name)
  return manifest === 'VERBOSE' && reader !== null ? new PartDescriber(reader) : null
}

function contentOf(
  plan: ExportPlan,
  { invalidDates }: RowStream,
  text: SessionText,
): Pick<StagedExport, 'compression' | 'delimited' | 'invalidDates'> {
  const compression = compressionName(plan)
  const delimited = recordedLayout(plan.format, text)
  return {
    ...(compression !== 'default' && { compression }),
    ...(invalidDates.length > 0 && { invalidDates }),
    ...(delimited && { delimited }),
  }
}

const originOf = ({ query }: ExportPlan, { server }: Session, runId: string): Origin => ({
  version: packageVersion(),
  runId,
  statementSha256: createHash('sha256').update(query).digest('hex'),
  server: `${server.kind} ${server.version}`,
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
  destination: Destination,
): { rows: number; bytes: number } {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0)
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
  if (rows !== stream.rowsRead)
    throw new BatchQueryError(
      'VERIFICATION',
      `${stream.rowsRead} rows were read for ${destination.uri}, but ${rows} were written`,
      { hint: 'Report this defect of batchquery together with the query.' },
    )
  refuseMissingRows(stream.warnings)
  return { rows, bytes }
}

function manifestOf({ manifest, destination }: ExportPlan, { length }: readonly StagedPart[]): string | null {
  return manifest !== 'OFF' || length === 0 ? uriOf(destination, manifestKey(destination.prefix)) : null
}
