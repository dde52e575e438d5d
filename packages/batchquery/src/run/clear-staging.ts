import { BatchQueryError } from '../errors/index.ts'
import type { Store } from '../store/store.ts'
import type { Attempts } from './attempts.ts'
import type { ExportOfAttempt } from './exports-of-attempt.ts'
import { parseStagingMarkKey, STAGING_MARKS, stagingMarkKey, stagingMarksOf } from './keys.ts'
import { findRunRecord } from './read-record.ts'
import { isFinal } from './record.ts'
import type { ExportRecovery } from './recovery.ts'
import { type BegunStaging, findBegun } from './staging-register.ts'

/** What is needed to clear up after a run. */
export interface Clearing {
  readonly store: Store
  readonly bucket: string
  readonly attempts: Attempts
  readonly recovery: ExportRecovery
  /** The exports of an attempt, by its ledger. */
  readonly exportsOf: (attempt: number) => Promise<readonly ExportOfAttempt[]>
}

/** What the attempts of a run before `attempt` may have left staged: their marks are still there. */
export async function findLeftStaging(
  store: Store,
  bucket: string,
  id: string,
  attempt: number,
): Promise<readonly BegunStaging[]> {
  const begun = await findBegun(store, bucket, id, attempt)
  const marks = await Promise.all(
    begun.map(({ uri, attempt: of }) => store.head({ bucket, key: stagingMarkKey(uri, id, of) })),
  )
  return begun.filter((_, at) => marks[at] !== null)
}

/**
 * Removes what earlier attempts of a run left staged, and their marks. To be called when the exports that a ledger
 * knows are settled. Safe to repeat. Files that an attempt left on another machine stay, and its mark with them: a
 * reaper there finds it.
 *
 * @param attempt those before it
 * @returns the destinations that something was left for, and whether nothing is left for them now
 */
export async function clearStaging(
  { store, bucket, attempts, recovery, exportsOf }: Clearing,
  id: string,
  attempt: number,
): Promise<ReadonlyMap<string, boolean>> {
  const cleared = new Map<string, boolean>()
  for (const { attempt: of, uri, tokens } of await findLeftStaging(store, bucket, id, attempt)) {
    const mayBeElsewhere = uri.startsWith('file:') && store.kind !== 'directory'
    if (mayBeElsewhere && !(await attempts.wasHere(id, of))) continue
    const published = (await exportsOf(of)).filter(({ state }) => state === 'PUBLISHED')
    const kept = new Set(published.flatMap(({ staged }) => staged.parts.map(({ token }) => token.handle)))
    const begun = { uri, owner: id, tokens: tokens.filter(({ handle }) => !kept.has(handle)) }
    const isClear = await recovery.clear(begun, () => isAlone(store, bucket, id, uri))
    if (isClear) await store.delete({ bucket, key: stagingMarkKey(uri, id, of) })
    cleared.set(uri, isClear && (cleared.get(uri) ?? true))
  }
  return cleared
}

/** The runs that may have left something staged, by their marks. */
export async function findMarked(store: Store, bucket: string): Promise<readonly string[]> {
  const ids = new Set<string>()
  for await (const { key } of store.list(bucket, STAGING_MARKS)) {
    const mark = parseStagingMarkKey(key)
    if (mark !== null) ids.add(mark.id)
  }
  return [...ids]
}

/** Whether no other run that has not ended stages for a destination. Whoever stages left its mark before. */
export async function isAlone(store: Store, bucket: string, id: string, uri: string): Promise<boolean> {
  for await (const { key } of store.list(bucket, stagingMarksOf(uri))) {
    const mark = parseStagingMarkKey(key)
    if (mark !== null && mark.id !== id && (await mayLive(store, bucket, mark.id))) return false
  }
  return true
}

async function mayLive(store: Store, bucket: string, id: string): Promise<boolean> {
  try {
    const record = await findRunRecord(store, bucket, id)
    return record !== null && !isFinal(record.state)
  } catch (thrown) {
    if (thrown instanceof BatchQueryError && thrown.code === 'RUN_RECORD_INVALID') return true
    throw thrown
  }
}
