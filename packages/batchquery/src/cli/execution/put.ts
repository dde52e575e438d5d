import { BatchQueryError } from '../../errors/index.ts'
import { isFolderKey } from '../../run/index.ts'
import { formatS3Uri, type ObjectAddress, type Store } from '../../store/index.ts'
import { openHome } from '../../submit/home.ts'
import { readTaskFile, type TaskFile, uploadTask } from '../../submit/task-file.ts'
import type { Execute } from '../command.ts'

const TASKS = 'script/'

export const put: Execute = async ({ operands: paths, options }, context) => {
  if (options.as !== undefined && paths.length > 1)
    throw new BatchQueryError('USAGE', `--as names one key, and ${paths.length} files were given`, {
      hint: 'Upload them one by one, or leave --as out.',
    })
  const { settings, store } = await openHome(options, context)
  // All are read first: a name that is wrong uploads nothing.
  const files = await Promise.all(paths.map(path => readTaskFile(path, context.folder)))
  const tasks = []
  for (const file of files) {
    const address = { bucket: settings.bucket, key: keyOf(file, options.as) }
    await uploadTask(store, address, file)
    await removeStale(store, address, file)
    const bytes = file.source.files.reduce((sum, each) => sum + each.bytes.length, 0)
    tasks.push({ uri: formatS3Uri(address), bytes, sha256: file.source.sha256 })
  }
  return { document: { tasks }, text: tasks.map(({ uri }) => uri).join('\n'), exitCode: 0 }
}

/** What an earlier folder of this name had and this one has not is no part of the task any more. */
async function removeStale(
  store: Store,
  { bucket, key }: ObjectAddress,
  { source }: TaskFile,
): Promise<void> {
  if (!isFolderKey(key)) return
  const kept = new Set(source.files.map(({ path }) => `${key}${path}`))
  const stale: string[] = []
  for await (const info of store.list(bucket, key)) if (!kept.has(info.key)) stale.push(info.key)
  for (const each of stale) await store.delete({ bucket, key: each })
}

function keyOf({ name, source }: TaskFile, as = name): string {
  const key = as.startsWith(TASKS) ? as : `${TASKS}${as}`
  return source.isFolder && !isFolderKey(key) ? `${key}/` : key
}
