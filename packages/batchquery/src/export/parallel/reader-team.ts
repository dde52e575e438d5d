import { setTimeout as sleep } from 'node:timers/promises'
import type { Session } from '../../database/database.ts'
import { refuseOtherState, type SessionState } from '../../database/parallel-reads.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { JournalStep } from '../../journal/index.ts'
import type { StageToken } from '../../store/store.ts'
import type { StagedRows } from '../stage-rows.ts'
import type { RangeProgress, RangeToRead, ReaderTask } from './messages.ts'
import type { ReaderHost } from './reader-host.ts'
import { ReaderThread } from './reader-thread.ts'

/** Fewer than 20 sessions per second are opened. */
const BETWEEN_LOGINS_MS = 55

/** What a team needs of the export around it. */
export interface TeamContext {
  readonly host: ReaderHost
  readonly task: ReaderTask
  readonly state: SessionState
  readonly journal: (step: JournalStep) => Promise<void>
  readonly progress: (added: RangeProgress) => void
  readonly signal: AbortSignal
  readonly note: (text: string) => void
  readonly warn: (text: string) => void
}

/** The readers of an export and its further sessions. It opens, records and ends them. */
export class ReaderTeam {
  readonly readers = new Set<Reader>()
  readonly #context: TeamContext
  readonly #controls: Session[] = []
  #nextLogin = 0
  #started = 0
  #hasEnded = false

  constructor(context: TeamContext) {
    this.#context = context
  }

  /** Starts readers that have the state of the task's session. @throws as `Database.connect`; UNSUPPORTED_CLAUSE for another state */
  async start(count: number): Promise<void> {
    await settled(Array.from({ length: count }, () => this.add([])))
  }

  /** Starts one more reader. @param join the statements by which it joins the moment */
  async add(join: readonly string[]): Promise<Reader> {
    const { host, task, state } = this.#context
    this.#refuseEnd()
    const reader = new Reader(`w${++this.#started}`, task, this.#context, host.program)
    this.readers.add(reader)
    await this.#loginTurn()
    const session = await reader.thread.connect()
    await host.opened(session)
    const rows = await reader.thread.run([...state.setup, state.check])
    refuseOtherState(state, rows)
    if (join.length > 0) await reader.thread.run(join)
    return reader
  }

  /** Has all readers run the same statements. */
  async runAll(statements: readonly string[]): Promise<void> {
    await settled([...this.readers].map(({ thread }) => thread.run(statements)))
  }

  /** Opens a session that reads no range. */
  async connect(): Promise<Session> {
    const { host, signal, note } = this.#context
    this.#refuseEnd()
    await this.#loginTurn()
    const session = await host.database.connect(host.mark, signal, note)
    this.#controls.push(session)
    await host.opened(session)
    return session
  }

  /** Ends a reader, and its session on the server. @returns whether the reader has itself removed what it staged. Never throws */
  async remove(reader: Reader): Promise<boolean> {
    const { host, warn } = this.#context
    if (!this.readers.delete(reader)) return true
    const { thread } = reader
    try {
      const hasCleaned = await thread.stop()
      const { session } = thread
      if (session === null) return hasCleaned
      if (!hasCleaned) await host.database.endSessions([session.id], host.mark)
      host.closed(session)
      return hasCleaned
    } catch (thrown) {
      warn(
        `the session ${thread.session?.id ?? ''} of a reader may still be running: ${BatchQueryError.from(thrown).message}`,
      )
      return false
    }
  }

  /** Ends all readers. Never throws. @returns whether each of them has removed what it staged */
  async endReaders(): Promise<boolean> {
    this.#hasEnded = true
    const cleaned = await Promise.all([...this.readers].map(reader => this.remove(reader)))
    return cleaned.every(Boolean)
  }

  /** Ends the other sessions. Never throws. */
  async endControls(): Promise<void> {
    const { host, warn } = this.#context
    await Promise.all(
      this.#controls.splice(0).map(async session => {
        try {
          await session.cancel()
          await session.close()
          host.closed(session)
        } catch (thrown) {
          warn(`the session ${session.id} may still be running: ${BatchQueryError.from(thrown).message}`)
        }
      }),
    )
  }

  async #loginTurn(): Promise<void> {
    const now = performance.now()
    const at = Math.max(now, this.#nextLogin)
    this.#nextLogin = at + BETWEEN_LOGINS_MS
    if (at > now) await sleep(at - now, undefined, { signal: this.#context.signal })
    this.#refuseEnd()
  }

  /** An export that has failed elsewhere opens nothing more. */
  #refuseEnd(): void {
    if (this.#hasEnded) throw new BatchQueryError('CANCELLED', 'the export has ended')
  }
}

/** A reader with what is known of the range that it reads. */
export class Reader {
  /** For records and people: `w3`. */
  readonly name: string
  readonly thread: ReaderThread
  readonly #progress: (added: RangeProgress) => void
  #tokens: StageToken[] = []
  #counted: RangeProgress = { rows: 0, bytes: 0, parts: 0 }

  constructor(
    name: string,
    task: ReaderTask,
    { journal, progress, note, warn }: Pick<TeamContext, 'journal' | 'progress' | 'note' | 'warn'>,
    program: URL | undefined,
  ) {
    this.name = name
    this.#progress = progress
    const listener = {
      journal: async (step: JournalStep) => {
        if (step.step === 'opened') this.#tokens.push(step.token)
        await journal(step)
      },
      progress: (added: RangeProgress) => this.#count(added),
      ...{ note, warn },
    }
    this.thread = new ReaderThread(task, listener, program)
  }

  /** What the journal has of the running range. */
  get tokens(): readonly StageToken[] {
    return this.#tokens
  }

  read(range: RangeToRead): Promise<StagedRows> {
    this.#tokens = []
    this.#counted = { rows: 0, bytes: 0, parts: 0 }
    return this.thread.read(range)
  }

  /** Takes back the progress of a range that is read again. */
  uncount(): void {
    const { rows, bytes, parts } = this.#counted
    this.#count({ rows: -rows, bytes: -bytes, parts: -parts })
  }

  #count(added: RangeProgress): void {
    const { rows, bytes, parts } = this.#counted
    this.#counted = { rows: rows + added.rows, bytes: bytes + added.bytes, parts: parts + added.parts }
    this.#progress(added)
  }
}

/** Waits for all of them, so that none goes on alone. @throws the first failure */
async function settled(works: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(works)
  for (const result of results) if (result.status === 'rejected') throw result.reason
}
