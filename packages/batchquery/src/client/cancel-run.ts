import { hostname } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { BatchQueryError } from '../errors/index.ts'
import { type Log, packageVersion } from '../platform/index.ts'
import { isFinal, type RunRecord, type RunStore } from '../run/index.ts'

const POLL_MS = 500

/**
 * Asks a run to end, and waits for that. A run that no runner has, or has any more, is ended here.
 *
 * @param seconds how long to wait; null only asks
 * @returns the record as it is then
 * @throws RUN_NOT_FOUND; an AbortError when the signal comes
 */
export async function cancelRun(
  id: string,
  seconds: number | null,
  runs: RunStore,
  log: Log,
  signal?: AbortSignal,
): Promise<RunRecord> {
  const asked = await runs.requestCancel(id)
  if (isFinal(asked.state)) log.info(`run ${id} has ended already: ${asked.state}`)
  if (seconds === null) return asked
  if (await runs.isDead(asked)) return endHere(asked, runs, log)
  const deadline = performance.now() + seconds * 1000
  let record = asked
  while (!isFinal(record.state) && performance.now() < deadline) {
    await setTimeout(POLL_MS, undefined, { signal })
    record = await runs.read(asked.id)
  }
  return record.state === 'QUEUED' ? endHere(record, runs, log) : record
}

/** Ends a run that no runner has, or has any more; where one takes it in this moment, that one ends it. */
async function endHere(record: RunRecord, runs: RunStore, log: Log): Promise<RunRecord> {
  const us = { host: hostname(), pid: process.pid, version: packageVersion() }
  const run = { ...record, createdAt: new Date(record.createdAt) }
  try {
    const owned = await runs.claim(run, us, log)
    const cancelled = new BatchQueryError('CANCELLED', `run ${record.id} was cancelled, and no runner had it`)
    return await owned.finish(owned.isComplete ? null : cancelled)
  } catch (thrown) {
    if (BatchQueryError.from(thrown).code !== 'RUN_CLAIMED') throw thrown
    return runs.read(record.id)
  }
}
