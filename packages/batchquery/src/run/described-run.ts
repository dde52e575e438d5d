import { isRunId } from '../platform/index.ts'
import type { Store } from '../store/store.ts'
import { repeatsPrefix } from './keys.ts'
import { type ExportColumns, exportColumns } from './part-columns.ts'
import { readAttempts } from './read-attempt.ts'
import type { RunnerRecord, RunRecord } from './record.ts'
import { type BegunExport, begunExports } from './stored-exports.ts'

/** A run record, and whether the run is dead. */
export type ShownRun = RunRecord & { readonly dead: boolean }

/** A run with its attempts, and the exports that it has begun. */
export type DescribedRun = ShownRun & {
  readonly attempts: readonly ShownAttempt[]
  /** The ids of the first 100 runs that repeat it. */
  readonly repeatedBy: readonly string[]
  /** The exports of a RUNNING run whose parts are not all staged. The record does not contain them yet. */
  readonly begun: readonly BegunExport[]
  /** The columns of the published PARQUET exports in the record, from the end of their first parts. */
  readonly columns: readonly ExportColumns[]
}

/** An attempt, and its runner or the process that ended the run because the runner was dead. */
export type ShownAttempt = Omit<RunnerRecord, 'process'> & {
  /** From 1. */
  readonly attempt: number
  /** When it claimed the run, ISO 8601, UTC; null if the attempt does not contain it. */
  readonly claimedAt: string | null
}

const MOST_REPEATS = 100

/**
 * Describes a run by its record and the other objects of its folder.
 *
 * @param withColumns false leaves out the columns, each of which takes a read of a part
 * @throws RUN_RECORD_INVALID; the store's errors
 */
export async function describeRun(
  { dead, ...record }: ShownRun,
  store: Store,
  bucket: string,
  withColumns = true,
): Promise<DescribedRun> {
  const attempts = await readAttempts(store, bucket, record.id, record.attempt)
  return {
    ...record,
    dead,
    attempts: attempts.map(({ attempt, runner: { process: _, ...shown }, claimedAt }) => ({
      attempt,
      ...shown,
      claimedAt,
    })),
    repeatedBy: await repeatsOf(record, store, bucket),
    begun: await begunExports(store, bucket, record),
    columns: withColumns ? await exportColumns(store, record) : [],
  }
}

/** The ids of the runs that repeat a run, sorted. If a submitter was killed, its run may not exist. */
async function repeatsOf({ id }: RunRecord, store: Store, bucket: string): Promise<readonly string[]> {
  const prefix = repeatsPrefix(id)
  const ids: string[] = []
  for await (const { key } of store.list(bucket, prefix)) {
    const repeat = key.slice(prefix.length)
    if (isRunId(repeat)) ids.push(repeat)
    if (ids.length === MOST_REPEATS) break
  }
  return ids
}
