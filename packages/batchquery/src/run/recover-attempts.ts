import type { ExportRecovery } from '../journal/index.ts'
import { inParallel } from '../platform/index.ts'
import type { StoredExport } from './export-objects.ts'
import type { OwnersHome } from './owners-home.ts'
import type { RunRecord } from './record.ts'
import { removeStaging } from './remove-staging.ts'
import type { RunJournal } from './run-journal.ts'
import { readEach, storedExports } from './stored-exports.ts'

/** How many locks are looked at at once. */
const LOOKS_AT_ONCE = 16

/** What became of what the earlier attempts left. */
export interface Recovered {
  /** The export of the task's last statement is published. */
  readonly isComplete: boolean
  /** The destinations whose publication was completed. */
  readonly completed: readonly string[]
  /** The destinations of exports that were given up, or for which something staged was removed; this run published none of them. */
  readonly aborted: readonly string[]
}

/** The run whose owner recovers. */
export interface RecoveringRun {
  readonly record: RunRecord
  readonly journal: RunJournal
  warn(text: string): void
}

/** What became of one export. */
type Fate = 'completed' | 'aborted' | 'as it was'

/**
 * Takes in hand what the earlier attempts of a run left:
 *
 *     COMMITTING              completed forward
 *     STAGED                  aborted: a publication never began
 *     BEGUN                   removed
 *     native, and COMMITTING  what the server wrote is removed
 *     PUBLISHED, ABORTED      as it is
 *
 * and lets go of the destinations that they held. Safe to repeat from any point.
 *
 * @param end the attempts before it: our own is among them if another process that has ended began something in its name
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
  const uris: Record<Fate, Set<string>> = { completed: new Set(), aborted: new Set(), 'as it was': new Set() }
  /** By attempt: the last statement is the last one that its attempt published. */
  const latest = new Map<number, StoredExport>()
  for (const left of exports) {
    const { uri, mode } = await left.begun()
    const fate = await recoverExport(left, run, recovery)
    uris[fate].add(uri)
    if ((fate === 'completed' || left.state === 'PUBLISHED') && mode === 'streamed')
      latest.set(left.of.attempt, left)
  }
  await inParallel([...uris['as it was']], LOOKS_AT_ONCE, uri => run.journal.write({ step: 'unlock', uri }))
  const cleared = await removeStaging({ store, bucket, attempts, recovery }, run.record.id, exports)
  const staged = await readEach([...latest.values()], left => left.staged())
  return {
    isComplete: staged.some(({ isLast }) => isLast),
    completed: [...uris.completed],
    // What is published was not given up, though a mark may say that something was staged for it.
    aborted: [...new Set([...uris.aborted, ...cleared.keys()])].filter(uri => !run.journal.isOurs(uri)),
  }
}

async function recoverExport(
  left: StoredExport,
  run: RecoveringRun,
  recovery: ExportRecovery,
): Promise<Fate> {
  const { uri, mode, at } = await left.begun()
  const { journal, record } = run
  // All in their order: at the end the latest export to a destination is the one that counts.
  journal.resume(uri, left)
  if (left.state !== 'COMMITTING' && left.state !== 'STAGED') return 'as it was'
  if (left.state === 'STAGED') await recovery.abort(await left.staged())
  else if (mode === 'streamed') return complete(left, run, recovery)
  // A task in SQL has one database. The session of the server that wrote has been ended by now.
  else await recovery.removeNative(uri, new Date(at), record.databases[0]?.dialect ?? '')
  await journal.write({ step: 'aborted', uri })
  await journal.write({ step: 'unlock', uri })
  return 'aborted'
}

async function complete(left: StoredExport, run: RecoveringRun, recovery: ExportRecovery): Promise<Fate> {
  const staged = await left.staged()
  const failure = await recovery.complete(staged, run.journal)
  if (failure === null) return 'completed'
  run.warn(`the publication at ${staged.uri} that an earlier attempt began was given up: ${failure.message}`)
  return 'aborted'
}
