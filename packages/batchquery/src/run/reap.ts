import { BatchQueryError } from '../errors/index.ts'
import type { Log } from '../platform/index.ts'
import type { Claims } from './claims.ts'
import type { ListedRun } from './list-runs.ts'
import { type ExportRecord, isFinal, type RunnerRecord, type RunRecord, type RunState } from './record.ts'

export interface ReapOptions {
  /** Only runs created at this time or later. @default - all */
  readonly since?: Date
  /** Finds the dead runs and leaves them alone. */
  readonly dryRun: boolean
}

/** A dead run, and what was done about it. Of a dry run: what would be done. */
export interface ReapedRun {
  readonly id: string
  /** As it is now. */
  readonly state: RunState
  /** URIs of the exports whose publication was completed. */
  readonly completed: readonly string[]
  /** URIs of the exports that were given up: what was staged is removed. */
  readonly aborted: readonly string[]
  /** Why the run could not be ended; it may be tried again. */
  readonly error: BatchQueryError | null
}

/** A run that cannot be ended does not keep the others from it. */
export async function* reapRuns(
  runs: AsyncIterable<ListedRun>,
  claims: Claims,
  runner: RunnerRecord,
  log: Log,
  dryRun: boolean,
): AsyncIterable<ReapedRun> {
  for await (const { record } of runs) {
    if (record === null || isFinal(record.state)) continue
    try {
      if (dryRun) {
        if ((await claims.attempts.findDead(record.id)) !== null) yield expected(record)
      } else {
        const ended = await claims.end(record.id, runner, log)
        if (ended !== null) yield reaped(record, ended)
      }
    } catch (thrown) {
      yield { ...reaped(record, record), error: BatchQueryError.from(thrown) }
    }
  }
}

/** Exports keep their place in the record. */
function reaped(before: RunRecord, after: RunRecord): ReapedRun {
  const now = after.exports.slice(0, before.exports.length)
  const changed = now.filter(({ state }, at) => state !== before.exports[at].state)
  return {
    id: after.id,
    state: after.state,
    completed: urisOf(changed, 'PUBLISHED'),
    aborted: urisOf(changed, 'ABORTED'),
    error: null,
  }
}

function expected({ id, state, exports }: RunRecord): ReapedRun {
  return {
    id,
    state,
    completed: urisOf(exports, 'COMMITTING'),
    aborted: urisOf(exports, 'STAGED'),
    error: null,
  }
}

const urisOf = (exports: readonly ExportRecord[], state: ExportRecord['state']): string[] =>
  exports.filter(entry => entry.state === state).map(({ uri }) => uri)
