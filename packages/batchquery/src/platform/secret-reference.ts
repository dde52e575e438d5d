import { BatchQueryError } from '../errors/index.ts'
import { quoted } from './quoted.ts'

/** An ARN of AWS Secrets Manager; the first group is the region. */
export const SECRET_ARN = /^arn:aws[\w-]*:secretsmanager:([a-z0-9-]+):\d{12}:secret:[\w/+=.@!-]+$/

/** A reference to a secret instead of its value: `secret:ARN`, or `secret:ARN#KEY` for one value of its JSON. */
export interface SecretReference {
  readonly arn: string
  readonly region: string
  /** Null for the whole text. */
  readonly key: string | null
}

const BEGINNING = 'secret:arn:'

/** Whether a value counts as a reference, valid or not. */
export const isSecretReference = (value: string): boolean => value.startsWith(BEGINNING)

/**
 * @param given what the value belongs to, as in `-p token`
 * @throws USAGE
 */
export function parseSecretReference(value: string, given: string): SecretReference {
  const [arn = '', ...behind] = value.slice('secret:'.length).split('#')
  const [, region] = SECRET_ARN.exec(arn) ?? []
  const key = behind.length === 0 ? null : behind.join('#')
  if (region !== undefined && key !== '') return { arn, region, key }
  throw new BatchQueryError('USAGE', `${given}: ${quoted(value)} does not name a secret of Secrets Manager`, {
    hint: 'Write secret:arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-abcdef, and append #KEY for one value of its JSON.',
  })
}
