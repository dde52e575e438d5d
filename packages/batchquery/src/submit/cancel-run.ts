import { setTimeout } from 'node:timers/promises'
import { BatchQueryError } from '../errors/index.ts'
import type { Log } from '../platform/index.ts'
import { isFinal, type RunRecord, type RunStore, thisRunner } from '../run/index.ts'
import { isElsewhere } from './engine-lookup.ts'
import type { Home } from './home.ts'

const POLL_MS = 500

/** A runner looks for a cancel request every 10 s, and takes a moment to end. */
const HEEDED_MS = 20_000

/**
 * Asks a run to end, and waits for that. A run that no runner has, or has any more, is ended here; a runner elsewhere that
 * does not heed the request in time is ended by its engine.
 *
 * @param seconds how long to wait; null only asks
 * @returns the record as it is then
 * @throws RUN_NOT_FOUND; an AbortError when the signal comes
 */
export async function cancelRun(
  id: string,
  seconds: number | null,
  { runs, engines }: Pick<Home, 'runs' | 'engines'>,
  log: Log,
  signal?: AbortSignal,
): Promise<RunRecord> {
  const asked = await runs.requestCancel(id)
  if (isFinal(asked.state)) log.info(`run ${id} has ended already: ${asked.state} at ${asked.endedAt}`)
  if (seconds === null || isFinal(asked.state)) return asked
  if (await runs.isDead(asked)) return endHere(asked, runs, log)
  if (asked.state === 'QUEUED' && isElsewhere(asked)) {
    // Nobody is there yet to heed it: who comes now finds the run taken.
    const ended = await endHere(asked, runs, log)
    if (isFinal(ended.state)) await stop(ended, engines, log)
    if (isFinal(ended.state)) return ended
  }
  const start = performance.now()
  const wait = seconds * 1000
  let isStopped = !isElsewhere(asked)
  let record = asked
  while (!isFinal(record.state) && performance.now() - start < wait) {
    await setTimeout(POLL_MS, undefined, { signal })
    record = await runs.read(asked.id)
    if (isStopped || isFinal(record.state) || performance.now() - start < Math.min(HEEDED_MS, wait / 2))
      continue
    isStopped = true
    await stop(record, engines, log)
  }
  if (!isFinal(record.state) && isElsewhere(record) && (await runs.isDead(record)))
    return endHere(record, runs, log)
  return record.state === 'QUEUED' ? endHere(record, runs, log) : record
}

/** Where that is forbidden the runner ends by itself, sooner or later: when it looks for the request, or for its run. */
async function stop(record: RunRecord, engines: Home['engines'], log: Log): Promise<void> {
  try {
    if (await engines.stop(record, 'cancelled by batchquery cancel')) log.info('its ECS task is told to stop')
  } catch (thrown) {
    log.warn(BatchQueryError.from(thrown).message)
  }
}

/** Ends a run that no runner has, or has any more; where one takes it in this moment, that one ends it. */
async function endHere(record: RunRecord, runs: RunStore, log: Log): Promise<RunRecord> {
  const us = await thisRunner(true)
  const run = { ...record, createdAt: new Date(record.createdAt) }
  try {
    const owned = await runs.claim(run, us, log)
    const cancelled = new BatchQueryError('CANCELLED', `run ${record.id} was cancelled, and no runner had it`)
    return await owned.finish(owned.recovered.isComplete ? null : cancelled)
  } catch (thrown) {
    if (BatchQueryError.from(thrown).code !== 'RUN_CLAIMED') throw thrown
    return runs.read(record.id)
  }
}
