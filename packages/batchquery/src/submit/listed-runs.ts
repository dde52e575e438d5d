import { inParallel, type Log } from '../platform/index.ts'
import {
  type BegunExport,
  isFinal,
  isRun,
  type ListOptions,
  type RunnerRecord,
  type RunRecord,
  type RunStore,
} from '../run/index.ts'

/** How many runs are asked about at once. */
export const AT_ONCE = 8

/** A run record, and whether nothing is heard of the run's runner any more. */
export type ShownRun = RunRecord & { readonly dead: boolean }

/** After so many entries in a row without a record a listing ends: there may be any number of them. */
const MOST_WITHOUT_RECORD = 64

/** The runs of a home bucket, the newest first. The log has warnings as `listedRecords` has them. */
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
 * The records of the runs, the newest first. The log has a warning for each run whose record cannot be read, and one
 * when the listing ends early because records are missing.
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
      `${without} entries of the index in a row have no run record, so the list ends at ${createdAt.toISOString()}; run \`batchquery reap\`, and let index/ expire together with runs/`,
    )
    break
  }
  return records
}

/** A run, its attempts, and the exports that it has begun. */
export type DescribedRun = ShownRun & {
  readonly attempts: readonly ShownAttempt[]
  /** The ids of the runs that repeat it; the first 100. */
  readonly repeatedBy: readonly string[]
  /** The exports of a RUNNING run that have begun and whose parts are not all staged: its record does not have them yet. */
  readonly begun: readonly BegunExport[]
}

/** Whose an attempt is: a runner's, or of who ended the run in a dead one's place. */
export type ShownAttempt = Omit<RunnerRecord, 'process'> & {
  /** From 1. */
  readonly attempt: number
  /** When it took the run, ISO 8601, UTC; null where it does not say. */
  readonly claimedAt: string | null
}

/** @throws RUN_NOT_FOUND */
export async function shownRun(id: string, runs: RunStore): Promise<DescribedRun> {
  const record = await runs.read(id)
  const attempts = (await runs.attemptsOf(record)).map(({ attempt, runner, claimedAt }) => {
    const { process: _, ...shown } = runner
    return { attempt, ...shown, claimedAt }
  })
  const repeatedBy = await runs.repeatsOf(record)
  const begun = await runs.begunExports(record)
  return { ...record, dead: await isDead(record, runs), attempts, repeatedBy, begun }
}

/** The ids of those that are dead. */
async function findDead(records: readonly RunRecord[], runs: RunStore): Promise<ReadonlySet<string>> {
  const dead = new Set<string>()
  const open = records.filter(({ state }) => !isFinal(state))
  await inParallel(open, AT_ONCE, async record => {
    if (await isDead(record, runs)) dead.add(record.id)
  })
  return dead
}

/** Also a run that waits for a runner which its engine could not start. */
export async function isDead(record: RunRecord, runs: RunStore): Promise<boolean> {
  if (record.state === 'QUEUED') return (await runs.outlookOf(record)).failure !== null
  return runs.isDead(record)
}
