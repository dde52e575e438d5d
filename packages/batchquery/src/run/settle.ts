import { BatchQueryError } from '../errors/index.ts'
import type { Store } from '../store/store.ts'
import { attemptsWithExports, findExportsOf } from './exports-of-attempt.ts'
import type { LedgerExport } from './ledger.ts'
import type { OwnedRun } from './owned-run.ts'
import type { ExportState } from './record.ts'
import type { RunJournal } from './run-journal.ts'

/** What is done with an export that a dead attempt left. Both may be repeated. export/recover.ts has it. */
export interface ExportRecovery {
  /**
   * Completes a publication that had begun.
   *
   * @throws OUTPUT_EXISTS, VERIFICATION where that is impossible for good; it is then given up
   */
  complete(left: LedgerExport, journal: RunJournal): Promise<void>
  /** Removes what is staged and not committed. */
  abort(left: LedgerExport): Promise<void>
}

/**
 * Takes in hand what the earlier attempts of a run left:
 *
 *     COMMITTING                    completed forward
 *     STAGED, or in a ledger alone  aborted: a publication never began
 *     PUBLISHED, ABORTED            as it is
 *
 * and lets go of the destinations that they held. Safe to repeat from any point.
 *
 * @returns whether the export of the task's last statement is published
 */
export async function settleEarlierAttempts(
  store: Store,
  bucket: string,
  run: OwnedRun,
  recovery: ExportRecovery,
): Promise<boolean> {
  let isComplete = false
  for (const attempt of await attemptsWithExports(store, bucket, run.record)) {
    if (attempt >= run.record.attempt) continue
    for (const { staged, state } of await findExportsOf(store, bucket, run.record, attempt)) {
      const published = await settleExport(staged, state, run, recovery)
      isComplete ||= published && staged.isLast
    }
  }
  return isComplete
}

/** @returns whether it is published now */
async function settleExport(
  staged: LedgerExport,
  state: ExportState | null,
  run: OwnedRun,
  recovery: ExportRecovery,
): Promise<boolean> {
  if (state === 'COMMITTING') return complete(staged, run, recovery)
  if (state === 'STAGED' || state === null) await recovery.abort(staged)
  if (state === 'STAGED') await run.journal.aborted(staged.uri)
  await run.journal.unlock(staged.uri)
  return state === 'PUBLISHED'
}

/** @returns false where it had to be given up */
async function complete(staged: LedgerExport, run: OwnedRun, recovery: ExportRecovery): Promise<boolean> {
  try {
    await recovery.complete(staged, run.journal)
    return true
  } catch (thrown) {
    if (!(thrown instanceof BatchQueryError) || !['OUTPUT_EXISTS', 'VERIFICATION'].includes(thrown.code))
      throw thrown
    run.warn(`the publication at ${staged.uri} that an earlier attempt began was given up: ${thrown.message}`)
    return false
  }
}
