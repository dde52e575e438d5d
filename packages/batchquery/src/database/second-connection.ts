import { BatchQueryError } from '../errors/index.ts'
import type { Look } from './silence-watch.ts'

/** What is done about a session through a second connection. */
export interface SecondConnection {
  /** Ends the session on the server, its own connection being gone. */
  readonly kill: () => Promise<void>
  /** Whether its statement still runs. */
  readonly isAtWork: Look
  /** How long the statement may be silent before that is asked. Milliseconds. */
  readonly silenceMs: number
}

/**
 * Makes a look of a question to the server.
 *
 * @param ask opens the second connection and asks whether the statement runs
 * @param isServers whether what was thrown is the server's own answer
 */
export function lookOf(ask: () => Promise<boolean>, isServers: (thrown: unknown) => boolean): Look {
  return async () => {
    try {
      return (await ask()) ? 'at work' : 'over'
    } catch (thrown) {
      if (isNoAnswer(BatchQueryError.from(thrown), isServers)) throw thrown
      return 'unknown'
    }
  }
}

/** A login that the network broke off has its error for a cause; a token that cannot be had, and a time that is over, none. */
const isNoAnswer = ({ code, cause }: BatchQueryError, isServers: (thrown: unknown) => boolean): boolean =>
  code === 'DATABASE_UNREACHABLE' && cause !== undefined && !isServers(cause)
