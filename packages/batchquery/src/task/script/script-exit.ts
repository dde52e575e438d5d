import { BatchQueryError, type ErrorDetails } from '../../errors/index.ts'
import type { LastLines } from './last-lines.ts'

/** A script that ended with another exit code than 0. */
export class ScriptExit extends BatchQueryError {
  readonly #details: ErrorDetails
  readonly #last: LastLines

  /** @param last for the record, whose readers do not see the output of the script */
  constructor(message: string, last: LastLines, details: ErrorDetails) {
    super('SCRIPT_EXIT', message, details)
    this.#details = details
    this.#last = last
  }

  /** The error for the record. */
  withLastLines(): BatchQueryError {
    return new BatchQueryError(this.code, `${this.message}${this.#last}`, { ...this.#details, cause: this })
  }
}
