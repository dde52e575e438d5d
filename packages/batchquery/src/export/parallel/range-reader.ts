import type { Database, Session } from '../../database/database.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { Journal, JournalStep } from '../../journal/index.ts'
import type { Places } from '../../store/index.ts'
import { type Destination, resolveDestination } from '../destination.ts'
import { type ExportPlan, planExport } from '../plan.ts'
import { RecordedStaging } from '../recorded-staging.ts'
import { Staging } from '../stage.ts'
import { describerOf, type StagedRows, stageRows } from '../stage-rows.ts'
import {
  type ErrorData,
  errorData,
  errorOf,
  type FromReader,
  type Question,
  type RangeToRead,
  type ReaderSession,
  type ReaderTask,
  type TextRows,
  type ToReader,
} from './messages.ts'

/** The answers to the coordinator's questions have few rows. */
const MOST_ROWS = 10_000
/** Progress is worth a message after so many milliseconds. */
const PROGRESS_MS = 250

/** Reads ranges of an export in one session, for a coordinator that it knows by messages only. */
export class RangeReader {
  readonly #task: ReaderTask
  readonly #database: Database
  readonly #plan: ExportPlan
  readonly #send: (message: FromReader) => void
  readonly #journal: MessageJournal
  readonly #stopped = new AbortController()
  #session: Session | null = null
  /** The running question; it never rejects. */
  #running: Promise<unknown> = Promise.resolve()

  constructor(task: ReaderTask, database: Database, places: Places, send: (message: FromReader) => void) {
    const { statement } = task
    this.#task = task
    this.#database = database
    this.#plan = planExport(statement, resolveDestination(statement.destination, places))
    this.#send = send
    this.#journal = new MessageJournal(send)
  }

  /** Takes a message. @returns whether the reader has ended */
  async take(message: ToReader): Promise<boolean> {
    if ('written' in message) {
      this.#journal.written(message.written, message.error)
      return false
    }
    try {
      await this.#answer(message)
    } catch (thrown) {
      this.#send({ failed: message.ask, error: errorData(thrown) })
    }
    return message.ask === 'stop'
  }

  async #answer(question: Question): Promise<void> {
    switch (question.ask) {
      case 'connect':
        return this.#send({ answer: 'connect', value: await this.#while(this.#connect()) })
      case 'run':
        return this.#send({ answer: 'run', value: await this.#while(this.#run(question.statements)) })
      case 'read':
        return this.#send({ answer: 'read', value: await this.#while(this.#read(question)) })
      case 'stop':
        await this.#stop()
        return this.#send({ answer: 'stop', value: null })
    }
  }

  #while<T>(work: Promise<T>): Promise<T> {
    this.#running = work.catch(() => {})
    return work
  }

  async #connect(): Promise<ReaderSession> {
    const waiting = (note: string): void => this.#send({ note })
    const session = await this.#database.connect(this.#task.mark, this.#stopped.signal, waiting)
    this.#session = session
    return { id: session.id, server: session.server }
  }

  async #run(statements: readonly string[]): Promise<TextRows> {
    let rows: TextRows = []
    for (const sql of statements) {
      const { results } = await this.#open.execute(sql, MOST_ROWS)
      rows = results.at(-1)?.rows ?? []
    }
    return rows
  }

  /** If it fails, nothing of the range is staged any more. */
  async #read({ range, keepsEmpty, level }: RangeToRead): Promise<StagedRows> {
    const { destination } = this.#plan
    const store = new RecordedStaging(alwaysRecorded(destination), this.#journal, Promise.resolve())
    const progress = new ProgressMessages(this.#send)
    const describer = describerOf(this.#plan)
    const staging = new Staging(
      { ...destination, store },
      this.#plan,
      this.#task.runId,
      (...added) => progress.add(...added),
      describer,
      { number: range.number, keepsEmpty },
    )
    const { signal } = this.#stopped
    try {
      return await stageRows(
        this.#open,
        this.#plan,
        staging,
        { query: range.query, level, describer },
        { runId: this.#task.runId, signal, ...this.#told },
      )
    } catch (error) {
      await this.#open.cancel().catch(thrown => this.#send({ warn: BatchQueryError.from(thrown).message }))
      await staging.abort()
      throw error
    } finally {
      progress.flush()
    }
  }

  /** The server confirms that the statement is gone before the staged objects go. */
  async #stop(): Promise<void> {
    this.#stopped.abort(new BatchQueryError('CANCELLED', 'the coordinator stopped the reader'))
    try {
      await this.#session?.cancel()
    } finally {
      await this.#running
      await this.#session?.close()
    }
  }

  get #open(): Session {
    if (this.#session === null) throw new BatchQueryError('INTERNAL', 'a reader has no session yet')
    return this.#session
  }

  get #told() {
    return {
      warn: (warn: string) => this.#send({ warn }),
      note: (note: string) => this.#send({ note }),
    }
  }
}

/** The coordinator must know each token, whatever the store keeps: it removes what a dead reader has staged. */
const alwaysRecorded = ({ store, uri }: Destination): ConstructorParameters<typeof RecordedStaging>[0] => ({
  uri,
  store: {
    capabilities: { keepsOwner: false },
    stage: (...call) => store.stage(...call),
    abort: token => store.abort(token),
  },
})

/** Has the coordinator write the steps. */
class MessageJournal implements Pick<Journal, 'write'> {
  readonly #send: (message: FromReader) => void
  readonly #waiting = new Map<number, (error: ErrorData | null) => void>()
  #number = 0

  constructor(send: (message: FromReader) => void) {
    this.#send = send
  }

  write(step: JournalStep): Promise<void> {
    const number = ++this.#number
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, error => (error === null ? resolve() : reject(errorOf(error))))
      this.#send({ journal: step, number })
    })
  }

  written(number: number, error: ErrorData | null): void {
    this.#waiting.get(number)?.(error)
    this.#waiting.delete(number)
  }
}

/** Adds up counts, so that a message has those of many blocks. */
class ProgressMessages {
  readonly #send: (message: FromReader) => void
  #rows = 0
  #bytes = 0
  #parts = 0
  #sentAt = 0

  constructor(send: (message: FromReader) => void) {
    this.#send = send
  }

  add(rows: number, bytes: number, parts: number): void {
    this.#rows += rows
    this.#bytes += bytes
    this.#parts += parts
    if (performance.now() - this.#sentAt >= PROGRESS_MS) this.flush()
  }

  flush(): void {
    this.#send({ progress: { rows: this.#rows, bytes: this.#bytes, parts: this.#parts } })
    this.#rows = 0
    this.#bytes = 0
    this.#parts = 0
    this.#sentAt = performance.now()
  }
}
