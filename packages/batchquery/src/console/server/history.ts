import { BatchQueryError } from '../../errors/index.ts'
import { inParallel } from '../../platform/index.ts'
import type { HistoryDocument, RunDetail } from '../documents.ts'
import type { Console } from './open-console.ts'
import { detailOf } from './run-details.ts'
import { listRows } from './run-rows.ts'

const READS_AT_ONCE = 16

/** The latest runs of a task, the oldest first. */
export async function historyDocument(
  task: string,
  limit: number,
  served: Console,
): Promise<HistoryDocument> {
  const { home, records, commands } = served
  const { rows, warnings } = await listRows(served, {
    filter: { task },
    since: null,
    after: null,
    limit,
  })
  const found = new Map<string, HistoryDocument['runs'][number]>()
  const missing: string[] = []
  await inParallel(rows, READS_AT_ONCE, async ({ id, createdAt, detail }) => {
    try {
      const known = detail !== null && hasPath(task, detail) ? detail : detailOf(await records.read(id), home)
      if (isOf(task, known)) found.set(id, { id, createdAt, ...known })
    } catch (thrown) {
      const { code, message } = BatchQueryError.from(thrown)
      if (code === 'RUN_RECORD_INVALID') missing.push(`run ${id}: ${message}`)
      else if (code !== 'RUN_NOT_FOUND') throw thrown
    }
  })
  return {
    task,
    runs: rows.toReversed().flatMap(({ id }) => found.get(id) ?? []),
    warnings: [...new Set([...warnings, ...missing])],
    command: commands.of('ls', '--task', task, '--limit', String(limit)),
  }
}

/** The index has no folders. */
const hasPath = (wanted: string, { taskUri }: RunDetail): boolean =>
  taskUri !== null || !/[^/]\/+[^/]/.test(wanted)

const isOf = (wanted: string, { task, taskUri }: RunDetail): boolean =>
  `/${(taskUri ?? task).replace(/\/$/, '')}`.endsWith(`/${wanted.replace(/^\/+|\/+$/g, '')}`)
