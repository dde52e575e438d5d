import { BatchQueryError } from '../errors/index.ts'
import { type RunRecord, readStoredTask, type TaskSource, taskNotFound } from '../run/index.ts'
import type { Store } from '../store/index.ts'

/**
 * Fetches the task of a run. The runner executes these bytes, even if the object changes meanwhile.
 *
 * @throws TASK_NOT_FOUND; TASK_CHANGED if the task has another SHA-256 than the pin, or than an earlier attempt executed; TASK_INVALID
 */
export async function fetchTask(store: Store, { task, request }: RunRecord): Promise<TaskSource> {
  const { bucket, key } = task
  const source = await readStoredTask(store, { bucket, key })
  if (source === null) throw taskNotFound(store, task)
  const { sha256 } = source
  const pin = request.pin ?? task.sha256
  if (pin === null || pin === sha256) return source
  throw new BatchQueryError(
    'TASK_CHANGED',
    `${store.uriOf({ bucket, key })} has SHA-256 ${sha256}, but ${pin} was pinned`,
    {
      hint: 'Review the task, which changed after the run was submitted. Then start a new run with `batchquery run`.',
    },
  )
}
