import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Bench } from '../bench.ts'
import { s3Environment } from '../connections.ts'
import { BUCKET } from '../objects.ts'

/** The programs that users start. */
export const RUNNER = fileURLToPath(
  new URL('../../../packages/batchquery/bin/batchquery-task.js', import.meta.url),
)
export const CLI = fileURLToPath(new URL('../../../packages/batchquery/bin/batchquery.js', import.meta.url))

const TASK = 'script/task.sql'
export const RESULT = 'output/result.part_00000'

/** A task that exports a query. */
export const taskOf = (query: string): string =>
  `${query} INTO OUTFILE S3 's3://${BUCKET}/output/result' OVERWRITE ON`

export interface RunnerTask {
  /** The arguments of the program. */
  readonly args: readonly string[]
  readonly environment: NodeJS.ProcessEnv
}

/** Puts a task into a store that is a directory, and returns how to start the runner on it. */
export async function taskInDirectory(store: string, query: string): Promise<RunnerTask> {
  const path = join(store, BUCKET, TASK)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, taskOf(query))
  return { args: [BUCKET, TASK], environment: { BATCHQUERY_STORE: store } }
}

/** Puts a task into the bucket, and returns how to start the runner on it. */
export async function taskInS3({ objects, servers }: Bench, query: string): Promise<RunnerTask> {
  await objects.put(TASK, taskOf(query))
  return { args: [BUCKET, TASK], environment: { ...s3Environment(servers.s3), BATCHQUERY_STORE: 's3' } }
}
