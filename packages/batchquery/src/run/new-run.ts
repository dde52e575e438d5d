import { isDeepStrictEqual } from 'node:util'

import { BatchQueryError } from '../errors/index.ts'
import type { Store } from '../store/store.ts'
import type { RunRecord } from './record.ts'

const SHOWN_CHARACTERS = 500

/** A run as its submitter describes it. */
export interface NewRun extends Pick<RunRecord, 'id' | 'args' | 'params' | 'request' | 'engine'> {
  readonly task: Pick<RunRecord['task'], 'bucket' | 'key'> & {
    /** The SHA-256 that the submitter read: the runner refuses any other task. @default - runs any task at this address */
    readonly sha256?: string | null
  }
  readonly createdAt: Date
  /** The run that this one repeats. @default - none */
  readonly repeats?: string | undefined
}

export const queuedRecord = ({ task, createdAt, repeats, ...run }: NewRun): RunRecord => ({
  version: 2,
  id: run.id,
  state: 'QUEUED',
  attempt: 0,
  task: { bucket: task.bucket, key: task.key, versionId: null, sha256: task.sha256 ?? null },
  args: run.args,
  params: run.params,
  request: run.request,
  engine: run.engine,
  ...(repeats !== undefined && { repeats }),
  runner: null,
  databases: [],
  createdAt: createdAt.toISOString(),
  startedAt: null,
  endedAt: null,
  heartbeatAt: null,
  exitCode: null,
  error: null,
  warnings: [],
  progress: { rows: 0, bytes: 0, parts: 0 },
  exports: [],
  exportCount: 0,
  outputs: [],
  log: null,
})

/** @throws RUN_CONFLICT if the record has another task or other parameters, or does not repeat the same run */
export function checkSameRun(record: RunRecord, run: NewRun, store: Pick<Store, 'uriOf'>): void {
  if (run.repeats !== undefined && record.repeats !== run.repeats)
    throw conflict(run.id, 'repeated run', record.repeats ?? 'none', run.repeats)
  checkSameTask(record, run, store)
  checkSameBytes(record, run)
  for (const field of ['args', 'params'] as const) {
    if (!isDeepStrictEqual(record[field], run[field])) {
      throw conflict(run.id, field, JSON.stringify(record[field]), JSON.stringify(run[field]))
    }
  }
}

/**
 * Compares the task with the one of the existing run: pinned or read by its submitter, or fetched by its runner. If the task
 * has changed since, that run does not have the new task's outcome. If its SHA-256 is unknown, only a pin can conflict.
 *
 * @throws RUN_CONFLICT
 */
function checkSameBytes(record: RunRecord, run: NewRun): void {
  const known = record.request.pin ?? record.task.sha256
  const given = run.request.pin ?? run.task.sha256 ?? null
  const isOther = known === null ? run.request.pin !== null : given !== null && given !== known
  if (isOther) throw conflict(run.id, 'SHA-256', String(known), String(given))
}

/** @throws RUN_CONFLICT if the record has another task */
export function checkSameTask({ task }: RunRecord, run: NewRun, store: Pick<Store, 'uriOf'>): void {
  if (task.bucket === run.task.bucket && task.key === run.task.key) return
  throw conflict(run.id, 'task', store.uriOf(task), store.uriOf(run.task))
}

const conflict = (id: string, field: string, known: string, given: string): BatchQueryError =>
  new BatchQueryError(
    'RUN_CONFLICT',
    `run ${id} already exists with the ${field} ${known.slice(0, SHOWN_CHARACTERS)}, not ${given.slice(0, SHOWN_CHARACTERS)}`,
    { hint: 'Choose another id for the new run, or remove --run-id.' },
  )
