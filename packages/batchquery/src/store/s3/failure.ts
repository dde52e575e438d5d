import { BatchQueryError } from '../../errors/index.ts'

/**
 * Why a request of S3 failed, as far as S3, or the way to it, said so. It takes the place of the SDK's error, which
 * drags along the request with its signature and session token.
 */
export class S3Failure extends Error {
  override readonly name = 'S3Failure'
  /** S3's code, or Node's for the connection, or the SDK's name for what it could not do. Empty where nobody said. */
  readonly code: string
  /** Null where there was no answer. */
  readonly status: number | null
  /** Where S3 says that the bucket is. */
  readonly bucketRegion: string | null
  /** The SDK has taken the difference of the clocks from the answer; the same request would be signed anew. */
  readonly clockCorrected: boolean

  constructor(code: string, message: string, status: number | null, thrown: unknown) {
    super(message)
    this.code = code
    this.status = status
    const headers = field(field(thrown, '$response'), 'headers')
    this.bucketRegion = text(field(headers, 'x-amz-bucket-region')) ?? text(field(thrown, 'Region'))
    this.clockCorrected = field(field(thrown, '$metadata'), 'clockSkewCorrected') === true
  }

  /** As in "Cannot ...: <what it says>". */
  describe(): string {
    const facts = [this.code, this.status === null ? '' : `HTTP ${this.status}`]
    const said = facts.filter(fact => fact !== '' && fact !== this.message).join(', ')
    if (this.message === '') return said
    return said === '' ? this.message : `${this.message} (${said})`
  }
}

/** Null where what was thrown is not a failure of a request: a defect, or an error of our own. */
export function failureOf(thrown: unknown): S3Failure | null {
  if (thrown instanceof BatchQueryError) return null
  const message = text(field(thrown, 'message')) ?? ''
  if (message === 'Region is missing') return new S3Failure('NoRegion', message, null, thrown)
  const status = field(field(thrown, '$metadata'), 'httpStatusCode')
  const code = text(field(thrown, 'code')) ?? text(field(thrown, 'name')) ?? ''
  if (typeof status !== 'number' && !WITHOUT_ANSWER.test(code)) return null
  const statusOrNull = typeof status === 'number' ? status : null
  return new S3Failure(unlessNothing(code), unlessNothing(message), statusOrNull, thrown)
}

/** Node's codes of the system, of HTTP and of TLS, and the SDK's names for what went wrong before a request. */
const WITHOUT_ANSWER = /^(?!ERR_INVALID)[A-Z][A-Z0-9_]+$|^TimeoutError$|ProviderError$|^InvalidBucketName$/

/** The SDK has words for an answer without a body, or with one that is not S3's. */
const unlessNothing = (said: string): string => (/^(?:Unknown|UnknownError|Error)$/.test(said) ? '' : said)

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
