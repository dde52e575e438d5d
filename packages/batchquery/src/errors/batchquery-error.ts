import { CATALOGUE, type ErrorCode } from './catalogue.ts'

/** The form of the error in run records and `--json` documents. */
export interface ErrorDocument {
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string | null
  readonly retryable: boolean
}

export interface ErrorDetails {
  /** The next step for the reader of the message. */
  readonly hint?: string
  readonly cause?: unknown
  /** @default - the catalogue's value for the code */
  readonly retryable?: boolean
  /** A script's own exit code, passed on. @default - the catalogue's value for the code */
  readonly exitCode?: number
}

/** In characters. A message may quote foreign text, which must not fill records and logs. */
const LONGEST_TEXT = 4_096

const cut = (text: string): string =>
  text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT - 3)}...`

/** The only error class. The message says what was being done and the actual value; the hint says the next step. */
export class BatchQueryError extends Error {
  override readonly name = 'BatchQueryError'
  readonly code: ErrorCode
  readonly hint: string | null
  readonly retryable: boolean
  readonly exitCode: number

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(cut(message), details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.hint = details.hint === undefined ? null : cut(details.hint)
    this.retryable = details.retryable ?? CATALOGUE[code].retryable
    this.exitCode = details.exitCode ?? CATALOGUE[code].exit
  }

  toJSON(): ErrorDocument {
    return { code: this.code, message: this.message, hint: this.hint, retryable: this.retryable }
  }

  /** Converts any thrown value to a BatchQueryError. A value that is not one yet is a defect (INTERNAL). */
  static from(thrown: unknown): BatchQueryError {
    return asBatchQueryError(thrown)
  }
}

/** Outside the class, because a class that names itself is bundled under another name, `_BatchQueryError`. */
function asBatchQueryError(thrown: unknown): BatchQueryError {
  if (thrown instanceof BatchQueryError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new BatchQueryError('INTERNAL', message, {
    cause: thrown,
    hint: 'Run the command again with -v, and report what it prints: this is a defect of batchquery.',
  })
}
