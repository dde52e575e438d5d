import { BatchQueryError } from '../errors/index.ts'
import { isRunId } from '../platform/index.ts'
import { readBounded } from '../store/read-bounded.ts'
import type { Store } from '../store/store.ts'
import type { Attempts } from './attempts.ts'
import { lockKey, parseStagingMarkKey, stagingMarksOf } from './keys.ts'
import { findRunRecord } from './read-record.ts'
import { isFinal, type RunRecord } from './record.ts'

interface Surroundings {
  readonly store: Store
  readonly bucket: string
  readonly attempts: Attempts
}

/**
 * Looks for other live runs that stage for a destination or have locked it, and warns about them. The results of two runs
 * never mix, but the later result replaces the earlier one, and chance decides which is later.
 *
 * @throws DESTINATION_LOCKED if there is another run and this run is exclusive
 */
export async function meetRivals(
  surroundings: Surroundings,
  { id, request, warnings }: RunRecord,
  uri: string,
  warn: (text: string) => void,
): Promise<void> {
  const rivals = await liveRivals(surroundings, id, uri)
  if (rivals.length === 0) return
  const found = `${rivals.map(rival => `run ${rival}`).join(', ')} is writing to ${uri}`
  if (request.exclusive === true)
    throw new BatchQueryError('DESTINATION_LOCKED', `${found}, but this run is exclusive`, {
      hint: `Wait until \`batchquery show ${rivals[0]}\` shows that it has ended. Then start a new run: \`batchquery rerun ${id}\`.`,
    })
  const text = `${found}, too; the run that publishes last replaces the other result (--exclusive makes the run fail instead)`
  // The record may have cut a long warning.
  if (!warnings.some(known => known.startsWith(text.slice(0, 400)))) warn(text)
}

async function liveRivals({ store, bucket, attempts }: Surroundings, id: string, uri: string) {
  const others = new Set<string>()
  for await (const { key } of store.list(bucket, stagingMarksOf(uri))) {
    const mark = parseStagingMarkKey(key)
    if (mark !== null) others.add(mark.id)
  }
  const holder = await readBounded(store, { bucket, key: lockKey(uri) }, 64)
  if (holder !== null && holder !== 'too large') others.add(Buffer.from(holder).toString())
  others.delete(id)
  const live: string[] = []
  for (const other of others)
    if (isRunId(other) && (await isLive(store, bucket, attempts, other))) live.push(other)
  return live
}

/** A run whose record cannot be read counts as live, because it may publish. */
async function isLive(store: Store, bucket: string, attempts: Attempts, id: string): Promise<boolean> {
  try {
    const record = await findRunRecord(store, bucket, id)
    return record !== null && !isFinal(record.state) && (await attempts.findDead(id)) === null
  } catch (thrown) {
    if (BatchQueryError.from(thrown).code !== 'RUN_RECORD_INVALID') throw thrown
    return true
  }
}
