import type { RunRecord } from '../run/index.ts'
import type { Store } from '../store/index.ts'

/** The part of a home that decides how a task is called. */
export interface TaskHome {
  readonly settings: { readonly bucket: string }
  readonly store: Pick<Store, 'uriOf'>
}

/** The name of a task that went with its run, the path of a task below script/, the URI of any other task. */
export function taskText({ id, task }: RunRecord, { settings, store }: TaskHome): string {
  const own = [`runs/${id}/task/`, 'script/'].find(
    folder => task.bucket === settings.bucket && task.key.startsWith(folder) && task.key !== folder,
  )
  return own === undefined ? store.uriOf(task) : task.key.slice(own.length)
}
