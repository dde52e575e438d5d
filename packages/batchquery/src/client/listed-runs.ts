import type { BatchQueryError } from '../errors/index.ts'
import { inParallel } from '../platform/index.ts'
import {
  isFinal,
  type ListedRun,
  type ListOptions,
  type RunnerRecord,
  type RunRecord,
  type RunStore,
} from '../run/index.ts'

const AT_ONCE = 8

/** A run record, and whether nothing is heard of the run's runner any more. */
export type ShownRun = RunRecord & { readonly dead: boolean }

/** The runs of a home bucket, the newest first, and those whose records cannot be read. */
export async function listedRuns(
  runs: RunStore,
  options: ListOptions,
): Promise<{
  readonly runs: readonly ShownRun[]
  readonly unreadable: readonly { readonly id: string; readonly error: BatchQueryError }[]
}> {
  const listed: ListedRun[] = []
  for await (const run of runs.list(options)) listed.push(run)
  const records = listed.flatMap(({ record }) => record ?? [])
  const dead = await findDead(records, runs)
  return {
    runs: records.map(record => ({ ...record, dead: dead.has(record.id) })),
    unreadable: listed.flatMap(({ id, error }) => (error === null ? [] : { id, error })),
  }
}

/** A run, and who had it. */
export type DescribedRun = ShownRun & { readonly attempts: readonly ShownAttempt[] }

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
  return { ...record, dead: await isDead(record, runs), attempts }
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
async function isDead(record: RunRecord, runs: RunStore): Promise<boolean> {
  if (record.state === 'QUEUED') return (await runs.outlookOf(record)).failure !== null
  return runs.isDead(record)
}
