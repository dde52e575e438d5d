import { BatchQueryError } from '../../errors/index.ts'

/**
 * Why a request of AWS failed, as far as AWS, or the way to it, said so. It takes the place of the SDK's error, which
 * drags along the request with its signature and session token.
 */
export class AwsFailure extends Error {
  override readonly name = 'AwsFailure'
  /** The name of the exception, Node's code for the connection, or the SDK's name for what it could not do. */
  readonly code: string
  /** Null where there was no answer. */
  readonly status: number | null
  /** What a conflict is with. */
  readonly resourceIds: readonly string[]

  constructor(code: string, message: string, status: number | null, resourceIds: readonly string[]) {
    super(message)
    this.code = code
    this.status = status
    this.resourceIds = resourceIds
  }

  describe(): string {
    return this.message === '' || this.message === this.code ? this.code : `${this.message} (${this.code})`
  }
}

/** Node's codes of the system, of HTTP and of TLS, and the SDK's names for what went wrong before a request. */
const WITHOUT_ANSWER = /^(?!ERR_INVALID)[A-Z][A-Z0-9_]+$|^TimeoutError$|ProviderError$/

/** @throws what was thrown where it is no failure of a request: a defect, or an error of our own */
export function failureOf(thrown: unknown): AwsFailure {
  if (thrown instanceof BatchQueryError || !(thrown instanceof Error)) throw thrown
  const { message } = thrown
  if (/^Region (?:is missing|not accepted)/.test(message))
    return new AwsFailure('NoRegion', message, null, [])
  const status = field(field(thrown, '$metadata'), 'httpStatusCode')
  const code = field(thrown, 'code')
  const name = typeof code === 'string' ? code : thrown.name
  if (typeof status !== 'number' && !WITHOUT_ANSWER.test(name)) throw thrown
  const ids = field(thrown, 'resourceIds')
  const resourceIds = Array.isArray(ids) ? ids.filter(id => typeof id === 'string') : []
  return new AwsFailure(name, message, typeof status === 'number' ? status : null, resourceIds)
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
