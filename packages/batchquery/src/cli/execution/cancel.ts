import { hostname } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { openHome } from '../../client/home.ts'
import { BatchQueryError } from '../../errors/index.ts'
import { type Log, packageVersion } from '../../platform/index.ts'
import { isFinal, type RunRecord, type RunStore } from '../../run/index.ts'
import type { Execute } from '../command.ts'

const POLL_MS = 500

export const cancel: Execute = async ({ operands: [id], options }, context) => {
  const { log } = context
  const { runs } = await openHome(options, context)
  const before = await runs.requestCancel(id)
  if (isFinal(before.state)) log.info(`run ${id} has ended already: ${before.state}`)
  const seconds = options.wait ?? 0
  const record = seconds === false ? before : await endWithin(seconds, before, runs, log)
  const waitedInVain = seconds !== false && !isFinal(record.state)
  if (waitedInVain) log.warn(`run ${id} is asked to end, and has not in ${seconds} s`)
  return { document: record, text: `${id}\t${record.state}`, exitCode: waitedInVain ? 8 : 0 }
}

/** The run as it ended, or as it is after the time. */
async function endWithin(seconds: number, asked: RunRecord, runs: RunStore, log: Log): Promise<RunRecord> {
  if (await runs.isDead(asked)) return endHere(asked, runs, log)
  const deadline = performance.now() + seconds * 1000
  let record = asked
  while (!isFinal(record.state) && performance.now() < deadline) {
    await setTimeout(POLL_MS)
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
