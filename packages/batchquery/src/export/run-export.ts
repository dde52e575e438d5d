import type { ServerWarning, Session } from '../database/database.ts'
import { BatchQueryError } from '../errors/index.ts'
import type { Journal, KeepRanges, StagedExport, StagedPart } from '../journal/index.ts'
import { unlessAborted } from '../platform/index.ts'
import type { Destination } from './destination.ts'
import { uriOf } from './destination.ts'
import { manifestBytes } from './manifest.ts'
import type { MachineHost } from './parallel/fan-out/machines.ts'
import type { openParallelRead } from './parallel/open.ts'
import type { Seen } from './parallel/parallel-read.ts'
import type { ReaderHost } from './parallel/reader-host.ts'
import { manifestKey } from './part-names.ts'
import { compressionName, type ExportPlan } from './plan.ts'
import { beginPublication, completePublication, refuseEarlierResult } from './publish.ts'
import { RecordedStaging } from './recorded-staging.ts'
import { removeLeftovers } from './remove-leftovers.ts'
import { Staging, type StagingProgress } from './stage.ts'
import { describerOf, type StagedRows, stageRows } from './stage-rows.ts'

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
  /** The ranges that earlier attempts have read. @default - none */
  readonly kept?: KeepRanges
  /** What PARALLEL needs of the program around the export. @default - an export with PARALLEL is refused */
  readonly readers?: ReaderHost
  /** The machines that read exports with PARALLEL. @default - threads of this process read them */
  readonly machines?: MachineHost
}

export interface ExportResult {
  readonly staged: StagedExport
  readonly warnings: readonly ServerWarning[]
}

/**
 * Runs one streamed export from query to publication. If it fails before the publication begins, nothing of it remains: no
 * part, no temporary file, no open upload.
 *
 * @throws the errors of the database and the store; OUTPUT_EXISTS, DESTINATION_LOCKED, ROWS_MISSING, VERIFICATION; UNSUPPORTED_CLAUSE if
 *   the rows cannot be read as PARALLEL asks
 */
export async function runExport(
  session: Session,
  plan: ExportPlan,
  context: ExportContext,
): Promise<ExportResult> {
  const { destination } = plan
  const { journal, runId, signal } = context
  const parallel = plan.parallel && (await openParallel(session, plan, plan.parallel, context))
  const overwrite = plan.overwrite !== 'OFF' || journal.isOurs(destination.uri)
  await unlessAborted(signal, () => refuseEarlierResult(destination, overwrite, plan.single))
  // The query need not wait for that; the first part does.
  const declared = journal.write({
    step: 'begun',
    uri: destination.uri,
    format: plan.format.name,
    ...(plan.parallel && { parallel: { consistency: plan.parallel.consistency } }),
  })
  declared.catch(() => {})
  const store = new RecordedStaging(destination, journal, declared)
  const describer = describerOf(plan)
  const staging = new Staging({ ...destination, store }, plan, runId, context.progress, describer)
  const begun = (): Begun => ({
    hasBegun: staging.hasBegun || parallel?.hasBegun === true,
    hasLost: destination.store.capabilities.losesAnswers || parallel?.hasLostReader === true,
  })
  let result: ExportResult
  try {
    const read = parallel
      ? await parallel.stage(declared)
      : await stageRows(session, plan, staging, { query: plan.query, level: 'single', describer }, context)
    const staged = stagedExport(plan, read, { overwrite, isLast: context.isLast })
    result = { staged: await withManifest(staged, destination, staging), warnings: read.warnings }
    signal.throwIfAborted()
    await journal.write({ step: 'staged', export: result.staged })
    await beginPublication(result.staged, destination, journal, signal)
  } catch (error) {
    await cleanUp(destination, context, begun, async () => {
      await staging.abort()
      await parallel?.abort()
      await journal.write({ step: 'aborted', uri: destination.uri })
      await declared
    })
    throw error
  }
  const failure = await completePublication(result.staged, destination, journal, 'here')
  await cleanUp(destination, context, begun, async () => {})
  if (failure !== null) throw failure
  return result
}

/** Loads what only PARALLEL uses. */
const openParallel: typeof openParallelRead = async (...opening) =>
  (await import('./parallel/open.ts')).openParallelRead(...opening)

/** What is known of the staged objects. */
interface Begun {
  /** Whether the store has confirmed one. */
  readonly hasBegun: boolean
  /** Whether the tokens of some may be lost. */
  readonly hasLost: boolean
}

/**
 * Removes all staged objects, also those whose tokens are unknown because the store's answer was lost, unless another run
 * stages there, which then does the same. Never throws: `reap` finds the rest by the destination's mark.
 */
async function cleanUp(
  destination: Destination,
  { journal, runId, warn }: ExportContext,
  begun: () => Begun,
  first: () => Promise<void>,
): Promise<void> {
  const { uri } = destination
  try {
    await first()
    const { hasBegun, hasLost } = begun()
    if (hasLost)
      await removeLeftovers(destination, runId, { tokens: [], hasBegun }, () => journal.isAlone(uri))
    await journal.write({ step: 'unmarked', uri })
  } catch (thrown) {
    const { message } = BatchQueryError.from(thrown)
    warn(`some staged objects for ${uri} may remain; remove them with \`batchquery reap\`: ${message}`)
  }
}

/** The record of an export whose rows are staged. */
function stagedExport(
  plan: ExportPlan,
  { parts, rows, bytes, invalidDates, delimited, described, level, moment }: StagedRows & Partial<Seen>,
  { overwrite, isLast }: { readonly overwrite: boolean; readonly isLast: boolean },
): StagedExport {
  const compression = compressionName(plan)
  return {
    uri: plan.destination.uri,
    format: plan.format.name,
    ...{ parts, rows, bytes, overwrite, ...layoutOf(plan) },
    manifest: manifestOf(plan, parts),
    isLast,
    ...(compression !== 'default' && { compression }),
    ...(invalidDates.length > 0 && { invalidDates }),
    ...(delimited !== null && { delimited }),
    ...(described !== null && { described }),
    ...(level && { level }),
    ...(moment && { moment }),
  }
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

function manifestOf({ manifest, destination }: ExportPlan, { length }: readonly StagedPart[]): string | null {
  return manifest !== 'OFF' || length === 0 ? uriOf(destination, manifestKey(destination.prefix)) : null
}
