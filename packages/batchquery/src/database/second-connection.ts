import { BatchQueryError } from '../errors/index.ts'
import type { Look } from './silence-watch.ts'

/** Acts on a session through a second connection. */
export interface SecondConnection {
  /** Ends the session on the server, its own connection being gone. */
  readonly kill: () => Promise<void>
  /** Whether its statement still runs. */
  readonly look: Look
  /** How long the statement may be silent before a look. Milliseconds. */
  readonly silenceMs: number
}

/** The server's report about a session. */
export interface Activity {
  readonly isAtWork: boolean
  /** In the server's own words; null when it does not say. */
  readonly doing: string | null
}

/**
 * Makes a look for the silence watch.
 *
 * @param ask opens the second connection and asks whether the statement runs
 * @param isServers whether the server itself sent the error
 */
export function lookOf(ask: () => Promise<Activity>, isServers: (thrown: unknown) => boolean): Look {
  return async () => {
    try {
      const { isAtWork, doing } = await ask()
      return { found: isAtWork ? 'at work' : 'over', doing }
    } catch (thrown) {
      if (isNoAnswer(BatchQueryError.from(thrown), isServers)) throw thrown
      return { found: 'unknown', doing: null }
    }
  }
}

/**
 * If the network breaks a login, the error has the network's error as its cause. The errors about an IAM token, and about a server that
 * accepted the login and then took too long, have no cause.
 */
const isNoAnswer = ({ code, cause }: BatchQueryError, isServers: (thrown: unknown) => boolean): boolean =>
  code === 'DATABASE_UNREACHABLE' && cause !== undefined && !isServers(cause)
