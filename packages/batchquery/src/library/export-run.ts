import { BatchQueryError } from '../errors/index.ts'
import type { Journal } from '../journal/index.ts'
import type { Log } from '../platform/index.ts'
import type { DatabaseSession } from '../run/index.ts'
import { type OwnedRun, type Progress, thisRunner } from '../run/index.ts'
import type { Home } from '../submit/home.ts'
import { uploadTask, writtenTask } from '../submit/task.ts'

const TASK_NAME = 'query.sql'

/** The run that an export belongs to: its own, or the run of the task that this process executes. */
export interface ExportRun {
  readonly id: string
  readonly journal: Journal
  /** Aborted with the error that the export must end with: the run was cancelled, or another attempt has claimed it. */
  readonly stopped: AbortSignal
  addProgress(added: Partial<Progress>): void
  warn(text: string): void
  /** Ends the export. */
  finish(error: BatchQueryError | null): Promise<void>
}

/** The input of `beginExport`. */
export interface ExportBeginning {
  /** Returns the statement as the text of a task, for a run of its own. */
  readonly task: () => string
  readonly session: DatabaseSession
  /** The destination, absolute. */
  readonly uri: string
}

/**
 * Submits a run for one export, and claims it for this process, as a runner would. The run is listed, followed, cancelled and reaped
 * like any other, and its task is the statement. When this returns, the record contains the session.
 *
 * @throws RUN_CLAIMED, RUN_CONFLICT if another run has the id; errors of the store
 */
export async function beginRun(
  id: string,
  { task, session }: ExportBeginning,
  { settings, store, runs }: Home,
  log: Log,
): Promise<ExportRun> {
  const written = writtenTask(id, settings.bucket, TASK_NAME, task())
  const sha256 = written.upload.sha256
  const run = await runs.claim(
    {
      id,
      task: written,
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
    await uploadTask(store, written)
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
    this.#run.notes.addProgress(added)
  }

  warn(text: string): void {
    this.#run.warn(text)
  }

  async finish(error: BatchQueryError | null): Promise<void> {
    await this.#run.finish(error)
  }
}
