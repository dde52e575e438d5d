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
 * Makes a look for the silence watch.
 *
 * @param ask opens the second connection and asks whether the statement runs
 * @param isServers whether the server itself sent the error
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

/**
 * The cause of a login that the network broke off is the network's error. An IAM token that could not be made, and a
 * server that let us in and then took too long, have no cause.
 */
const isNoAnswer = ({ code, cause }: BatchQueryError, isServers: (thrown: unknown) => boolean): boolean =>
  code === 'DATABASE_UNREACHABLE' && cause !== undefined && !isServers(cause)
