import type { ExportRecovery } from '../journal/index.ts'
import { inParallel } from '../platform/index.ts'
import type { StoredExport } from './export-objects.ts'
import { KeptRanges } from './kept-ranges.ts'
import type { OwnersHome } from './owners-home.ts'
import type { RunRecord } from './record.ts'
import { removeStaging } from './remove-staging.ts'
import type { RunJournal } from './run-journal.ts'
import { readEach, storedExports } from './stored-exports.ts'

/** How many locks are checked at once. */
const LOOKS_AT_ONCE = 16

/** The outcome of the recovery of earlier attempts. */
export interface Recovered {
  /** Whether the export of the task's last statement is published. */
  readonly isComplete: boolean
  /** The destinations whose publication it completed. */
  readonly completed: readonly string[]
  /** The destinations for which it aborted an export or removed staged objects. This run published none of them. */
  readonly aborted: readonly string[]
  /** What the exports of this attempt may go on with. */
  readonly kept: KeptRanges
}

/** The run that recovers its earlier attempts. */
export interface RecoveringRun {
  readonly record: RunRecord
  readonly journal: RunJournal
  warn(text: string): void
}

/** The outcome of the recovery of one export. */
type Fate = 'completed' | 'aborted' | 'unchanged'

/**
 * Recovers the exports that earlier attempts of a run left:
 *
 *     COMMITTING              completes the publication
 *     STAGED                  aborts the export, because its publication never began
 *     BEGUN                   removes the staged objects, except those of ranges that this attempt may keep
 *     COMMITTING, native      removes what the server wrote
 *     PUBLISHED, ABORTED      changes nothing
 *
 * Then unlocks their destinations. Safe to repeat from any point.
 *
 * @param end recovers the attempts before this one. That includes the current attempt if another process, which has ended,
 *   began exports for it.
 */
export async function recoverAttempts(
  { store, bucket, attempts }: Pick<OwnersHome, 'store' | 'bucket' | 'attempts'>,
  run: RecoveringRun,
  recovery: ExportRecovery,
  end: number,
): Promise<Recovered> {
  const all = await storedExports(store, bucket, run.record)
  const exports = all.filter(({ of }) => of.attempt < end)
  await run.journal.adopt(exports)
  const uris: Record<Fate, Set<string>> = { completed: new Set(), aborted: new Set(), unchanged: new Set() }
  /** By attempt: the export that it published last. Only that one can be the task's last statement. */
  const latest = new Map<number, StoredExport>()
  for (const leftover of exports) {
    const { uri, mode } = await leftover.begun()
    const fate = await recoverExport(leftover, run, recovery)
    uris[fate].add(uri)
    if ((fate === 'completed' || leftover.state === 'PUBLISHED') && mode === 'streamed')
      latest.set(leftover.of.attempt, leftover)
  }
  await inParallel([...uris.unchanged], LOOKS_AT_ONCE, uri => run.journal.write({ step: 'unlock', uri }))
  const removal = { store, bucket, attempts, recovery }
  const kept = await KeptRanges.find(removal, run.record.id, exports)
  const removed = await removeStaging(removal, run.record.id, exports, kept.tokens)
  const staged = await readEach([...latest.values()], stored => stored.staged())
  return {
    isComplete: staged.some(({ isLast }) => isLast),
    kept,
    completed: [...uris.completed],
    // A published destination may still have had a mark.
    aborted: [...new Set([...uris.aborted, ...removed.keys()])].filter(uri => !run.journal.isOurs(uri)),
  }
}

async function recoverExport(
  leftover: StoredExport,
  run: RecoveringRun,
  recovery: ExportRecovery,
): Promise<Fate> {
  const { uri, mode, at } = await leftover.begun()
  const { journal, record } = run
  // The caller goes through the exports in order, so that the latest export to a destination counts in the end.
  journal.resume(uri, leftover)
  if (leftover.state !== 'COMMITTING' && leftover.state !== 'STAGED') return 'unchanged'
  if (leftover.state === 'STAGED') await recovery.abort(await leftover.staged())
  else if (mode === 'streamed') return complete(leftover, run, recovery)
  // A task in SQL has one database. Its session has ended by now.
  else await recovery.removeNative(uri, new Date(at), record.databases[0]?.dialect ?? '')
  await journal.write({ step: 'aborted', uri })
  await journal.write({ step: 'unlock', uri })
  return 'aborted'
}

async function complete(leftover: StoredExport, run: RecoveringRun, recovery: ExportRecovery): Promise<Fate> {
  const staged = await leftover.staged()
  const failure = await recovery.complete(staged, run.journal)
  if (failure === null) return 'completed'
  run.warn(`aborted the publication at ${staged.uri} that an earlier attempt began: ${failure.message}`)
  return 'aborted'
}
