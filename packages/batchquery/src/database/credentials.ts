import type { BatchQueryError } from '../errors/index.ts'

/** The user and the secret of a login. */
export interface Identity {
  readonly user: string
  /** A password or a token. */
  readonly password: string | null
}

/** A login that a server refused. */
export interface RefusedLogin {
  readonly identity: Identity
  readonly error: BatchQueryError
  /** The server asked for the secret itself (over TLS), as it does for tokens, and not for a proof of a password. */
  readonly askedForClearText: boolean
}

/** The source of the identity of a login. */
export interface Credentials {
  /**
   * Called for every connection, because a token lives for minutes and a password file may have changed.
   *
   * @param signal ends the requests to the network
   */
  read(signal?: AbortSignal): Promise<Identity>
  /** After a refusal: another identity with which one more try makes sense; null if there is none. */
  renew(refused: Identity, signal?: AbortSignal): Promise<Identity | null>
  /** The refusal as an error that says what it means with these credentials, and the next step. */
  explain(refused: RefusedLogin): BatchQueryError
}
