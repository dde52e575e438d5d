import { BatchQueryError } from '../../errors/index.ts'
import { inParallel } from '../../platform/index.ts'
import type { HistoryDocument } from '../documents.ts'
import type { Console } from './open-console.ts'
import { detailOf } from './run-records.ts'
import { listRows } from './run-rows.ts'

const READS_AT_ONCE = 16

/** The latest runs of a task, the oldest first. */
export async function historyDocument(
  task: string,
  limit: number,
  { home, records, commands }: Console,
): Promise<HistoryDocument> {
  const { rows, warnings } = await listRows(home.runs, records, {
    filter: { task },
    since: null,
    after: null,
    limit,
  })
  const found = new Map<string, HistoryDocument['runs'][number]>()
  const missing: string[] = []
  await inParallel(rows, READS_AT_ONCE, async ({ id, createdAt, detail }) => {
    try {
      const known = detail ?? detailOf(await records.read(id), new Date())
      if (isOf(task, known.task)) found.set(id, { id, createdAt, ...known })
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

/** The index has cut names and no folders. */
const isOf = (wanted: string, key: string): boolean =>
  `/${key.replace(/\/$/, '')}`.endsWith(`/${wanted.replace(/^\/+|\/+$/g, '')}`)
