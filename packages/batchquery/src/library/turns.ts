import { setMaxListeners } from 'node:events'
import type { Database, Session } from '../database/database.ts'
import { BatchQueryError } from '../errors/index.ts'
import { type Log, unlessAborted } from '../platform/index.ts'
import { openSession, type Stopping, stopOnAbort } from '../statements/session.ts'
import { abortError } from './errors.ts'
import { WatchedSession } from './watched-session.ts'

/** The parts that the turns of a connection share. */
export interface TurnsOptions {
  readonly database: Database
  /** Every statement carries it on the server. */
  readonly mark: string
  readonly log: Log
  /** Called with each new session before its first statement. */
  readonly opened: (session: Session) => Promise<void>
  /** Called with each closed session. */
  readonly closed: (session: Session) => Promise<void>
}

/**
 * Runs the statements of a connection one after the other in one session. If a session is spent, the next statement opens a new one.
 *
 *     begin ──(the turn before has ended, a session is open)──▶ Turn ──end, failed──▶ the next one
 */
export class Turns {
  readonly #options: TurnsOptions
  readonly #closing = new AbortController()
  #session: WatchedSession | null = null
  /** Resolves when all requested turns have ended; never rejects. */
  #last: Promise<void> = Promise.resolve()
  #isReading = false

  constructor(options: TurnsOptions) {
    this.#options = options
    // Any number of calls may wait for their turns, and each one listens.
    setMaxListeners(0, this.#closing.signal)
  }

  /** Does the work in its own turn. @throws as `begin` and `work` */
  async take<T>(
    work: (session: WatchedSession, signal: AbortSignal) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const turn = await this.begin(signal)
    let result: T
    try {
      result = await work(turn.session, turn.signal)
    } catch (thrown) {
      throw await turn.failed(thrown)
    }
    await turn.end()
    return result
  }

  /**
   * Waits for the turn, and for the login if no session is open.
   *
   * @param leave stops reading rows. For a turn in which a program reads row by row and may never end the loop: such a turn ends by itself
   *   when the signal aborts. Null for a turn that its own work ends
   * @throws USAGE if the connection is closed, or a program still reads the rows of a stream; as `Database.connect`
   */
  async begin(given?: AbortSignal, leave: (() => Promise<unknown>) | null = null): Promise<Turn> {
    if (this.#closing.signal.aborted) throw closed()
    if (this.#isReading) throw stillReading()
    const signal = given === undefined ? this.#closing.signal : AbortSignal.any([given, this.#closing.signal])
    const before = this.#last
    let pass = (): void => {}
    this.#last = new Promise(resolve => {
      pass = resolve
    })
    try {
      await unlessAborted(signal, () => before)
      this.#session ??= await this.#connect(signal)
      this.#isReading = leave !== null
      const passOn = async (session: WatchedSession): Promise<void> => {
        this.#isReading = false
        try {
          if (session.isSpent) await this.#leave(session)
        } finally {
          pass()
        }
      }
      return new Turn(this.#session, signal, this.#options.log, passOn, leave)
    } catch (thrown) {
      void before.then(pass)
      throw signal.aborted ? abortError(signal.reason) : thrown
    }
  }

  /** Stops the running statement and logs out. Resolves when the session is closed. Safe to call twice. */
  async close(): Promise<void> {
    this.#closing.abort(new BatchQueryError('CANCELLED', 'the connection was closed'))
    await this.#last
    if (this.#session !== null) await this.#leave(this.#session)
  }

  async #connect(signal: AbortSignal): Promise<WatchedSession> {
    const { database, mark, log, opened } = this.#options
    const waiting = (text: string): void => log.info(text)
    return new WatchedSession(await openSession(database, { mark, signal, waiting, opened }))
  }

  async #leave(session: WatchedSession): Promise<void> {
    this.#session = null
    await session.close()
    await this.#options.closed(session)
  }
}

/**
 * The time in which one statement has the session. Until it ends, the signal stops the statement. The signal also ends a turn in which a
 * program reads rows, because the program may have left its loop unfinished.
 */
export class Turn {
  readonly session: WatchedSession
  readonly signal: AbortSignal
  readonly #stopping: Stopping
  readonly #passOn: (session: WatchedSession) => Promise<void>
  readonly #leave: (() => Promise<unknown>) | null
  #ending: Promise<void> | null = null

  constructor(
    session: WatchedSession,
    signal: AbortSignal,
    log: Log,
    passOn: (session: WatchedSession) => Promise<void>,
    leave: (() => Promise<unknown>) | null,
  ) {
    this.session = session
    this.signal = signal
    this.#stopping = stopOnAbort(session, signal, text => log.warn(text))
    this.#passOn = passOn
    this.#leave = leave
    if (signal.aborted) this.#abort()
    signal.addEventListener('abort', this.#abort)
  }

  /** Safe to call twice. */
  end(): Promise<void> {
    this.#ending ??= this.#end()
    return this.#ending
  }

  async #end(): Promise<void> {
    this.signal.removeEventListener('abort', this.#abort)
    await this.#stopping.done()
    await this.#passOn(this.session)
  }

  /** Ends the turn. @returns the error for the caller */
  async failed(thrown: unknown): Promise<BatchQueryError> {
    // This process may have failed while rows were still coming.
    if (this.session.isReading) this.#stopping.stop()
    await this.end()
    return this.signal.aborted ? abortError(this.signal.reason) : BatchQueryError.from(thrown)
  }

  readonly #abort = (): void => {
    // The program gets the error when it asks for the next row.
    this.#leave?.()
      .catch(() => {})
      .then(() => this.end())
      .catch(() => {})
  }
}

const closed = (): BatchQueryError =>
  new BatchQueryError('USAGE', 'the connection is closed', {
    hint: 'Connect again, or close the connection later.',
  })

const stillReading = (): BatchQueryError =>
  new BatchQueryError('USAGE', 'a stream of this connection is still open', {
    hint: 'End the loop first, or use a second connection.',
  })
