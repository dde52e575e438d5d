import type { BatchQueryError } from '../errors/index.ts'
import { inParallel } from '../platform/index.ts'
import type { ListedRun, ListOptions, RunRecord, RunStore } from '../run/index.ts'

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

/** @throws RUN_NOT_FOUND */
export async function shownRun(id: string, runs: RunStore): Promise<ShownRun> {
  const record = await runs.read(id)
  return { ...record, dead: await runs.isDead(record) }
}

/** The ids of those that are dead. */
async function findDead(records: readonly RunRecord[], runs: RunStore): Promise<ReadonlySet<string>> {
  const dead = new Set<string>()
  const running = records.filter(({ state }) => state === 'RUNNING')
  await inParallel(running, AT_ONCE, async record => {
    if (await runs.isDead(record)) dead.add(record.id)
  })
  return dead
}
