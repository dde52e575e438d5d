import { createHash } from 'node:crypto'
import { BatchQueryError } from '../errors/index.ts'
import type { Journal } from '../journal/index.ts'
import type { Log } from '../platform/index.ts'
import type { DatabaseSession } from '../run/index.ts'
import { type OwnedRun, type Progress, taskKey, thisRunner } from '../run/index.ts'
import type { Home } from '../submit/home.ts'

const TASK_NAME = 'query.sql'

/** The run that an export belongs to: one of its own, or that of the task which this process executes. */
export interface ExportRun {
  readonly id: string
  readonly journal: Journal
  /** Aborted with the error that the export is to end with: cancelled by somebody else, or taken over. */
  readonly stopped: AbortSignal
  addProgress(added: Partial<Progress>): void
  warn(text: string): void
  /** The end of the export. */
  finish(error: BatchQueryError | null): Promise<void>
}

/** What an export begins with. */
export interface ExportBeginning {
  /** Writes the statement as a task, for a run of its own. */
  readonly task: () => string
  readonly session: DatabaseSession
  /** The destination, absolute. */
  readonly uri: string
}

/**
 * Submits a run for one export and takes it for this process, as a runner would: it is listed, followed, cancelled and
 * reaped like any other, and its task is the statement. The session is in its record when this returns.
 *
 * @throws what the store throws; RUN_CLAIMED, RUN_CONFLICT where the id is somebody else's
 */
export async function beginRun(
  id: string,
  { task, session }: ExportBeginning,
  { settings, store, runs }: Home,
  log: Log,
): Promise<ExportRun> {
  const bytes = Buffer.from(task())
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const address = { bucket: settings.bucket, key: taskKey(id, TASK_NAME) }
  const run = await runs.claim(
    {
      id,
      task: address,
      args: [],
      params: {},
      request: {
        ...{ database: settings.shownDatabase, timeoutSeconds: null, pin: sha256 },
        ...(settings.exclusive && { exclusive: true }),
      },
      engine: { name: 'local' },
      createdAt: new Date(),
    },
    await thisRunner(true),
    log,
  )
  try {
    await store.put(address, bytes)
    await run.start({ versionId: null, sha256 })
    await run.recordSession(session)
  } catch (thrown) {
    const error = BatchQueryError.from(thrown)
    await run.finish(error)
    throw error
  }
  return new OwnExportRun(run)
}

class OwnExportRun implements ExportRun {
  readonly id: string
  readonly journal: Journal
  readonly stopped: AbortSignal
  readonly #run: OwnedRun

  constructor(run: OwnedRun) {
    this.id = run.record.id
    this.journal = run.journal
    this.stopped = AbortSignal.any([run.cancelled, run.lost])
    this.#run = run
  }

  addProgress(added: Partial<Progress>): void {
    this.#run.addProgress(added)
  }

  warn(text: string): void {
    this.#run.warn(text)
  }

  async finish(error: BatchQueryError | null): Promise<void> {
    await this.#run.finish(error)
  }
}
