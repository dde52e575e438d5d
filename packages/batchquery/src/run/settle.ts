import { clearStaging } from './clear-staging.ts'
import { attemptsWithExports, type ExportOfAttempt, findExportsOf } from './exports-of-attempt.ts'
import type { LedgerExport } from './ledger.ts'
import type { OwnedRun, OwnersHome } from './owned-run.ts'
import type { ExportState } from './record.ts'
import type { ExportRecovery } from './recovery.ts'

/** What became of what the earlier attempts left. */
export interface Settled {
  /** The export of the task's last statement is published. */
  readonly isComplete: boolean
  /** The destinations for which something staged was removed. */
  readonly cleared: readonly string[]
}

/**
 * Takes in hand what the earlier attempts of a run left:
 *
 *     COMMITTING                    completed forward
 *     STAGED, or in a ledger alone  aborted: a publication never began
 *     begun, and in no ledger       removed
 *     native, and COMMITTING        what the server wrote is removed
 *     PUBLISHED, ABORTED            as it is
 *
 * and lets go of the destinations that they held. Safe to repeat from any point.
 */
export function settleEarlierAttempts(
  home: Pick<OwnersHome, 'store' | 'bucket' | 'attempts'>,
  run: OwnedRun,
  recovery: ExportRecovery,
): Promise<Settled> {
  return settleAttempts(home, run, recovery, run.record.attempt)
}

/**
 * As `settleEarlierAttempts`, for the attempts before `end`: our own too, where another process that has ended began
 * something in its name.
 */
export async function settleAttempts(
  { store, bucket, attempts }: Pick<OwnersHome, 'store' | 'bucket' | 'attempts'>,
  run: OwnedRun,
  recovery: ExportRecovery,
  end: number,
): Promise<Settled> {
  const { id } = run.record
  const exportsOf = (attempt: number) => findExportsOf(store, bucket, run.record, attempt)
  let isComplete = false
  for (const attempt of await attemptsWithExports(store, bucket, run.record)) {
    if (attempt >= end) continue
    for (const left of await exportsOf(attempt)) {
      const published = await settleExport(left, run, recovery)
      isComplete ||= published && left.staged.isLast
    }
  }
  await settleNative(run, recovery, end)
  const cleared = await clearStaging({ store, bucket, attempts, recovery, exportsOf }, id, end)
  return { isComplete, cleared: [...cleared.keys()] }
}

/** What a server was writing itself when its runner died: its session has been ended by now. */
async function settleNative(run: OwnedRun, recovery: ExportRecovery, end: number): Promise<void> {
  const { exports, databases } = run.record
  // A task in SQL has one database.
  const dialect = databases[0]?.dialect ?? ''
  for (const { uri, mode, state, attempt, committingAt } of exports) {
    if (mode !== 'native' || state !== 'COMMITTING' || attempt >= end || committingAt === null) continue
    await recovery.clearNative(uri, new Date(committingAt), dialect)
    await run.journal.aborted(uri)
    await run.journal.unlock(uri)
  }
}

/** @returns whether it is published now */
async function settleExport(
  { staged, state }: ExportOfAttempt,
  run: OwnedRun,
  recovery: ExportRecovery,
): Promise<boolean> {
  if (state === 'COMMITTING') return complete(staged, run, recovery)
  if (isUnpublished(state)) await recovery.abort(staged)
  if (state === 'STAGED') await run.journal.aborted(staged.uri)
  await run.journal.unlock(staged.uri)
  return state === 'PUBLISHED'
}

const isUnpublished = (state: ExportState | null): boolean => state === 'STAGED' || state === null

/** @returns false where it had to be given up */
async function complete(staged: LedgerExport, run: OwnedRun, recovery: ExportRecovery): Promise<boolean> {
  const failure = await recovery.complete(staged, run.journal)
  if (failure === null) return true
  run.warn(`the publication at ${staged.uri} that an earlier attempt began was given up: ${failure.message}`)
  return false
}
