import { setMaxListeners } from 'node:events'
import type { Database } from '../database/database.ts'
import { BatchQueryError } from '../errors/index.ts'
import { type Log, unlessAborted } from '../platform/index.ts'
import { abortError } from './errors.ts'
import { WatchedSession } from './watched-session.ts'

/** What the statements of a connection need. */
export interface TurnsOptions {
  readonly database: Database
  /** Stands in every statement on the server. */
  readonly mark: string
  readonly log: Log
  /** Called with every new session, before a statement of it starts. */
  readonly opened: (session: WatchedSession) => Promise<void>
  /** Called with every session that is closed. */
  readonly closed: (session: WatchedSession) => Promise<void>
}

/**
 * The statements of a connection, one after the other in one session. A session that is spent is followed by a new
 * one when the next statement comes.
 *
 *     begin ──(the turn before has ended, a session is there)──▶ Turn ──end, failed──▶ the next one
 */
export class Turns {
  readonly #options: TurnsOptions
  readonly #closing = new AbortController()
  #session: WatchedSession | null = null
  /** Settles, and never rejects, when all turns that were asked for have ended. */
  #last: Promise<void> = Promise.resolve()
  #isReading = false

  constructor(options: TurnsOptions) {
    this.#options = options
    // Any number of calls may wait for their turns.
    setMaxListeners(0, this.#closing.signal)
  }

  /** Does the work in a turn of its own. @throws as `begin`, and what the work throws */
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
   * Waits for the turn, and for the login where there is no session.
   *
   * @param leave for a turn that the caller of the library has in its hands, row by row, and may never end: closes what is
   *   read. Such a turn ends by itself when the signal comes. Null for a turn that its own work ends
   * @throws USAGE where the connection is closed, or the rows of a stream are still being read; as `Database.connect`
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

  /** Stops what runs, and logs out. Safe to call twice. Settles when nothing of the connection is left. */
  async close(): Promise<void> {
    this.#closing.abort(new BatchQueryError('CANCELLED', 'the connection was closed'))
    await this.#last
    if (this.#session !== null) await this.#leave(this.#session)
  }

  async #connect(signal: AbortSignal): Promise<WatchedSession> {
    const { database, mark, log, opened } = this.#options
    const session = new WatchedSession(await database.connect(mark, signal, text => log.info(text)))
    try {
      await opened(session)
      return session
    } catch (thrown) {
      await session.close()
      throw thrown
    }
  }

  async #leave(session: WatchedSession): Promise<void> {
    this.#session = null
    await session.close()
    await this.#options.closed(session)
  }
}

/**
 * One statement's time with the session. While it lasts the signal stops the statement. A turn in the hands of the
 * caller, who may have gone away amid the rows, ends with that signal, as nothing else would end it.
 */
export class Turn {
  readonly session: WatchedSession
  readonly signal: AbortSignal
  readonly #log: Log
  readonly #passOn: (session: WatchedSession) => Promise<void>
  readonly #leave: (() => Promise<unknown>) | null
  #stopping: Promise<void> | null = null
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
    this.#log = log
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
    await this.#stopping
    await this.#passOn(this.session)
  }

  /** Ends the turn. @returns the error as the caller shall see it */
  async failed(thrown: unknown): Promise<BatchQueryError> {
    // What failed may have been on our side, with rows still coming.
    if (this.session.isReading) this.#stop()
    await this.end()
    return this.signal.aborted ? abortError(this.signal.reason) : BatchQueryError.from(thrown)
  }

  readonly #abort = (): void => {
    this.#stop()
    // The caller hears of it with the next row that it asks for.
    this.#leave?.()
      .catch(() => {})
      .then(() => this.end())
      .catch(() => {})
  }

  #stop(): void {
    this.#stopping ??= this.session.cancel().catch(thrown => {
      const { message } = BatchQueryError.from(thrown)
      this.#log.warn(
        `the statement of session ${this.session.id} could not be stopped, and may still run: ${message}`,
      )
    })
  }
}

const closed = (): BatchQueryError =>
  new BatchQueryError('USAGE', 'the connection is closed', { hint: 'Connect again, or close it later.' })

const stillReading = (): BatchQueryError =>
  new BatchQueryError('USAGE', 'the rows of a stream of this connection are still being read', {
    hint: 'End the loop first, or use a second connection.',
  })
