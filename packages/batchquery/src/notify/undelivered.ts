/** A receiver did not take a notification. */
export class Undelivered extends Error {
  override readonly name = 'Undelivered'
  /** Whether another try makes sense. */
  readonly mayPass: boolean
  /** Advice for the user; null if the message says all. */
  readonly hint: string | null

  /** @param message what the receiver did: the log has its name before that */
  constructor(message: string, mayPass: boolean, hint: string | null = null) {
    super(message)
    this.mayPass = mayPass
    this.hint = hint
  }
}
