import { extname } from 'node:path'
import { BatchQueryError } from '../errors/index.ts'

/** @throws TASK_INVALID for a kind of file that has no runtime */
export function requireRuntime(key: string): void {
  const extension = extname(key).toLowerCase()
  if (extension === '.sql') return
  throw new BatchQueryError(
    'TASK_INVALID',
    `there is no runtime for ${JSON.stringify(extension || key)} tasks`,
    { hint: 'Name a task that ends in .sql.' },
  )
}
