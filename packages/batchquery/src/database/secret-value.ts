import { BatchQueryError } from '../errors/index.ts'
import { isMarkedText, MARKED, type SecretReference, withoutLineFeed } from '../platform/index.ts'
import { fieldsOf, WITHOUT_MARK } from './secret-text.ts'
import { SecretsManager } from './secrets-manager.ts'

/** Reads values of secrets, each secret once, so that all values of one JSON are of one version also if a rotation happens. */
export class SecretValues {
  readonly #texts = new Map<string, Promise<string | null>>()

  /**
   * @param what for messages, as in `parameter token`
   * @throws SECRET_NOT_FOUND, PERMISSION, AUTHENTICATION, SECRETS_UNREACHABLE; CONFIG if its text has no such value
   */
  async read(reference: SecretReference, what: string, signal: AbortSignal): Promise<string> {
    const { arn, region, key } = reference
    const known = this.#texts.get(arn) ?? new SecretsManager(region).read(arn, 'AWSCURRENT', signal)
    this.#texts.set(arn, known)
    try {
      return pick((await known) ?? '', key, arn)
    } catch (thrown) {
      signal.throwIfAborted()
      const { code, message, hint, retryable } = BatchQueryError.from(thrown)
      // Without its cause, which may contain the text.
      throw new BatchQueryError(code, `${what}: ${message}`, {
        ...(hint !== null && { hint }),
        retryable,
      })
    }
  }
}

/** No error quotes the text. */
function pick(text: string, key: string | null, arn: string): string {
  if (isMarkedText(text))
    throw new BatchQueryError('CONFIG', `the secret ${arn} ${MARKED}`, { hint: WITHOUT_MARK })
  if (key === null) return withoutLineFeed(text)
  const fields = fieldsOf(text)
  const value = Object.hasOwn(fields, key) ? Reflect.get(fields, key) : undefined
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new BatchQueryError(
    'CONFIG',
    `the secret ${arn} is not JSON with a value under ${JSON.stringify(key)}`,
    {
      hint: 'Write a key of its JSON after #, in the same case. Without #, the whole text is the value.',
    },
  )
}
