import { BatchQueryError } from '../errors/index.ts'
import type { Log } from '../platform/index.ts'
import {
  cancelledOnRequest,
  isFinal,
  type RunRecord,
  type RunStore,
  stopAfterGrace,
  waitForEnd,
} from '../run/index.ts'
import { isElsewhere } from './engine-lookup.ts'
import type { Home } from './home.ts'

/** A runner looks for a cancel request every 10 s, and needs a moment to end. */
const GRACE_MS = 20_000

/**
 * Requests the cancel of a run, and waits for its end. It ends a run itself if no runner claimed it, or if its runner is dead. If a
 * runner elsewhere does not react in time, its engine stops it.
 *
 * @param seconds how long to wait; null only requests the cancel
 * @returns the record that was read last
 * @throws RUN_NOT_FOUND; an AbortError when the signal aborts
 */
export async function cancelRun(
  id: string,
  seconds: number | null,
  { runs, engines }: Pick<Home, 'runs' | 'engines'>,
  log: Log,
  signal?: AbortSignal,
): Promise<RunRecord> {
  const requested = await runs.requestCancel(id)
  if (isFinal(requested.state))
    log.info(`run ${id} has already ended: ${requested.state} at ${requested.endedAt}`)
  if (seconds === null || isFinal(requested.state)) return requested
  if (await runs.isDead(requested)) return endHere(requested, runs, log)
  const stop = (record: RunRecord) => stopRunner(record, engines, log)
  if (requested.state === 'QUEUED' && isElsewhere(requested)) {
    // No runner can react yet. One that starts now finds that the run has ended.
    const ended = await endHere(requested, runs, log)
    if (isFinal(ended.state)) {
      await stop(ended)
      return ended
    }
  }
  const endsAt = performance.now() + seconds * 1000
  if (isElsewhere(requested)) await stopAfterGrace(id, runs, Math.min(GRACE_MS, seconds * 500), stop, signal)
  const record = await waitForEnd(id, runs, { forMs: endsAt - performance.now(), signal })
  if (isFinal(record.state)) return record
  const hasNoRunner = record.state === 'QUEUED' || (await runs.isDead(record))
  return hasNoRunner ? endHere(record, runs, log) : record
}

/** Without the right to stop it, the runner ends by itself when it next looks for the request, or for its run. */
async function stopRunner(record: RunRecord, engines: Home['engines'], log: Log): Promise<void> {
  try {
    if (await engines.stop(record, 'cancelled by batchquery cancel'))
      log.info('stopping its ECS task (StopTask)')
  } catch (thrown) {
    log.warn(BatchQueryError.from(thrown).message)
  }
}

/** Ends a run that has no runner. If a runner claims it at this moment, that runner ends it. */
async function endHere(record: RunRecord, runs: RunStore, log: Log): Promise<RunRecord> {
  const run = { ...record, createdAt: new Date(record.createdAt) }
  try {
    return await runs.endWithoutRunner(run, cancelledOnRequest(record.id), log)
  } catch (thrown) {
    if (BatchQueryError.from(thrown).code !== 'RUN_CLAIMED') throw thrown
    return runs.read(record.id)
  }
}
