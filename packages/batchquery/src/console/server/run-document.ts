import { timeLeft } from '../../platform/index.ts'
import {
  type DescribedRun,
  type ExportRecord,
  isSqlTask,
  type RunnerRecord,
  withheldParameters,
} from '../../run/index.ts'
import { runCost } from '../../submit/run-cost.ts'
import { rateOf, secondsTaken } from '../../submit/run-times.ts'
import { taskText } from '../../submit/task-text.ts'
import type { ExportProgress, RunDocument, RunnerDocument, StatementNow } from '../documents.ts'
import type { Console } from './open-console.ts'
import { problemOf } from './problem.ts'
import { costDocument } from './run-details.ts'

/** Describes a run for its page. @throws RUN_NOT_FOUND, RUN_RECORD_INVALID; the store's errors */
export async function runDocument(id: string, served: Console): Promise<RunDocument> {
  const { home, records, samples, commands } = served
  const [run, isCancelRequested] = await Promise.all([
    records.read(id).then(shown => home.runs.describe(shown, false)),
    home.runs.isCancelRequested(id),
  ])
  const now = new Date()
  const { task, request, error, progress } = run
  return {
    id: run.id,
    state: run.state,
    isDead: run.dead,
    task: { uri: home.store.uriOf(task), name: taskText(run, home), sha256: task.sha256 },
    args: run.args,
    parameters: Object.entries(run.params).map(([name, value]) => ({ name, value })),
    withheld: withheldParameters(run),
    variables: isSqlTask(task.key) ? [] : (request.variables ?? []),
    database: request.database,
    databases: run.databases,
    engine: run.engine.name,
    timeoutSeconds: request.timeoutSeconds,
    runner: run.runner === null ? null : runnerOf(run.runner, run.engine.name),
    attempts: attemptsOf(run),
    repeats: run.repeats ?? null,
    repeatedBy: run.repeatedBy,
    createdAt: run.createdAt,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    heartbeatAt: run.heartbeatAt,
    seconds: secondsTaken(run, now),
    exitCode: run.exitCode,
    problem: error === null ? null : problemOf(error),
    warnings: run.warnings,
    progress: { rows: progress.rows, bytes: progress.bytes, parts: progress.parts },
    rate: rateOf(run),
    samples: samples.add(run),
    ranges: progress.ranges === undefined ? null : { done: progress.ranges.done, all: progress.ranges.all },
    etaSeconds: etaOf(run, now),
    statement: statementOf(run, now),
    exports: exportsOf(run),
    outputs: run.outputs,
    cost: costDocument(runCost(run, now, home.settings.fargate?.prices)),
    isCancelRequested,
    now: now.toISOString(),
    commands: commands.ofRun(run.id),
  }
}

/** The statistics of the tables say how many rows an export with PARALLEL has. */
function etaOf(run: DescribedRun, now: Date): number | null {
  const { rows, ranges } = run.progress
  const seconds = secondsTaken(run, now)
  const isKnown =
    run.state === 'RUNNING' && ranges !== undefined && ranges.expectedRows !== null && seconds !== null
  return isKnown ? timeLeft(rows, ranges.expectedRows, seconds) : null
}

/** The name of a file, or of a folder with its slash. */
const nameOf = (key: string): string => key.slice(key.lastIndexOf('/', key.length - 2) + 1)

function runnerOf({ host, pid, version, ecsTask }: Shown, engine: string): RunnerDocument {
  if (ecsTask !== undefined) return { place: `ECS task ${ecsTask}`, version }
  return { place: engine === 'container' ? `container ${host}` : `process ${pid} on ${host}`, version }
}

type Shown = Pick<RunnerRecord, 'host' | 'pid' | 'version' | 'ecsTask'>

const attemptsOf = ({ attempts, engine }: DescribedRun) =>
  attempts.map(shown => ({
    attempt: shown.attempt,
    place: runnerOf(shown, engine.name).place,
    claimedAt: shown.claimedAt,
  }))

function statementOf({ state, statement }: DescribedRun, now: Date): StatementNow | null {
  if (state !== 'RUNNING' || statement === undefined) return null
  const seconds = Math.max(0, now.getTime() - Date.parse(statement.since)) / 1000
  return { ...statement, seconds }
}

function exportsOf({ begun, exports }: DescribedRun): readonly ExportProgress[] {
  const nothing = { state: 'BEGUN', rows: 0, bytes: 0, parts: [] } as const
  const all = [...exports.map(recordedExport), ...begun.map(entry => ({ ...entry, ...nothing }))]
  return all.sort((one, other) => one.attempt - other.attempt || one.number - other.number)
}

const recordedExport = (entry: ExportRecord): ExportProgress => ({
  uri: entry.uri,
  attempt: entry.attempt,
  number: entry.number,
  mode: entry.mode,
  format: entry.format,
  state: entry.state,
  rows: entry.rows,
  bytes: entry.bytes,
  parts: entry.parts.map(({ uri, rows, bytes }) => ({ name: nameOf(uri), rows, bytes })),
})
