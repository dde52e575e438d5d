import { BatchQueryError, type ErrorCode } from '../errors/index.ts'
import type { Journal, StagedExport, StagedPart } from '../journal/index.ts'
import { inParallel } from '../platform/index.ts'
import { type Destination, earlierResult } from './destination.ts'
import { manifestBytes } from './manifest.ts'
import { manifestKey } from './part-names.ts'

/** What makes it impossible to complete a publication, whoever tries. */
const ENDS_IT: ReadonlySet<ErrorCode> = new Set(['OUTPUT_EXISTS', 'VERIFICATION', 'BUCKET_NOT_FOUND'])

/**
 * How many parts are worked on at once, each with one request at a time. An answer of S3 takes some 30 ms; the SDK has 50
 * connections at most.
 */
const AT_ONCE = 32

/*
 * Publication, in two halves:
 *
 *     begin:     lock ─▶ conflict? ─▶ rights ─▶ COMMITTING
 *     complete:  old manifest away ─▶ parts ─▶ stale parts away ─▶ every part looked at ─▶ manifest ─▶ PUBLISHED ─▶ unlock
 *
 * Until `begin` has ended nothing is to be seen, and the export can be given up. From then on there is only one
 * way, forward: every step of `complete` may be repeated, by a successor too. Each step is done for many parts at once, and
 * none begins before the one before it has ended for all of them. The manifest is written alone and last, so that its
 * presence means a whole result.
 */

/**
 * @param signal the last moment at which it counts
 * @throws OUTPUT_EXISTS, DESTINATION_LOCKED, VERIFICATION; PERMISSION where a right is missing that `completePublication`
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
    await refuseEarlierResult(destination, staged.overwrite)
    await tryRights(staged, destination)
    signal.throwIfAborted()
    await journal.write({ step: 'committing', uri: staged.uri })
  } catch (error) {
    await journal.write({ step: 'unlock', uri: staged.uri })
    throw error
  }
}

/** What a publication has changed of what others see at its destination. */
interface Trace {
  isUntouched: boolean
}

/**
 * @param begun 'here', by this process a moment ago; 'elsewhere' where nobody knows what was changed at the destination
 * @returns null where it is complete; else why it was given up for good. That is OUTPUT_EXISTS where, under OVERWRITE OFF,
 *   somebody else's object appeared meanwhile; VERIFICATION where somebody else took away or replaced what is ours;
 *   BUCKET_NOT_FOUND where the bucket is gone; PERMISSION where it was begun here and nothing was changed yet.
 * @throws what the store throws else: that leaves the export COMMITTING, to be completed later
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
    await giveUp(staged, destination, trace)
    await journal.write({ step: 'aborted', uri: staged.uri })
    await journal.write({ step: 'unlock', uri: staged.uri })
    return error
  }
  await journal.write({ step: 'unlock', uri: staged.uri })
  return null
}

const endsIt = ({ code }: BatchQueryError, { isUntouched }: Trace): boolean =>
  ENDS_IT.has(code) || (code === 'PERMISSION' && isUntouched)

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
 * Looks as `completePublication` will have to, as long as the export can be given up without a trace. That objects may be
 * deleted shows with the first thing that is done there.
 */
async function tryRights(staged: StagedExport, destination: Destination): Promise<void> {
  await refuseForeignParts(staged, destination)
  if (staged.overwrite) await earlierResult(destination)
}

/** Works on all parts, and after the first failure on none that has not begun. */
const forEach = <T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> =>
  inParallel(items, AT_ONCE, work, 'stop')

/**
 * Whoever was silent amid it may have been taken over: then another process completes this publication, and what
 * comes after it at the destination must not be touched.
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
  if (staged.overwrite) {
    const isThere = (await store.head(manifest)) !== null
    await store.delete(manifest)
    if (isThere) trace.isUntouched = false
  }
  await forEach(staged.parts, async ({ token, bytes }) => {
    await journal.write({ step: 'confirm' })
    await store.commit(token, bytes, !staged.overwrite)
    trace.isUntouched = false
  })
  if (staged.overwrite) await removeStaleParts(staged, destination, journal)
  await forEach(staged.parts, part => refuseReplaced(part, destination))
  await journal.write({ step: 'confirm' })
  if (staged.manifest !== null) await store.put(manifest, manifestBytes(staged))
}

async function refuseReplaced({ token, bytes, uri }: StagedPart, { store }: Destination): Promise<void> {
  if ((await store.inspect(token, bytes)) === 'committed') return
  throw new BatchQueryError('VERIFICATION', `${uri} is not the part that was written`, {
    hint: 'Something else writes to this destination. Find it, then start a new run: `batchquery rerun RUN`.',
  })
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
    hint: 'Something else removed it, or made up that it was there. Start a new run: `batchquery rerun RUN`.',
  })
}

/**
 * Nothing staged stays. What was committed is taken back under OVERWRITE OFF, where nothing of an earlier result can
 * have stood in its place.
 */
async function giveUp(
  { parts, overwrite }: StagedExport,
  { store, bucket }: Destination,
  { isUntouched }: Trace,
): Promise<void> {
  await inParallel(parts, AT_ONCE, async ({ token, bytes }) => {
    // Whoever lacks a right may not be able to look either.
    if (isUntouched || (await store.inspect(token, bytes)) !== 'committed') await store.abort(token)
    else if (!overwrite) await store.delete({ bucket, key: token.key })
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
  const { parts } = await earlierResult(destination)
  await forEach(
    parts.filter(key => !ours.has(key)),
    async key => {
      await journal.write({ step: 'confirm' })
      await store.delete({ bucket, key })
    },
  )
}
