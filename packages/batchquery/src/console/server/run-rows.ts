import { BatchQueryError } from '../../errors/index.ts'
import { inParallel } from '../../platform/index.ts'
import { type IndexEntry, type IndexedRun, mayTake, type RunFilter, takesRecord } from '../../run/index.ts'
import type { RunRow } from '../documents.ts'
import type { Console } from './open-console.ts'
import { detailOf, indexedDetail } from './run-details.ts'

/** For each page of rows: a home bucket may have any number of runs whose end is not in the index. */
const MOST_RECORDS = 64
const AT_ONCE = 8

export interface RowsRequest {
  readonly filter: RunFilter
  readonly since: Date | null
  /** Only runs that come after this one in the list. */
  readonly after: IndexEntry | null
  readonly limit: number
}

export interface Rows {
  readonly rows: readonly RunRow[]
  /** The last run that was looked at; null if no older one exists. */
  readonly last: IndexEntry | null
  readonly warnings: readonly string[]
}

/**
 * Lists runs as the index has them, the newest first. It reads the records of runs whose end is not in the index, at most 64, and no
 * other record.
 */
export async function listRows(served: Rowed, request: RowsRequest): Promise<Rows> {
  const { filter, since, after, limit } = request
  const found: IndexedRun[] = []
  let last: IndexEntry | null = null
  for await (const run of served.home.runs.index(after)) {
    if (since !== null && run.createdAt < since) break
    const { ended } = run
    if (ended !== null && (ended.state === 'GONE' || !mayTake(filter, ended))) continue
    found.push(run)
    if (found.length < limit) continue
    last = run
    break
  }
  const warnings: string[] = []
  const rows = new Map<IndexedRun, RunRow | null>()
  const unknown = found.filter(({ ended }) => ended === null).slice(0, MOST_RECORDS)
  await inParallel(unknown, AT_ONCE, async run => {
    rows.set(run, await rowOfRecord(run, served, filter, text => warnings.push(text)))
  })
  return { rows: found.flatMap(run => rows.get(run) ?? rowOfIndex(run, rows, served)), last, warnings }
}

type Rowed = Pick<Console, 'home' | 'records'>

/** Null if the run has no record, or if the filter does not select it. */
async function rowOfRecord(
  run: IndexedRun,
  { home, records }: Rowed,
  filter: RunFilter,
  warn: (text: string) => void,
): Promise<RunRow | null> {
  try {
    const record = await records.read(run.id)
    if (record.createdAt !== run.createdAt.toISOString() || !takesRecord(filter, record)) return null
    const detail = detailOf(record, home)
    return {
      ...unknownRow(run),
      state: record.state,
      code: detail.code,
      task: detail.task.replace(/\/$/, '').split('/').at(-1) ?? null,
      database: detail.database,
      detail,
    }
  } catch (thrown) {
    const { code, message } = BatchQueryError.from(thrown)
    if (code === 'RUN_NOT_FOUND') return null
    if (code !== 'RUN_RECORD_INVALID') throw thrown
    warn(`run ${run.id}: ${message}`)
    return unknownRow(run)
  }
}

function rowOfIndex(
  run: IndexedRun,
  read: ReadonlyMap<IndexedRun, RunRow | null>,
  { home, records }: Rowed,
): RunRow | readonly RunRow[] {
  if (read.has(run)) return []
  const { ended } = run
  if (ended === null || ended.state === 'GONE') return unknownRow(run)
  const known = records.known(run.id)
  return {
    ...unknownRow(run),
    state: ended.state,
    code: ended.code,
    task: ended.task,
    database: ended.database,
    detail: known === null ? indexedDetail(run, home) : detailOf(known, home),
  }
}

const unknownRow = ({ id, createdAt }: IndexedRun): RunRow => ({
  id,
  createdAt: createdAt.toISOString(),
  state: null,
  code: null,
  task: null,
  database: null,
  detail: null,
})
