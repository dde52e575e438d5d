import { BatchQueryError } from '../errors/index.ts'
import {
  digestOf,
  isFolderKey,
  type PinnedTask,
  type RunRecord,
  readStoredTask,
  type TaskSource,
} from '../run/index.ts'
import type { Store } from '../store/store.ts'

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
  const uri = `s3://${task.bucket}/${task.key}`
  const source = await readStoredTask(store, { bucket: task.bucket, key: task.key })
  if (source === null)
    throw new BatchQueryError('TASK_NOT_FOUND', `there is no task ${uri} in ${store.name}`, {
      hint: isFolderKey(task.key)
        ? 'Check bucket and key: nothing stands below this one.'
        : `Check bucket and key. \`batchquery put FILE\` uploads a task under script/. A folder ends in a slash.${elsewhere(store)}`,
    })
  const sha256 = digestOf(source)
  // The submitter saw it, or an earlier attempt ran it: all run the same.
  const pin = request.pin ?? task.sha256
  if (pin !== null && pin !== sha256)
    throw new BatchQueryError('TASK_CHANGED', `${uri} has SHA-256 ${sha256}, but ${pin} was pinned`, {
      hint: 'The task was changed after the run was submitted. Look at it, then start a new run with `batchquery run`.',
    })
  return { pinned: { versionId: source.versionId, sha256 }, source }
}

/** Who means a bucket of AWS may not know that nothing says so. */
const elsewhere = ({ kind }: Store): string =>
  kind === 'directory' ? ' Here s3:// is a folder: for AWS add --store s3, or --engine fargate.' : ''

/** The text of a task in SQL. @throws TASK_INVALID */
export function decodeTask({ files: [file] }: TaskSource, uri: string): string {
  const bytes = file?.bytes ?? new Uint8Array()
  const invalid = (why: string, hint: string) =>
    new BatchQueryError('TASK_INVALID', `the task ${uri} ${why}`, { hint })
  if (bytes.length === 0) throw invalid('is empty', 'Write at least one SQL statement into it.')
  if (bytes.includes(0)) throw invalid('is a binary file', 'A task is text in UTF-8.')
  const text = decoded(bytes)
  if (text === null) throw invalid('is not UTF-8', 'Save it in UTF-8.')
  // MySQL would take all behind a comment for a part of it.
  if (/\r\s*\S/.test(text) && !text.includes('\n'))
    throw invalid('has lines that end in CR alone', "Save it with line feeds: tr '\\r' '\\n'.")
  return text
}

/** Without a byte order mark. Null where it is no UTF-8. */
function decoded(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}
