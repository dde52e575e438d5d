import { BatchQueryError, type ErrorCode } from '../errors/index.ts'
import { type Journal, objectsToCommit, type StagedExport, type StagedPart } from '../journal/index.ts'
import { inParallel } from '../platform/index.ts'
import type { Destination } from './destination.ts'
import { findEarlier, partListings } from './earlier-result.ts'
import { manifestBytes } from './manifest.ts'
import { manifestKey } from './part-names.ts'

/** These errors make it impossible to complete a publication, in any process. */
const ENDS_IT: ReadonlySet<ErrorCode> = new Set(['OUTPUT_EXISTS', 'VERIFICATION', 'BUCKET_NOT_FOUND'])

/**
 * How many parts are in work at once, each with one request at a time. S3 takes about 30 ms to answer, and the SDK opens at
 * most 50 connections.
 */
const AT_ONCE = 32

/*
 * Publication in two halves:
 *
 *     begin:     lock ─▶ conflict? ─▶ rights ─▶ COMMITTING
 *     complete:  remove the old manifest ─▶ commit parts ─▶ remove stale parts ─▶ check parts ─▶ manifest ─▶ PUBLISHED ─▶ unlock
 *
 * Until `begin` has ended, readers see nothing, and the export can be aborted without a trace. From then on it only goes
 * forward: every step of `complete` may be repeated, also by a later attempt. A step works on many parts at once, and ends for
 * all of them before the next step begins. The manifest comes last and alone, so that its presence means a whole result.
 */

/**
 * @param signal has no effect after this function
 * @throws OUTPUT_EXISTS, DESTINATION_LOCKED, VERIFICATION; PERMISSION if a right is missing that `completePublication`
 *   needs; the signal's reason
 */
export async function beginPublication(
  staged: StagedExport,
  destination: Destination,
  journal: Journal,
  signal: AbortSignal,
): Promise<void> {
  await journal.write({ step: 'lock', uri: staged.uri })
  try {
    await refuseEarlierResult(destination, staged.overwrite, staged.single ?? false)
    await tryRights(staged, destination)
    signal.throwIfAborted()
    await journal.write({ step: 'committing', uri: staged.uri })
  } catch (error) {
    await journal.write({ step: 'unlock', uri: staged.uri })
    throw error
  }
}

/** Whether a publication has changed nothing yet that readers see at its destination. */
interface Trace {
  isUntouched: boolean
}

/**
 * @param begun 'here' if this process has just begun the publication; 'elsewhere' if another process may have changed the
 *   destination already
 * @returns null if the publication is complete. Otherwise the error for which it was aborted for good: OUTPUT_EXISTS if, under
 *   OVERWRITE OFF, another program's object appeared meanwhile; VERIFICATION if another program removed or replaced one of our
 *   objects; BUCKET_NOT_FOUND if the bucket does not exist any more; PERMISSION if it began here and has changed nothing yet.
 * @throws the store's other errors: the export stays COMMITTING, and a later attempt completes it
 */
export async function completePublication(
  staged: StagedExport,
  destination: Destination,
  journal: Journal,
  begun: 'here' | 'elsewhere',
): Promise<BatchQueryError | null> {
  const trace: Trace = { isUntouched: begun === 'here' }
  try {
    if (begun === 'elsewhere') await refuseForeignParts(staged, destination)
    await commit(staged, destination, journal, trace)
    await journal.write({ step: 'published', uri: staged.uri })
  } catch (error) {
    if (!(error instanceof BatchQueryError) || !endsIt(error, trace)) throw error
    await abort(staged, destination, trace)
    await journal.write({ step: 'aborted', uri: staged.uri })
    await journal.write({ step: 'unlock', uri: staged.uri })
    return error
  }
  await journal.write({ step: 'unlock', uri: staged.uri })
  return null
}

const endsIt = ({ code }: BatchQueryError, { isUntouched }: Trace): boolean =>
  ENDS_IT.has(code) || (code === 'PERMISSION' && isUntouched)

/** @throws OUTPUT_EXISTS under OVERWRITE OFF if the destination has a result */
export async function refuseEarlierResult(
  destination: Destination,
  overwrite: boolean,
  single: boolean,
): Promise<void> {
  if (overwrite) return
  const found = await findEarlier(destination, single)
  if (found === null) return
  throw new BatchQueryError('OUTPUT_EXISTS', `${destination.uri} already has a result (${found})`, {
    hint: 'Add OVERWRITE ON to replace it, or choose another prefix.',
  })
}

/**
 * Makes the requests that `completePublication` will need, while the export can still be aborted without a trace. The right to
 * delete is not tested: the first step of `completePublication` shows it.
 */
async function tryRights(staged: StagedExport, destination: Destination): Promise<void> {
  await refuseForeignParts(staged, destination)
  if (!staged.overwrite) return
  const { store, bucket, prefix } = destination
  await findEarlier(destination, staged.single ?? false)
  await store.head({ bucket, key: manifestKey(prefix) })
}

/** Works on all items, but begins none after the first failure. */
const forEach = <T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> =>
  inParallel(items, AT_ONCE, work, 'stop')

/**
 * Confirms that the run still owns the destination before each change. If this process was silent for long, another one may
 * have completed this publication, and this one must not touch later results.
 */
async function commit(
  staged: StagedExport,
  destination: Destination,
  journal: Journal,
  trace: Trace,
): Promise<void> {
  const { store, bucket, prefix } = destination
  const manifest = { bucket, key: manifestKey(prefix) }
  await journal.write({ step: 'confirm' })
  if (await hasStagedManifest(staged, destination)) return
  if (staged.overwrite) {
    const hadManifest = (await store.head(manifest)) !== null
    await store.delete(manifest)
    if (hadManifest) trace.isUntouched = false
  }
  await forEach(staged.parts, async ({ token, bytes }) => {
    await journal.write({ step: 'confirm' })
    await store.commit(token, bytes, !staged.overwrite)
    trace.isUntouched = false
  })
  if (staged.overwrite) await removeStaleParts(staged, destination, journal)
  await forEach(staged.parts, part => refuseReplaced(part, destination))
  await journal.write({ step: 'confirm' })
  if (staged.stagedManifest !== undefined) {
    const { token, bytes } = staged.stagedManifest
    await store.commit(token, bytes, !staged.overwrite)
  } else if (staged.manifest !== null) await store.put(manifest, manifestBytes(staged, prefix))
}

/**
 * Whether the manifest of a result without parts is committed. Then all is done, and the manifest must not be removed as an earlier one:
 * it shows a later attempt that this run wrote there.
 */
async function hasStagedManifest({ stagedManifest }: StagedExport, { store }: Destination): Promise<boolean> {
  if (stagedManifest === undefined) return false
  return (await store.inspect(stagedManifest.token, stagedManifest.bytes)) === 'committed'
}

async function refuseReplaced({ token, bytes, uri }: StagedPart, { store }: Destination): Promise<void> {
  if ((await store.inspect(token, bytes)) === 'committed') return
  throw new BatchQueryError('VERIFICATION', `${uri} is not the part that this run wrote`, {
    hint: 'Find the program that also writes to this destination. Then start a new run: `batchquery rerun RUN`.',
  })
}

/**
 * Any program may have written the record of a dead attempt's export, including the destination. Before we remove anything
 * there, an object of it must be staged or committed: this shows that the run did write there.
 */
async function refuseForeignParts(staged: StagedExport, { store }: Destination): Promise<void> {
  const [first] = objectsToCommit(staged)
  if (first !== undefined && (await store.inspect(first.token, first.bytes)) !== 'gone') return
  throw new BatchQueryError('VERIFICATION', `the staged object for ${staged.uri} no longer exists`, {
    hint: 'Start a new run: `batchquery rerun RUN`. Another program removed the object, or wrote a false record.',
  })
}

/**
 * Aborts all staged objects. Under OVERWRITE OFF, also deletes the committed ones, because they cannot have replaced an earlier
 * result.
 */
async function abort(
  staged: StagedExport,
  { store, bucket }: Destination,
  { isUntouched }: Trace,
): Promise<void> {
  await inParallel(objectsToCommit(staged), AT_ONCE, async ({ token, bytes }) => {
    // Without changes, nothing is committed, and the process may lack the right to inspect.
    if (isUntouched || (await store.inspect(token, bytes)) !== 'committed') await store.abort(token)
    else if (!staged.overwrite) await store.delete({ bucket, key: token.key })
  })
}

async function removeStaleParts(
  staged: StagedExport,
  destination: Destination,
  journal: Journal,
): Promise<void> {
  const { store, bucket } = destination
  const ours = new Set(staged.parts.map(({ token }) => token.key))
  await journal.write({ step: 'confirm' })
  const stale: string[] = []
  await forEach(partListings(destination, staged), async listing => {
    for await (const { key } of listing) if (!ours.has(key)) stale.push(key)
  })
  await forEach(stale, async key => {
    await journal.write({ step: 'confirm' })
    await store.delete({ bucket, key })
  })
}
