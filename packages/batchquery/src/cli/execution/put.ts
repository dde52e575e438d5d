import { openHome } from '../../client/home.ts'
import { readTaskFile } from '../../client/task-file.ts'
import { BatchQueryError } from '../../errors/index.ts'
import { formatS3Uri } from '../../store/index.ts'
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
  for (const { name, bytes, sha256 } of files) {
    const address = { bucket: settings.bucket, key: keyOf(options.as ?? name) }
    await store.put(address, bytes)
    tasks.push({ uri: formatS3Uri(address), bytes: bytes.length, sha256 })
  }
  return { document: { tasks }, text: tasks.map(({ uri }) => uri).join('\n'), exitCode: 0 }
}

const keyOf = (name: string): string => (name.startsWith(TASKS) ? name : `${TASKS}${name}`)
