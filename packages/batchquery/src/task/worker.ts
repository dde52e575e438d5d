import { openDatabase } from '../config/index.ts'
import { sessionMark } from '../database/session-mark.ts'
import { BatchQueryError } from '../errors/index.ts'
import { type ReaderSession, readAsWorker, readWork, resolveDestination } from '../export/index.ts'
import type { Log } from '../platform/index.ts'
import { INTERVALS, type RunIntervals, RunStore, StoredRangeBoard, WorkerRegister } from '../run/index.ts'
import { sessionRecord } from '../statements/session.ts'
import { openStore, type Store } from '../store/index.ts'
import { LOOK_MS } from './machines.ts'
import type { RunnerSettings } from './runner-settings.ts'
import { Stop } from './stop.ts'
import type { WorkerOrder } from './worker-order.ts'

/** What surrounds a worker. Tests replace parts of it. */
export interface WorkerProcess {
  readonly environment: NodeJS.ProcessEnv
  readonly folder: string
  readonly log: Log
  readonly intervals?: Partial<RunIntervals>
  readonly lookMs?: number
}

/**
 * Reads ranges of an export of a run that another process owns. It never writes the record, never locks and never publishes.
 *
 * @returns the exit code: 0 also if the export has failed, because then no other machine should take its place
 * @throws the signal's reason, the errors of `WorkerRegister.join` and `readWork`: another machine may take its place
 */
export async function runWorker(
  settings: RunnerSettings,
  order: WorkerOrder,
  process: WorkerProcess,
): Promise<number> {
  const { log } = process
  const { runId, homeBucket } = settings
  const store = openStore(settings.store, log)
  const intervals = { ...INTERVALS, ...process.intervals }
  const place = { store, bucket: homeBucket, id: runId, of: order.of }
  const stop = new Stop(() => log.error(`worker ${order.worker} of run ${runId} takes too long to end`))
  const register = await WorkerRegister.join(
    place,
    { worker: order.worker, ecsTask: settings.ecsTask?.arn ?? null },
    log,
    intervals,
  )
  const watch = watchRun(place, stop, intervals)
  try {
    await read(settings, order, { ...process, store, register, signal: stop.signal })
    log.info(`worker ${register.name}: no range is left`)
    return 0
  } catch (thrown) {
    const error = BatchQueryError.from(thrown)
    log.failure(error)
    if (stop.signal.aborted) return error.code === 'CANCELLED' ? 0 : error.exitCode
    // It may have failed before it had a range.
    await new StoredRangeBoard(store, homeBucket, runId, order.of).fail(error)
    return 0
  } finally {
    clearInterval(watch)
    await register.leave()
    stop.dispose()
  }
}

async function read(
  settings: RunnerSettings,
  { worker, of, sha256 }: WorkerOrder,
  context: WorkerProcess & {
    readonly store: Store
    readonly register: WorkerRegister
    readonly signal: AbortSignal
  },
): Promise<void> {
  const { store, register, signal, log, environment, folder, lookMs = LOOK_MS } = context
  const { runId, homeBucket, configured } = settings
  const board = new StoredRangeBoard(store, homeBucket, runId, of)
  const work = await readWork(board, sha256)
  const url = work.url ?? configured.database
  const database = await openDatabase(url, environment, folder)
  log.info(`worker ${register.name} of run ${runId}: ${work.readers} readers of ${work.ranges.length} ranges`)
  const recorded = (session: ReaderSession) => sessionRecord(database, session)
  await readAsWorker(work, {
    ...{ runId, worker, name: register.name, board, signal, lookMs },
    destination: resolveDestination(work.statement.destination, { store, folder: null }),
    host: {
      ...{ database, mark: sessionMark(runId), limits: { maxSessions: null, warnAbove: {} } },
      source: { url, environment, folder, store: settings.store, files: null },
      opened: session => register.opened(recorded(session)),
      closed: session => register.closed(recorded(session)),
      ranges: () => {},
    },
    staged: token => register.staged(token),
    note: text => log.info(text),
    warn: text => log.warn(text),
  })
}

/** Ends the worker when its run has ended, when another attempt has the run, or when its coordinator is silent for too long. */
function watchRun(
  { store, bucket, id, of }: { store: Store; bucket: string; id: string; of: WorkerOrder['of'] },
  stop: Stop,
  { heartbeatMs, deadAfterMs }: RunIntervals,
): NodeJS.Timeout {
  const runs = new RunStore(store, bucket)
  const ended = new AbortController()
  stop.watch(ended.signal)
  let last = ''
  let since = performance.now()
  const look = async (): Promise<void> => {
    const record = await runs.read(id)
    const now = performance.now()
    if (record.heartbeatAt !== last) since = now
    last = record.heartbeatAt ?? ''
    const isOver = record.endedAt !== null || record.attempt !== of.attempt
    if (isOver || now - since > COORDINATOR_PATIENCE * deadAfterMs)
      ended.abort(new BatchQueryError('CANCELLED', `run ${id} has ended, or its coordinator is dead`))
  }
  // Without an answer of the store, the next look decides.
  return setInterval(() => void look().catch(() => {}), heartbeatMs).unref()
}

/** A worker may believe in its coordinator for longer than others do: nothing of it is published without one. */
const COORDINATOR_PATIENCE = 2
