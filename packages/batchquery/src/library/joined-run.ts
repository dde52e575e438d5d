import { BatchQueryError } from '../errors/index.ts'
import type { Journal, JournalStep, StepOf } from '../journal/index.ts'
import type { Log } from '../platform/index.ts'
import type { DatabaseSession, Progress } from '../run/index.ts'
import type { ExportRun } from './export-run.ts'
import { ReportChannel } from './report-channel.ts'

/** A request has at most 64 KiB; a part takes some 500 bytes, and its names at most 4 KiB. */
const PARTS_IN_REQUEST = 12
const PROGRESS_MS = 1_000

let joined: JoinedTask | null = null

/**
 * The run of the task that this process belongs to; null outside of a task. There is one way to the runner in a
 * process, whatever the number of its connections.
 */
export function joinedTask({
  BATCHQUERY_RUN_ID: id,
  BATCHQUERY_REPORT_FD: fd,
}: NodeJS.ProcessEnv): JoinedTask | null {
  if (id === undefined || fd === undefined || !/^\d+$/.test(fd)) return null
  joined ??= new JoinedTask(id, new ReportChannel(Number(fd)))
  return joined
}

/** A task's run, as a process of the task sees it: its record is the runner's to write. */
export class JoinedTask {
  readonly runId: string
  readonly #channel: ReportChannel
  #progress: Progress = { rows: 0, bytes: 0, parts: 0 }
  #saidAt = 0

  constructor(runId: string, channel: ReportChannel) {
    this.runId = runId
    this.#channel = channel
    // What nobody has caught is why the task fails: Node prints it, with its stack, and the run's record says it.
    process.on('uncaughtExceptionMonitor', thrown => {
      if (thrown instanceof BatchQueryError) channel.sayLast('failure', thrown)
    })
  }

  /** To be awaited before a statement starts. */
  async recordSession(session: DatabaseSession): Promise<void> {
    await this.#channel.request('session', session)
  }

  /** Never throws: a session of which the runner does not hear this is ended by it once more. */
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
        this.#channel.say('warning', text)
      },
      finish: async () => {
        this.#sayProgress()
        // Without the runner nothing is left to be said.
        await this.#channel.request('exportEnded', { uri }).catch(() => {})
      },
    }
  }

  /** All that this process has done so far: the totals are what the runner takes. */
  #addProgress({ rows = 0, bytes = 0, parts = 0 }: Partial<Progress>): void {
    const before = this.#progress
    this.#progress = { rows: before.rows + rows, bytes: before.bytes + bytes, parts: before.parts + parts }
    if (performance.now() - this.#saidAt >= PROGRESS_MS) this.#sayProgress()
  }

  #sayProgress(): void {
    this.#saidAt = performance.now()
    this.#channel.say('progress', this.#progress)
  }
}

/** The journal of an export, kept by the runner (run/joined-run.ts): each step is a request. */
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
