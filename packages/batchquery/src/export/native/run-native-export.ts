import { setTimeout } from 'node:timers/promises'
import type { Session } from '../../database/database.ts'
import { databaseDialect } from '../../database/dialects.ts'
import type { NativeAnswer } from '../../database/native-export.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { Journal, NativeResult } from '../../journal/index.ts'
import { inParallel, unlessAborted } from '../../platform/index.ts'
import type { ExportStatement } from '../../sql/index.ts'
import type { ObjectInfo } from '../../store/store.ts'
import { type Destination, uriOf } from '../destination.ts'
import type { ExportPlan } from '../plan.ts'
import { checkParts } from './check-parts.ts'
import { namesOf, type ObjectNames } from './names.ts'
import { nativeError } from './native-error.ts'
import { changedSince, objectsAt, refuseObjects } from './objects.ts'

/** How often it looks for the server's progress: the server writes one part of some 6 GB after the other. */
const LOOK_MS = 10_000
const DELETES_AT_ONCE = 16

export interface NativeContext {
  readonly journal: Journal
  /** Adds to the progress. */
  readonly progress: (rows: number, bytes: number, parts: number) => void
  /** Ends the export; the statement itself is stopped by `Session.cancel`. */
  readonly signal: AbortSignal
  readonly warn: (text: string) => void
}

/**
 * Has the server write a result to S3 by itself, and checks that it is whole. The parts appear while the query runs, so it depends on the
 * server's own promises: it looks at the destination before, keeps it locked until the end, and removes the objects of a statement that
 * failed.
 *
 * @throws OUTPUT_EXISTS, DESTINATION_LOCKED before anything has begun; the server's error with the next step; VERIFICATION if the
 *   objects differ from the server's report
 */
export async function runNativeExport(
  session: Session,
  statement: ExportStatement,
  plan: ExportPlan,
  context: NativeContext,
): Promise<NativeResult> {
  const { journal, signal } = context
  const { destination, format } = plan
  const { uri } = destination
  const names = namesOf(session.dialect)
  const run = await prepare(session, statement, plan)
  const overwrite = statement.overwrite !== 'OFF' || journal.isOurs(uri)
  const look = async (): Promise<ReadonlyMap<string, ObjectInfo>> => {
    const found = await objectsAt(destination, names)
    refuseObjects(found, destination, overwrite)
    return found
  }
  await unlessAborted(signal, look)
  await journal.write({ step: 'lock', uri })
  try {
    const before = await look()
    const { manifest } = names
    await journal.write({
      step: 'nativeBegun',
      uri,
      format: format.name,
      manifest:
        statement.manifest === 'ON' && manifest !== null
          ? uriOf(destination, manifest(destination.prefix))
          : null,
      since: (await afterAll(before, destination)).toISOString(),
    })
    return await write(session, () => run(session, overwrite), before, {
      ...context,
      destination,
      names,
      hasManifest: statement.manifest === 'ON',
    })
  } finally {
    await journal.write({ step: 'unlock', uri })
  }
}

/** @throws UNSUPPORTED_CLAUSE */
async function prepare(session: Session, statement: ExportStatement, plan: ExportPlan) {
  const { native } = databaseDialect(session.dialect)
  if (native === null) throw new BatchQueryError('INTERNAL', `${session.dialect} has no native export`)
  const { query, destination, format } = plan
  const { uri, bucket, prefix } = destination
  const writer = await native.load()
  return writer.prepare({ statement, query, uri, bucket, prefix, format, server: session.server })
}

/** The store's times are in seconds: an object of an earlier result and one that replaces it need different ones. */
async function afterAll(
  before: ReadonlyMap<string, ObjectInfo>,
  { store, bucket }: Destination,
): Promise<Date> {
  const latest = Math.max(0, ...[...before.values()].map(({ lastModified }) => lastModified.getTime()))
  for (;;) {
    const now = await store.now(bucket)
    const wait = latest + 1_000 - now.getTime()
    if (wait <= 0) return now
    await setTimeout(Math.min(wait, 1_000))
  }
}

/** An export under way. */
interface Writing extends NativeContext {
  readonly destination: Destination
  readonly names: ObjectNames
  readonly hasManifest: boolean
}

async function write(
  session: Session,
  work: () => Promise<NativeAnswer>,
  before: ReadonlyMap<string, ObjectInfo>,
  context: Writing,
): Promise<NativeResult> {
  const { journal, signal, destination, names } = context
  const seen = { bytes: 0, parts: 0 }
  try {
    signal.throwIfAborted()
    const answer = await withProgress(before, seen, context, work)
    await journal.write({ step: 'confirm' })
    const now = await objectsAt(destination, names)
    const written = changedSince(before, now)
    const result = await checkParts(written, answer, context)
    await removeStale(now, written, destination)
    addProgress(result, seen, context)
    await journal.write({ step: 'nativeDone', result })
    return result
  } catch (thrown) {
    await removeDebris(session, before, context)
    throw nativeError(thrown)
  }
}

async function withProgress<T>(
  before: ReadonlyMap<string, ObjectInfo>,
  seen: { bytes: number; parts: number },
  { progress, destination, names }: Writing,
  work: () => Promise<T>,
): Promise<T> {
  const over = new AbortController()
  const look = async (): Promise<void> => {
    for (;;) {
      await setTimeout(LOOK_MS, undefined, { signal: over.signal })
      const parts = changedSince(before, await objectsAt(destination, names))
      const bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
      progress(0, bytes - seen.bytes, parts.length - seen.parts)
      Object.assign(seen, { bytes, parts: parts.length })
    }
  }
  // If a look fails, the one after the server's end counts.
  const looking = look().catch(() => {})
  try {
    return await work()
  } finally {
    over.abort()
    await looking
  }
}

function addProgress(
  { rows, bytes, parts }: NativeResult,
  seen: { readonly bytes: number; readonly parts: number },
  { progress }: NativeContext,
): void {
  progress(rows, bytes - seen.bytes, parts.length - seen.parts)
}

/** Removes the parts of an earlier, larger result, and a manifest of an earlier one. */
async function removeStale(
  now: ReadonlyMap<string, ObjectInfo>,
  written: readonly ObjectInfo[],
  { store, bucket }: Destination,
): Promise<void> {
  const ours = new Set(written.map(({ key }) => key))
  const stale = [...now.keys()].filter(key => !ours.has(key))
  await inParallel(stale, DELETES_AT_ONCE, key => store.delete({ bucket, key }))
}

/** Never throws: a warning names what it could not remove. */
async function removeDebris(
  session: Session,
  before: ReadonlyMap<string, ObjectInfo>,
  { journal, warn, destination, names }: Writing,
): Promise<void> {
  const { store, bucket, uri } = destination
  try {
    // While the statement is at work, it may add more.
    await session.cancel()
    await journal.write({ step: 'confirm' })
    const debris = changedSince(before, await objectsAt(destination, names))
    await inParallel(debris, DELETES_AT_ONCE, ({ key }) => store.delete({ bucket, key }))
    const replaced = debris.filter(({ key }) => before.has(key)).length
    if (replaced > 0)
      warn(
        `before the server failed, it had replaced ${replaced} objects of the earlier result at ${uri}; they no longer exist`,
      )
    await journal.write({ step: 'aborted', uri })
  } catch (thrown) {
    const { message } = BatchQueryError.from(thrown)
    warn(`some objects that the server wrote to ${uri} may remain; remove them by hand: ${message}`)
  }
}
