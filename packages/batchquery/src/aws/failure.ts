import { BatchQueryError } from '../errors/index.ts'

/** What AWS, or the network, reported about a request. */
interface FailureFacts {
  /** The service's code, Node's code for the connection, or the SDK's name for what it could not do. */
  readonly code: string
  readonly message: string
  /** Null if there was no answer. */
  readonly status: number | null
}

/**
 * Why an AWS request failed, as far as AWS or the network reported it. It replaces the SDK's error, which contains
 * the whole request with its signature and session token.
 */
export class AwsFailure extends Error implements FailureFacts {
  override readonly name: string = 'AwsFailure'
  readonly code: string
  readonly status: number | null
  /** The resources that a conflict is with. */
  readonly resourceIds: readonly string[]

  constructor({ code, message, status }: FailureFacts, resourceIds: readonly string[] = []) {
    super(message)
    this.code = code
    this.status = status
    this.resourceIds = resourceIds
  }

  /** The text after "Cannot ...: ". */
  describe(): string {
    return this.message === '' || this.message === this.code ? this.code : `${this.message} (${this.code})`
  }
}

/** @throws the thrown value itself if it is not a failure of a request: a defect, or an error of our own */
export function failureOf(thrown: unknown): AwsFailure {
  const facts = factsOf(thrown)
  if (facts === null) throw thrown
  const ids = field(thrown, 'resourceIds')
  return new AwsFailure(facts, Array.isArray(ids) ? ids.filter(id => typeof id === 'string') : [])
}

/** Node's codes of the system, of HTTP and of TLS, and the SDK's names for what failed before a request. */
const WITHOUT_ANSWER = /^(?!ERR_INVALID)[A-Z][A-Z0-9_]+$|^TimeoutError$|ProviderError$|^InvalidBucketName$/

/** Null if the thrown value is not a failure of a request: a defect, or an error of our own. */
export function factsOf(thrown: unknown): FailureFacts | null {
  if (thrown instanceof BatchQueryError) return null
  const message = text(field(thrown, 'message')) ?? ''
  if (/^Region (?:is missing|not accepted)/.test(message)) return { code: 'NoRegion', message, status: null }
  const status = field(field(thrown, '$metadata'), 'httpStatusCode')
  const code = text(field(thrown, 'code')) ?? text(field(thrown, 'name')) ?? ''
  if (typeof status !== 'number' && !WITHOUT_ANSWER.test(code)) return null
  return { code, message, status: typeof status === 'number' ? status : null }
}

/** A property of a value that may be no object at all. */
export const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/**
 * Adds what was being done if the request never reached AWS, because settings or credentials are wrong. Returns any
 * other thrown value unchanged.
 *
 * @param doing as in "Cannot list ..."
 */
export function whileDoing(doing: string, thrown: unknown): unknown {
  if (!(thrown instanceof BatchQueryError) || !/^(CONFIG|AUTHENTICATION)$/.test(thrown.code)) return thrown
  const { code, message, hint, retryable } = thrown
  return new BatchQueryError(code, `${doing}: ${message}`, { ...(hint !== null && { hint }), retryable })
}
