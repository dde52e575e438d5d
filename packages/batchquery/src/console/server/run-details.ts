import type { IndexedRun, ShownRun } from '../../run/index.ts'
import type { Home } from '../../submit/home.ts'
import { costOf, costText, runCost, type TaskCost } from '../../submit/run-cost.ts'
import { secondsTaken } from '../../submit/run-times.ts'
import { taskText } from '../../submit/task-text.ts'
import type { CostDocument, RunDetail } from '../documents.ts'

/** The columns of a list, from the record of a run. */
export function detailOf(run: ShownRun, home: Home, now = new Date()): RunDetail {
  const { task, request, databases, progress, error, startedAt, endedAt, state, dead } = run
  const [first] = databases
  return {
    ...{ state, startedAt, endedAt },
    isDead: dead,
    task: taskText(run, home),
    taskUri: home.store.uriOf(task),
    database: request.database ?? (first === undefined ? null : `${first.host}/${first.name}`),
    code: error?.code ?? null,
    seconds: secondsTaken(run, now),
    rows: progress.rows,
    bytes: progress.bytes,
    cost: costDocument(runCost(run, now, home.settings.fargate?.prices)),
  }
}

/** The same from the key of its end. Null if that key does not have all of it: an earlier version wrote it, or a text is cut. */
export function indexedDetail({ createdAt, ended }: IndexedRun, { settings }: Home): RunDetail | null {
  if (ended === null || ended.state === 'GONE' || ended.facts === undefined) return null
  const { state, code, task, database, facts } = ended
  if (task === null || [code, task, database].some(text => text?.endsWith('…'))) return null
  const { startedMs, tookMs, rows, bytes, charged } = facts
  const started = startedMs === null ? null : createdAt.getTime() + startedMs
  const timeOf = (ms: number) => new Date(ms).toISOString()
  return {
    ...{ state, code, task, database, rows, bytes },
    isDead: false,
    taskUri: null,
    startedAt: started === null ? null : timeOf(started),
    endedAt: started === null ? null : timeOf(started + tookMs),
    seconds: started === null ? null : tookMs / 1000,
    cost: costDocument(costOf(charged, settings.fargate?.prices)),
  }
}

export const costDocument = (cost: TaskCost | null): CostDocument | null =>
  cost === null ? null : { text: costText(cost), prices: cost.prices }
