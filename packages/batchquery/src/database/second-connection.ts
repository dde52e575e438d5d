/** What is done about a session through a second connection. */
export interface SecondConnection {
  /** Ends the session on the server, its own connection being gone. */
  readonly kill: () => Promise<void>
  /** Whether its statement still runs. */
  readonly isAtWork: () => Promise<boolean>
  /** How long the statement may be silent before that is asked. Milliseconds. */
  readonly silenceMs: number
}
