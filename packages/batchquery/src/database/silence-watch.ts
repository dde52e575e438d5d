import { BatchQueryError } from '../errors/index.ts'

/** The part of a session's socket that shows whether it is silent. */
export interface WatchedSocket {
  /** Since it was opened. */
  readonly bytesRead: number
  isPaused(): boolean
}

/** The result of a look through a second connection. */
export interface Sight {
  /** `unknown` if the server answers, but not this question. */
  readonly found: 'at work' | 'over' | 'unknown'
  /** The server's own words for its work on the statement; null if it does not say. */
  readonly doing: string | null
}

/** Looks for a statement through a second connection. Throws if the server does not answer. */
export type Look = () => Promise<Sight>

const LOOKS_IN_VAIN = 2
/** How often the watch looks at the socket within the time that counts as silence. */
const PRECISION = 6

/**
 * Watches a statement that sends nothing. A connection can vanish without any sign, for example if a NAT gateway forgot it or the server's
 * machine was lost. The session would then wait for its statement for ever:
 *
 *     hears ──(silent for a minute)──▶ looks ──still at work──▶ hears
 *                                        ├──no answer to this question──▶ looks again in a minute
 *                                        └──gone, or no server──▶ looks again ──the same──▶ lost
 *
 * A look that the server refuses says nothing about the statement: the server has no free connection, the password has changed, or the user
 * may not read the list of sessions. Until a look succeeds, only TCP's keep-alive notices a connection that is gone.
 *
 * A socket that we have paused is not silent. The timer does not keep the process alive.
 */
export class SilenceWatch {
  readonly #socket: () => WatchedSocket
  readonly #look: Look
  readonly #lost: (error: BatchQueryError) => void
  readonly #silenceMs: number
  #timer: NodeJS.Timeout | undefined
  #bytesRead = -1
  #heardAt = 0
  #inVain = 0
  #doing: string | null = null

  /** @param lost called once, for a statement whose end did not reach us */
  constructor(
    socket: () => WatchedSocket,
    look: Look,
    lost: (error: BatchQueryError) => void,
    silenceMs: number,
  ) {
    this.#socket = socket
    this.#look = look
    this.#lost = lost
    this.#silenceMs = silenceMs
  }

  /** The server's own words for its work on the statement, from the last look. */
  get doing(): string | null {
    return this.#doing
  }

  /** A statement was sent. */
  start(): void {
    this.#doing = null
    this.#hear()
    this.#schedule()
  }

  /** The statement is over. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #schedule(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#check(), this.#silenceMs / PRECISION).unref()
  }

  #hear(): void {
    this.#bytesRead = this.#socket().bytesRead
    this.#heardAt = performance.now()
    this.#inVain = 0
  }

  async #check(): Promise<void> {
    const timer = this.#timer
    const { bytesRead } = this.#socket()
    if (bytesRead !== this.#bytesRead || this.#socket().isPaused()) this.#hear()
    const isSilent = performance.now() - this.#heardAt >= this.#silenceMs
    if (isSilent) {
      const found = await this.#lookFor()
      // The statement may have ended meanwhile, and another one begun.
      if (timer !== this.#timer || this.#socket().bytesRead !== bytesRead) return this.#goOn(timer)
      if (found === 'at work') this.#hear()
      else if (found === 'unknown') this.#heardAt = performance.now()
      else if (++this.#inVain >= LOOKS_IN_VAIN) {
        this.stop()
        this.#lost(found)
        return
      }
    }
    this.#goOn(timer)
  }

  #goOn(timer: NodeJS.Timeout | undefined): void {
    if (timer === this.#timer && timer !== undefined) this.#schedule()
  }

  /** The error if the statement seems to be lost. */
  async #lookFor(): Promise<'at work' | 'unknown' | BatchQueryError> {
    try {
      const { found, doing } = await this.#look()
      this.#doing = doing
      return found === 'over' ? lost('the server no longer runs the statement') : found
    } catch (cause) {
      return lost(`batchquery cannot ask the server: ${BatchQueryError.from(cause).message}`, cause)
    }
  }
}

const lost = (why: string, cause?: unknown): BatchQueryError =>
  new BatchQueryError('DATABASE_LOST', `the connection is lost: the statement sent nothing, and ${why}`, {
    hint: 'Run again. If it happens again, check the server, and check the firewalls and NAT gateways on the way: some drop quiet connections.',
    cause,
  })
