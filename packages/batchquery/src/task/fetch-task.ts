import { BatchQueryError } from '../errors/index.ts'
import {
  digestOf,
  type PinnedTask,
  type RunRecord,
  readStoredTask,
  type TaskSource,
  taskNotFound,
} from '../run/index.ts'
import type { Store } from '../store/index.ts'

/** A task as it was fetched: what runs is these bytes, whatever happens to the object meanwhile. */
export interface FetchedTask {
  readonly pinned: PinnedTask
  readonly source: TaskSource
}

/**
 * Fetches the task of a run and pins it.
 *
 * @throws TASK_NOT_FOUND, TASK_CHANGED where it is not what was pinned before or what the submitter saw, TASK_INVALID
 */
export async function fetchTask(store: Store, { task, request }: RunRecord): Promise<FetchedTask> {
  const { bucket, key } = task
  const uri = store.uriOf({ bucket, key })
  const source = await readStoredTask(store, { bucket, key })
  if (source === null) throw taskNotFound(store, task)
  const sha256 = digestOf(source)
  // The submitter saw it, or an earlier attempt ran it: all run the same.
  const pin = request.pin ?? task.sha256
  if (pin !== null && pin !== sha256)
    throw new BatchQueryError('TASK_CHANGED', `${uri} has SHA-256 ${sha256}, but ${pin} was pinned`, {
      hint: 'The task was changed after the run was submitted. Look at it, then start a new run with `batchquery run`.',
    })
  return { pinned: { versionId: source.versionId, sha256 }, source }
}
