import { BatchQueryError, type ErrorCode } from '../errors/index.ts'
import { type Destination, earlierResult, manifestKey } from './destination.ts'
import type { ExportJournal, StagedExport } from './journal.ts'
import { manifestBytes } from './manifest.ts'

/** What makes it impossible to complete a publication. */
const ENDS_IT: ReadonlySet<ErrorCode> = new Set(['OUTPUT_EXISTS', 'VERIFICATION'])

/*
 * Publication, in two halves:
 *
 *     begin:     lock ─▶ conflict? ─▶ COMMITTING
 *     complete:  old manifest away ─▶ parts, in order ─▶ stale parts away ─▶ every part looked at ─▶ manifest
 *                ─▶ PUBLISHED ─▶ unlock
 *
 * Until `begin` has ended nothing is to be seen, and the export can be given up. From then on there is only one
 * way, forward: every step of `complete` may be repeated, by a successor too. The manifest comes last, so that its
 * presence means a whole result.
 */

/**
 * @param signal the last moment at which it counts
 * @throws OUTPUT_EXISTS, DESTINATION_LOCKED; the signal's reason
 */
export async function beginPublication(
  staged: StagedExport,
  destination: Destination,
  journal: ExportJournal,
  signal: AbortSignal,
): Promise<void> {
  await journal.lock(staged.uri)
  try {
    await refuseEarlierResult(destination, staged.overwrite)
    signal.throwIfAborted()
    await journal.committing(staged.uri)
  } catch (error) {
    await journal.unlock(staged.uri)
    throw error
  }
}

/**
 * @throws OUTPUT_EXISTS where, under OVERWRITE OFF, somebody else's object appeared meanwhile; VERIFICATION where
 *   somebody else took away or replaced what is ours: both make it impossible for good, and it is given up. The
 *   store's errors leave the export COMMITTING, to be completed later.
 */
export async function completePublication(
  staged: StagedExport,
  destination: Destination,
  journal: ExportJournal,
): Promise<void> {
  try {
    await commit(staged, destination, journal)
    await journal.published(staged.uri)
  } catch (error) {
    if (!(error instanceof BatchQueryError) || !ENDS_IT.has(error.code)) throw error
    await giveUp(staged, destination)
    await journal.aborted(staged.uri)
    await journal.unlock(staged.uri)
    throw error
  }
  await journal.unlock(staged.uri)
}

/** OVERWRITE OFF: a destination that holds a result is a conflict. */
export async function refuseEarlierResult(destination: Destination, overwrite: boolean): Promise<void> {
  if (overwrite) return
  const { parts, manifest } = await earlierResult(destination)
  const found = parts.at(0) ?? manifest
  if (found === null) return
  throw new BatchQueryError('OUTPUT_EXISTS', `${destination.uri} holds a result already (${found})`, {
    hint: 'Add OVERWRITE ON to replace it, or choose another prefix.',
  })
}

/**
 * Whoever was silent amid it may have been taken over: then another process completes this publication, and what
 * comes after it at the destination must not be touched.
 */
async function commit(staged: StagedExport, destination: Destination, journal: ExportJournal): Promise<void> {
  const { store, bucket, prefix } = destination
  const manifest = { bucket, key: manifestKey(prefix) }
  await journal.confirm()
  if (staged.overwrite) {
    await refuseForeignParts(staged, destination)
    await store.delete(manifest)
  }
  for (const { token, bytes } of staged.parts) {
    await journal.confirm()
    await store.commit(token, bytes, !staged.overwrite)
  }
  await journal.confirm()
  if (staged.overwrite) await removeStaleParts(staged, destination)
  for (const { token, bytes, uri } of staged.parts)
    if ((await store.inspect(token, bytes)) !== 'committed')
      throw new BatchQueryError('VERIFICATION', `${uri} is not the part that was written`, {
        hint: 'Something else writes to this destination. Find it, then run again.',
      })
  await journal.confirm()
  if (staged.manifest !== null) await store.put(manifest, manifestBytes(staged))
}

/**
 * The ledger of a dead attempt may have been written by anybody, and with it the destination. That a part of it is
 * staged or stands there shows that the run wrote there; before that nothing is removed.
 */
async function refuseForeignParts(
  { parts: [first], uri }: StagedExport,
  { store }: Destination,
): Promise<void> {
  if (first !== undefined && (await store.inspect(first.token, first.bytes)) !== 'gone') return
  throw new BatchQueryError('VERIFICATION', `nothing is staged for ${uri} any more`, {
    hint: 'Something else removed it, or made up that it was there. Run the task again as a new run.',
  })
}

/**
 * Nothing staged stays. What was committed is taken back under OVERWRITE OFF, where nothing of an earlier result can
 * have stood in its place.
 */
async function giveUp({ parts, overwrite }: StagedExport, { store, bucket }: Destination): Promise<void> {
  for (const { token, bytes } of parts) {
    if ((await store.inspect(token, bytes)) !== 'committed') await store.abort(token)
    else if (!overwrite) await store.delete({ bucket, key: token.key })
  }
}

async function removeStaleParts(staged: StagedExport, destination: Destination): Promise<void> {
  const { store, bucket } = destination
  const ours = new Set(staged.parts.map(({ token }) => token.key))
  const { parts } = await earlierResult(destination)
  for (const key of parts) if (!ours.has(key)) await store.delete({ bucket, key })
}
