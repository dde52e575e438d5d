import { basename, extname } from 'node:path'
import { mayBe, type RunEnd } from './index-keys.ts'
import type { RunRecord, RunState } from './record.ts'
import { type EndTexts, taskNameOf, textsOf } from './run-end.ts'

/** Selects runs for a listing. A run must match all fields. */
export interface RunFilter {
  readonly state?: RunState
  /** The code of the run's error. */
  readonly code?: string
  /** The task's name, or the end of its key from a folder on: `monthly/report.sql`. */
  readonly task?: string
  /** A name in batchquery.yaml, or `host/name`; for DuckDB the path of its file. */
  readonly database?: string
}

/** Whether a run with this end may match. Only its record is exact, because the key of an end may have cut the texts. */
export const mayTake = (filter: RunFilter, end: RunEnd): boolean => takes(filter, end.state, end, mayBe)

export const takesRecord = (filter: RunFilter, record: RunRecord): boolean =>
  takes(filter, record.state, textsOf(record), (text, found) => text === found) &&
  (filter.task === undefined || isEndOf(filter.task, record.task.key))

/** Compares whole names of folders. */
const isEndOf = (wanted: string, key: string): boolean =>
  `/${withoutSlashes(key)}`.endsWith(`/${withoutSlashes(wanted)}`)

const withoutSlashes = (path: string): string => path.replace(/^\/+|\/+$/g, '')

function takes(
  filter: RunFilter,
  state: string,
  { code, task, database }: EndTexts,
  isSame: (text: string, found: string | null) => boolean,
): boolean {
  const is = (wanted: string | undefined, found: string | null) =>
    wanted === undefined || isSame(wanted, found)
  return (
    (filter.state === undefined || filter.state === state) &&
    is(filter.code, code) &&
    (filter.task === undefined || isSame(taskNameOf(filter.task) ?? '', task)) &&
    (is(filter.database, database) ||
      (filter.database !== undefined && is(databaseOfFile(filter.database), database)))
  )
}

/** For a DuckDB file, `host` is its path and `name` its name without the extension. */
const databaseOfFile = (path: string): string => `${path}/${basename(path, extname(path))}`
