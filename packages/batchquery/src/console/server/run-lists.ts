import { BatchQueryError } from '../../errors/index.ts'
import { inParallel } from '../../platform/index.ts'
import type { IndexEntry, RunFilter } from '../../run/index.ts'
import type { DetailsDocument, RunsDocument } from '../documents.ts'
import type { Console } from './open-console.ts'
import { problemOf } from './problem.ts'
import { detailOf } from './run-details.ts'
import { listRows } from './run-rows.ts'
import { storeProblem } from './session-document.ts'

const READS_AT_ONCE = 16

export interface RunsRequest {
  readonly filter: RunFilter
  readonly since: Date | null
  readonly until: Date | null
  /** `RunsDocument.next` of the rows before. */
  readonly before: string | null
  readonly limit: number
}

/** Lists runs for the page. @throws USAGE for a text that no answer had as `next`; the store's errors */
export async function runsDocument(
  { filter, since, until, before, limit }: RunsRequest,
  served: Console,
): Promise<RunsDocument> {
  const { commands, notices } = served
  // No id begins with this character, and all ids of this time come before it.
  const end = until === null ? null : { createdAt: until, id: '~' }
  const after = before === null ? end : entryOf(before)
  const request = { filter, since, after, limit }
  const { rows, last, warnings } = await listRows(served, request).catch((thrown: unknown) => {
    notices.store(BatchQueryError.from(thrown))
    throw thrown
  })
  // A store that is gone may look empty.
  const problem = rows.length === 0 && before === null ? await storeProblem(served) : null
  if (problem !== null) throw problem
  notices.store(null)
  notices.warn(warnings)
  const { state, task, database } = filter
  return {
    rows,
    next: last === null ? null : `${last.createdAt.toISOString()}_${last.id}`,
    warnings,
    now: new Date().toISOString(),
    command: commands.of(
      'ls',
      ...(since === null ? [] : ['--since', since.toISOString()]),
      ...(state === undefined ? [] : ['--state', state]),
      ...(task === undefined ? [] : ['--task', task]),
      ...(database === undefined ? [] : ['--database', database]),
    ),
  }
}

function entryOf(before: string): IndexEntry {
  const [, time = '', id = ''] = /^([^_]+)_(.+)$/.exec(before) ?? []
  const createdAt = new Date(time)
  if (!Number.isNaN(createdAt.getTime())) return { createdAt, id }
  throw new BatchQueryError('USAGE', 'the list has no such place', { hint: 'Open the list again.' })
}

/** What only the records of some runs have. */
export async function detailsDocument(
  ids: readonly string[],
  { home, records }: Console,
): Promise<DetailsDocument> {
  const details = new Map<string, DetailsDocument['details'][string]>()
  await inParallel(ids, READS_AT_ONCE, async id => {
    try {
      details.set(id, detailOf(await records.read(id), home))
    } catch (thrown) {
      const error = BatchQueryError.from(thrown)
      if (!['RUN_RECORD_INVALID', 'RUN_NOT_FOUND', 'USAGE'].includes(error.code)) throw thrown
      details.set(id, { problem: problemOf(error) })
    }
  })
  return { details: Object.fromEntries(details) }
}
