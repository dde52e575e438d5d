import { BatchQueryError } from '../errors/index.ts'
import type { ExportRecovery } from '../journal/index.ts'
import { inParallel } from '../platform/index.ts'
import { namesFiles, type StageToken, type Store } from '../store/index.ts'
import type { Attempts } from './attempts.ts'
import type { StoredExport } from './export-objects.ts'
import { parseStagingMarkKey, STAGING_MARKS, stagingMarkKey, stagingMarksOf } from './keys.ts'
import { findRunRecord } from './read-record.ts'
import { isFinal } from './record.ts'
import { readEach } from './stored-exports.ts'

/** How many marks are looked for at once. */
const LOOKS_AT_ONCE = 16

/** What is needed to clear up after a run. */
export interface StagingRemoval {
  readonly store: Store
  readonly bucket: string
  readonly attempts: Attempts
  readonly recovery: ExportRecovery
}

/** What an attempt may have left staged for a destination. */
interface MarkedStaging {
  readonly attempt: number
  readonly uri: string
  readonly exports: readonly StoredExport[]
}

/**
 * What exports may have left staged: their marks are still there.
 *
 * @param exports of the attempts that may have left something
 */
export async function findLeftoverStaging(
  { store, bucket }: Pick<StagingRemoval, 'store' | 'bucket'>,
  id: string,
  exports: readonly StoredExport[],
): Promise<readonly MarkedStaging[]> {
  const begun = await readEach(exports, stored => stored.begun())
  const left = new Map<string, Omit<MarkedStaging, 'exports'> & { readonly exports: StoredExport[] }>()
  for (const [at, { uri, mode }] of begun.entries()) {
    if (mode === 'native') continue
    const { attempt } = exports[at].of
    const mark = stagingMarkKey(uri, id, attempt)
    const known = left.get(mark) ?? { attempt, uri, exports: [] }
    known.exports.push(exports[at])
    left.set(mark, known)
  }
  const isThere = new Set<string>()
  await inParallel([...left.keys()], LOOKS_AT_ONCE, async key => {
    if ((await store.head({ bucket, key })) !== null) isThere.add(key)
  })
  return [...left].flatMap(([mark, entry]) => (isThere.has(mark) ? entry : []))
}

/**
 * Removes what earlier attempts of a run left staged, and their marks. Call it when the exports that were staged whole are
 * settled. Safe to repeat. Files that an attempt left on another machine stay, and its mark with them: a reaper there finds
 * it.
 *
 * @param exports of the attempts that have ended
 * @returns the destinations that something was left for, and whether nothing is left for them now
 */
export async function removeStaging(
  clearing: StagingRemoval,
  id: string,
  exports: readonly StoredExport[],
): Promise<ReadonlyMap<string, boolean>> {
  const { store, bucket, attempts, recovery } = clearing
  const cleared = new Map<string, boolean>()
  for (const left of await findLeftoverStaging(clearing, id, exports)) {
    const { attempt, uri } = left
    const mayBeElsewhere = namesFiles(uri) && store.capabilities.isShared
    if (mayBeElsewhere && !(await attempts.wasHere(id, attempt))) continue
    const begun = { uri, owner: id, tokens: await unpublishedTokens(left) }
    const isRemoved = await recovery.clear(begun, () => isAlone(store, bucket, id, uri))
    if (isRemoved) await store.delete({ bucket, key: stagingMarkKey(uri, id, attempt) })
    cleared.set(uri, isRemoved && (cleared.get(uri) ?? true))
  }
  return cleared
}

async function unpublishedTokens({ exports }: MarkedStaging): Promise<readonly StageToken[]> {
  // A publication that had begun was completed, or given up as a whole, before this.
  const published = exports.filter(({ state }) => state === 'PUBLISHED' || state === 'COMMITTING')
  const kept = new Set<string>()
  for (const { parts } of await readEach(published, stored => stored.staged()))
    for (const { token } of parts) kept.add(token.handle)
  const tokens = (await readEach(exports, stored => stored.tokens())).flat()
  return tokens.filter(({ handle }) => !kept.has(handle))
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
