import { BatchQueryError } from '../../errors/index.ts'
import { isFolderKey, type TaskSource } from '../../run/index.ts'
import type { Store } from '../../store/index.ts'
import { openHome } from '../../submit/home.ts'
import { readTaskFile, uploadTask } from '../../submit/task.ts'
import type { Execute } from '../command.ts'

const TASKS = 'script/'

export const put: Execute = async ({ operands: paths, options }, context) => {
  if (options.as !== undefined && paths.length > 1)
    throw new BatchQueryError(
      'USAGE',
      `--as names the key of one file, but the command line has ${paths.length} files`,
      {
        hint: 'Upload them one by one, or leave --as out.',
      },
    )
  const { settings, store } = await openHome(options, context)
  // All files are read first, so that a wrong name uploads nothing.
  const files = await Promise.all(paths.map(path => readTaskFile(path, context.folder)))
  const tasks = []
  for (const { name, source } of files) {
    const address = { bucket: settings.bucket, key: keyOf(options.as ?? name, source) }
    await uploadTask(store, { ...address, upload: source })
    await removeStale(store, address.bucket, address.key, source)
    const bytes = source.files.reduce((sum, each) => sum + each.bytes.length, 0)
    tasks.push({ uri: store.uriOf(address), bytes, sha256: source.sha256 })
  }
  return { document: { tasks }, text: tasks.map(({ uri }) => uri).join('\n'), exitCode: 0 }
}

/** Removes the objects of an earlier folder of this name that the new one lacks. */
async function removeStale(store: Store, bucket: string, key: string, source: TaskSource): Promise<void> {
  if (!isFolderKey(key)) return
  const kept = new Set(source.files.map(({ path }) => `${key}${path}`))
  const stale: string[] = []
  for await (const info of store.list(bucket, key)) if (!kept.has(info.key)) stale.push(info.key)
  for (const each of stale) await store.delete({ bucket, key: each })
}

function keyOf(name: string, source: TaskSource): string {
  const key = name.startsWith(TASKS) ? name : `${TASKS}${name}`
  return source.isFolder && !isFolderKey(key) ? `${key}/` : key
}
