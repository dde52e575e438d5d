import { BatchQueryError } from '../errors/index.ts'
import type { Journal, JournalStep, StepOf } from '../journal/index.ts'
import type { Log } from '../platform/index.ts'
import type { DatabaseSession, Progress } from '../run/index.ts'
import type { ExportRun } from './export-run.ts'
import { ReportChannel } from './report-channel.ts'

/** A request has at most 64 KiB. A part needs about 500 bytes, and its names at most 4 KiB. */
const PARTS_IN_REQUEST = 12
const PROGRESS_MS = 1_000

let joined: JoinedRun | null = null

/**
 * Returns the run of the task that this process belongs to; null outside of a task. All connections of a process share one channel
 * to the runner.
 */
export function joinedRun({
  BATCHQUERY_RUN_ID: id,
  BATCHQUERY_REPORT_FD: fd,
}: NodeJS.ProcessEnv): JoinedRun | null {
  if (id === undefined || fd === undefined || !/^\d+$/.test(fd)) return null
  joined ??= new JoinedRun(id, new ReportChannel(Number(fd)))
  return joined
}

/** The run of a task, for a process of the task. Only the runner writes its record. */
export class JoinedRun {
  readonly runId: string
  readonly #channel: ReportChannel
  #progress: Progress = { rows: 0, bytes: 0, parts: 0 }
  #sentAt = 0

  constructor(runId: string, channel: ReportChannel) {
    this.runId = runId
    this.#channel = channel
    // An uncaught error makes the task fail: Node prints it with its stack, and this puts it into the record.
    process.on('uncaughtExceptionMonitor', thrown => {
      if (thrown instanceof BatchQueryError) channel.sendNow('failure', thrown)
    })
  }

  /** Must resolve before a statement starts. */
  async recordSession(session: DatabaseSession): Promise<void> {
    await this.#channel.request('session', session)
  }

  /** Never throws: if the runner does not get this, it ends the session once more. */
  async sessionEnded(session: DatabaseSession): Promise<void> {
    await this.#channel.request('sessionEnded', session).catch(() => {})
  }

  async beginExport(uri: string, log: Log): Promise<ExportRun> {
    const { isOurs } = await this.#channel.request('exportBegun', { uri })
    return {
      id: this.runId,
      journal: new JoinedJournal(this.#channel, isOurs === true),
      stopped: this.#channel.lost,
      addProgress: added => this.#addProgress(added),
      warn: text => {
        log.warn(text)
        this.#channel.send('warning', text)
      },
      finish: async () => {
        this.#sendProgress()
        // Without a runner there is nothing to do.
        await this.#channel.request('exportEnded', { uri }).catch(() => {})
      },
    }
  }

  /** Sends totals: the runner takes the latest. */
  #addProgress({ rows = 0, bytes = 0, parts = 0 }: Partial<Progress>): void {
    const before = this.#progress
    this.#progress = { rows: before.rows + rows, bytes: before.bytes + bytes, parts: before.parts + parts }
    if (performance.now() - this.#sentAt >= PROGRESS_MS) this.#sendProgress()
  }

  #sendProgress(): void {
    this.#sentAt = performance.now()
    this.#channel.send('progress', this.#progress)
  }
}

/** The journal of an export. The runner keeps it (run/joined-run.ts), and each step is a request. */
class JoinedJournal implements Journal {
  readonly #channel: ReportChannel
  readonly #isOurs: boolean

  constructor(channel: ReportChannel, isOurs: boolean) {
    this.#channel = channel
    this.#isOurs = isOurs
  }

  async write(step: JournalStep): Promise<void> {
    await this.#channel.request('journal', step.step === 'staged' ? await this.#withoutParts(step) : step)
  }

  isOurs(): boolean {
    return this.#isOurs
  }

  async isAlone(uri: string): Promise<boolean> {
    const { isAlone } = await this.#channel.request('isAlone', { uri })
    return isAlone === true
  }

  async #withoutParts({ step, export: { parts, ...staged } }: StepOf<'staged'>) {
    for (let at = 0; at < parts.length; at += PARTS_IN_REQUEST)
      await this.#channel.request('parts', { uri: staged.uri, parts: parts.slice(at, at + PARTS_IN_REQUEST) })
    return { step, export: staged }
  }
}
