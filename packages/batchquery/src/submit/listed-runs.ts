import { inParallel, type Log } from '../platform/index.ts'
import {
  type DescribedRun,
  isFinal,
  isRun,
  type ListOptions,
  type RunRecord,
  type RunStore,
  type ShownRun,
} from '../run/index.ts'

/** The number of runs that are checked at once. */
export const AT_ONCE = 8

/** A listing ends after this many entries in a row without a record: there may be any number of them. */
const MOST_WITHOUT_RECORD = 64

/** Lists the runs of a home bucket, the newest first. It logs the warnings of `listedRecords`. */
export async function listedRuns(
  runs: RunStore,
  options: ListOptions,
  log: Pick<Log, 'warn'>,
): Promise<readonly ShownRun[]> {
  const records = await listedRecords(runs, options, log)
  const dead = await findDead(records, runs)
  return records.map(record => ({ ...record, dead: dead.has(record.id) }))
}

/**
 * Lists the records of the runs, the newest first. It logs a warning for each run whose record cannot be read, and one if the
 * listing ends early because records are missing.
 */
export async function listedRecords(
  runs: RunStore,
  options: ListOptions,
  log: Pick<Log, 'warn'>,
): Promise<readonly RunRecord[]> {
  const records: RunRecord[] = []
  let without = 0
  for await (const run of runs.list(options)) {
    without = isRun(run) ? 0 : without + 1
    if (run.record !== null) records.push(run.record)
    else if (run.error !== null) log.warn(`run ${run.id}: ${run.error.message}`)
    if (without < MOST_WITHOUT_RECORD) continue
    const { createdAt } = run
    log.warn(
      `${without} consecutive index entries have no run record, so the list ends at ${createdAt.toISOString()}; run \`batchquery reap\`, and let index/ and runs/ expire together`,
    )
    break
  }
  return records
}

/** Reads a run with its attempts. @throws RUN_NOT_FOUND */
export async function shownRun(id: string, runs: RunStore): Promise<DescribedRun> {
  const record = await runs.read(id)
  return runs.describe({ ...record, dead: await isDead(record, runs) })
}

/** Returns the ids of the dead runs. */
async function findDead(records: readonly RunRecord[], runs: RunStore): Promise<ReadonlySet<string>> {
  const dead = new Set<string>()
  const open = records.filter(({ state }) => !isFinal(state))
  await inParallel(open, AT_ONCE, async record => {
    if (await isDead(record, runs)) dead.add(record.id)
  })
  return dead
}

/** Whether a run is dead. A QUEUED run is dead if its engine could not start a runner. */
export async function isDead(record: RunRecord, runs: RunStore): Promise<boolean> {
  if (record.state === 'QUEUED') return (await runs.launchState(record)).failure !== null
  return runs.isDead(record)
}
