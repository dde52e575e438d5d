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

/** How many marks are checked at once. */
const LOOKS_AT_ONCE = 16

export interface StagingRemoval {
  readonly store: Store
  readonly bucket: string
  readonly attempts: Attempts
  readonly recovery: ExportRecovery
}

/** The exports of an attempt that may have left staged objects for a destination. */
interface MarkedStaging {
  readonly attempt: number
  readonly uri: string
  readonly exports: readonly StoredExport[]
}

/**
 * Finds the exports that may have left staged objects: their marks still exist.
 *
 * @param exports those of the attempts that have ended
 */
export async function findLeftoverStaging(
  { store, bucket }: Pick<StagingRemoval, 'store' | 'bucket'>,
  id: string,
  exports: readonly StoredExport[],
): Promise<readonly MarkedStaging[]> {
  const begun = await readEach(exports, stored => stored.begun())
  const byMark = new Map<string, Omit<MarkedStaging, 'exports'> & { readonly exports: StoredExport[] }>()
  for (const [at, { uri, mode }] of begun.entries()) {
    if (mode === 'native') continue
    const { attempt } = exports[at].of
    const mark = stagingMarkKey(uri, id, attempt)
    const known = byMark.get(mark) ?? { attempt, uri, exports: [] }
    known.exports.push(exports[at])
    byMark.set(mark, known)
  }
  const existing = new Set<string>()
  await inParallel([...byMark.keys()], LOOKS_AT_ONCE, async key => {
    if ((await store.head({ bucket, key })) !== null) existing.add(key)
  })
  return [...byMark].flatMap(([mark, entry]) => (existing.has(mark) ? entry : []))
}

/**
 * Removes the staged objects and the marks of earlier attempts. Call it when the exports whose parts were all staged are
 * completed or aborted. Safe to repeat. If an attempt left files on another machine, they stay with their mark, and a `reap`
 * there finds them.
 *
 * @param exports those of the attempts that have ended
 * @param kept by destination: the staged objects that stay, with the marks of their attempts
 * @returns the destinations with leftovers, and for each whether none remain now
 */
export async function removeStaging(
  removal: StagingRemoval,
  id: string,
  exports: readonly StoredExport[],
  kept: ReadonlyMap<string, readonly StageToken[]> = new Map(),
): Promise<ReadonlyMap<string, boolean>> {
  const { store, bucket, attempts, recovery } = removal
  const removed = new Map<string, boolean>()
  for (const leftover of await findLeftoverStaging(removal, id, exports)) {
    const { attempt, uri } = leftover
    const mayBeElsewhere = namesFiles(uri) && store.capabilities.isShared
    if (mayBeElsewhere && !(await attempts.wasHere(id, attempt))) continue
    const stay = kept.get(uri) ?? []
    const begun = { uri, owner: id, tokens: await unpublishedTokens(leftover, stay), kept: stay }
    const isRemoved = await recovery.removeBegun(begun, () => isAlone(store, bucket, id, uri))
    if (isRemoved && stay.length === 0) await store.delete({ bucket, key: stagingMarkKey(uri, id, attempt) })
    removed.set(uri, isRemoved && (removed.get(uri) ?? true))
  }
  return removed
}

async function unpublishedTokens(
  { exports }: MarkedStaging,
  stay: readonly StageToken[],
): Promise<readonly StageToken[]> {
  // A publication that had begun was completed or aborted as a whole before this.
  const published = exports.filter(({ state }) => state === 'PUBLISHED' || state === 'COMMITTING')
  const kept = new Set(stay.map(({ handle }) => handle))
  for (const { parts } of await readEach(published, stored => stored.staged()))
    for (const { token } of parts) kept.add(token.handle)
  const tokens = (await readEach(exports, stored => stored.tokens())).flat()
  return tokens.filter(({ handle }) => !kept.has(handle))
}

/** The runs that have marks, so that they may have left staged objects. */
export async function findMarked(store: Store, bucket: string): Promise<readonly string[]> {
  const ids = new Set<string>()
  for await (const { key } of store.list(bucket, STAGING_MARKS)) {
    const mark = parseStagingMarkKey(key)
    if (mark !== null) ids.add(mark.id)
  }
  return [...ids]
}

/** Whether no other run that has not ended stages for a destination. A run writes its mark before it stages. */
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
