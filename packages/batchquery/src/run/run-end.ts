import { BatchQueryError } from '../errors/index.ts'
import type { Log } from '../platform/index.ts'
import type { Store } from '../store/store.ts'
import { type ChargedTask, type EndFacts, endKey, type RunEnd } from './index-keys.ts'
import type { RunRecord } from './record.ts'

/** The error of a run that ended because a cancel was requested. @param cause why it would have ended otherwise */
export const cancelledOnRequest = (id: string, cause?: BatchQueryError): BatchQueryError =>
  new BatchQueryError('CANCELLED', `run ${id} was cancelled on request`, { cause })

export type EndTexts = Omit<RunEnd, 'state' | 'facts'>

/** The texts of a record that the index has. */
export const textsOf = ({ error, task, request, databases }: RunRecord): EndTexts => ({
  code: error?.code ?? null,
  task: taskNameOf(task.key),
  database: databaseOf(request.database, databases),
})

/** The key that shows how a run ended; null if it has not ended. */
export function endKeyOf(record: RunRecord): string | null {
  const { id, state } = record
  if (state === 'QUEUED' || state === 'RUNNING') return null
  return endKey(
    { id, createdAt: new Date(record.createdAt) },
    { state, ...textsOf(record), facts: factsOf(record) },
  )
}

function factsOf(record: RunRecord): EndFacts {
  const { createdAt, startedAt, endedAt, progress } = record
  const startedMs = startedAt === null ? null : msBetween(createdAt, startedAt)
  const tookMs = startedAt === null || endedAt === null ? 0 : msBetween(startedAt, endedAt)
  return { startedMs, tookMs, rows: progress.rows, bytes: progress.bytes, charged: chargedTask(record, null) }
}

/**
 * The ECS task of the latest attempt, and how long AWS charged for it. Null on other engines, and if the record lacks its size.
 *
 * @param now for a run that has not ended
 */
export function chargedTask({ runner, endedAt }: RunRecord, now: Date | null): ChargedTask | null {
  const until = endedAt ?? now?.toISOString()
  if (runner?.ecsSize === undefined || until === undefined) return null
  const { since, ...size } = runner.ecsSize
  return { ...size, ms: msBetween(since, until) }
}

/** Never negative: the clocks of two machines may differ. */
const msBetween = (from: string, to: string): number => Math.max(0, Date.parse(to) - Date.parse(from))

/** Writes the end of a run into the index. Only logs a failure: `reap` writes the end later. */
export async function noteEnd(store: Store, bucket: string, record: RunRecord, log: Log): Promise<void> {
  const key = endKeyOf(record)
  if (key === null) return
  try {
    await store.put({ bucket, key }, new Uint8Array())
  } catch (thrown) {
    const { message } = BatchQueryError.from(thrown)
    log.debug(`the index does not yet show that run ${record.id} has ended: ${message}`)
  }
}

/** The name of the file or the folder that is the task. */
export const taskNameOf = (key: string): string | null => key.replace(/\/$/, '').split('/').at(-1) || null

/** The database's name in batchquery.yaml, if the run requested one; otherwise the database of its first session. */
function databaseOf(asked: string | null, [first]: RunRecord['databases']): string | null {
  if (asked !== null && !asked.includes(':')) return asked
  if (first === undefined) return null
  return (first.host === '' ? first.name : `${first.host}/${first.name}`) || null
}
