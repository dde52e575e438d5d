import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { BatchQueryError } from '../../errors/index.ts'
import type { JournalStep } from '../../journal/index.ts'
import { packageFile } from '../../platform/index.ts'
import type { StagedRows } from '../stage-rows.ts'
import {
  errorData,
  errorOf,
  type FromReader,
  type Question,
  type RangeProgress,
  type RangeToRead,
  type ReaderSession,
  type ReaderTask,
  type TextRows,
  type ToReader,
} from './messages.ts'

const PROGRAM = packageFile('bin/batchquery-reader.js')
/** The objects of a reader. Its blocks and pages are outside of this. */
const HEAP_MB = 256
const YOUNG_HEAP_MB = 8
/** A reader that does not end for so long is ended by force. The runner itself has 23 s after SIGTERM. */
const STOP_MS = 18_000
const EXIT_MS = 2_000

/** What a reader tells the coordinator unasked. */
export interface ReaderListener {
  readonly journal: (step: JournalStep) => Promise<void>
  readonly progress: (added: RangeProgress) => void
  readonly note: (text: string) => void
  readonly warn: (text: string) => void
}

/**
 * A reader as the coordinator sees it: a thread with a session of its own.
 *
 *     started ─▶ connect ─▶ run … ─▶ read … ─▶ stop ─▶ ended
 *                                      └──the thread dies──▲   `hasDied`
 */
export class ReaderThread {
  readonly #worker: Worker
  readonly #listener: ReaderListener
  readonly #exited: Promise<void>
  readonly #connecting = new Answer<ReaderSession>()
  readonly #running = new Answer<TextRows>()
  readonly #reading = new Answer<StagedRows>()
  readonly #stopping = new Answer<null>()
  #session: ReaderSession | null = null
  #isStopping = false
  #death: BatchQueryError | null = null

  constructor(task: ReaderTask, listener: ReaderListener, program: URL = PROGRAM) {
    this.#listener = listener
    this.#worker = new Worker(fileURLToPath(program), {
      workerData: task,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: YOUNG_HEAP_MB },
    })
    this.#worker.on('message', (message: FromReader) => this.#take(message))
    let failure: Error | null = null
    this.#worker.on('error', error => {
      failure = error
    })
    this.#exited = new Promise(resolve => {
      this.#worker.once('exit', () => {
        if (!this.#isStopping) this.#die(failure)
        this.#stopping.resolve(null)
        resolve()
      })
    })
  }

  /** Null before `connect`. */
  get session(): ReaderSession | null {
    return this.#session
  }

  /** Whether the thread ended by itself. Its session may still be on the server, and its staged objects in the store. */
  get hasDied(): boolean {
    return this.#death !== null
  }

  async connect(): Promise<ReaderSession> {
    this.#session = await this.#ask({ ask: 'connect' }, this.#connecting)
    return this.#session
  }

  /** Runs statements. Returns the rows of the last one. */
  run(statements: readonly string[]): Promise<TextRows> {
    return this.#ask({ ask: 'run', statements }, this.#running)
  }

  read(range: RangeToRead): Promise<StagedRows> {
    return this.#ask({ ask: 'read', ...range }, this.#reading)
  }

  /**
   * Stops what the reader does, and ends it. Resolves when its thread has ended.
   *
   * @returns whether the reader itself has logged out and removed what it staged for the running range
   * @throws DATABASE_LOST if the server did not confirm that the running statement is gone
   */
  async stop(): Promise<boolean> {
    if (this.#isStopping || this.#death !== null) {
      await this.#exited
      return this.#death === null
    }
    this.#isStopping = true
    const stopped = this.#ask({ ask: 'stop' }, this.#stopping)
    try {
      const hasAnswered = await within(stopped, STOP_MS)
      if (hasAnswered) await within(this.#exited, EXIT_MS)
      return hasAnswered
    } finally {
      await this.#worker.terminate()
      this.#fail(new BatchQueryError('CANCELLED', 'the reader was stopped'))
    }
  }

  #ask<T>(question: Question, answer: Answer<T>): Promise<T> {
    if (this.#death !== null) return Promise.reject(this.#death)
    const asked = answer.wait()
    this.#post(question)
    return asked
  }

  #post(message: ToReader): void {
    this.#worker.postMessage(message)
  }

  #take(message: FromReader): void {
    if ('answer' in message) this.#resolve(message)
    else if ('failed' in message) this.#answerTo(message.failed).reject(errorOf(message.error))
    else if ('journal' in message) void this.#write(message.journal, message.number)
    else if ('progress' in message) this.#listener.progress(message.progress)
    else if ('note' in message) this.#listener.note(message.note)
    else this.#listener.warn(message.warn)
  }

  #resolve(message: Extract<FromReader, { readonly answer: unknown }>): void {
    switch (message.answer) {
      case 'connect':
        this.#connecting.resolve(message.value)
        break
      case 'run':
        this.#running.resolve(message.value)
        break
      case 'read':
        this.#reading.resolve(message.value)
        break
      case 'stop':
        this.#stopping.resolve(message.value)
        break
    }
  }

  #answerTo(question: Question['ask']): { reject: (error: unknown) => void } {
    return { connect: this.#connecting, run: this.#running, read: this.#reading, stop: this.#stopping }[
      question
    ]
  }

  async #write(step: JournalStep, number: number): Promise<void> {
    try {
      await this.#listener.journal(step)
      this.#post({ written: number, error: null })
    } catch (thrown) {
      this.#post({ written: number, error: errorData(thrown) })
    }
  }

  #die(cause: Error | null): void {
    const why = cause === null ? '' : `: ${cause.message}`
    this.#death = new BatchQueryError('RUNNER_LOST', `a reader thread of PARALLEL ended by itself${why}`, {
      cause,
      hint: 'Give the runner more memory (--memory), or write a smaller number after PARALLEL.',
    })
    this.#fail(this.#death)
  }

  #fail(error: BatchQueryError): void {
    for (const answer of [this.#connecting, this.#running, this.#reading]) answer.reject(error)
  }
}

/** The answer to the question of one kind that is open. */
class Answer<T> {
  #waiting: { readonly resolve: (value: T) => void; readonly reject: (error: unknown) => void } | null = null

  wait(): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
  }

  resolve(value: T): void {
    this.#waiting?.resolve(value)
    this.#waiting = null
  }

  reject(error: unknown): void {
    this.#waiting?.reject(error)
    this.#waiting = null
  }
}

/** Whether a promise resolves in time. @throws what it rejects with */
async function within(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>(resolve => {
    timer = setTimeout(() => resolve(false), ms)
  })
  try {
    return await Promise.race([work.then(() => true), late])
  } finally {
    clearTimeout(timer)
  }
}
