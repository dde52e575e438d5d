import { BatchQueryError, type ErrorCode } from '../errors/index.ts'

/** The SDK says on every start under Node 20 that its coming releases will not run there. Ours is pinned. */
export function sdkReady(): void {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
}

interface Rule {
  readonly code: ErrorCode
  readonly hint: string
}

const NO_CREDENTIALS: Rule = {
  code: 'AUTHENTICATION',
  hint: 'Set AWS_PROFILE, log in with `aws sso login`, or give the container or machine a role.',
}
const EXPIRED: Rule = {
  code: 'AUTHENTICATION',
  hint: 'Get new AWS credentials, for example with `aws sso login`.',
}
const WRONG_KEY: Rule = {
  code: 'AUTHENTICATION',
  hint: 'Check the AWS credentials, and the clock of this machine.',
}

/** By the name of the SDK's error: https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html */
const RULES: Readonly<Record<string, Rule>> = {
  CredentialsProviderError: NO_CREDENTIALS,
  TokenProviderError: NO_CREDENTIALS,
  ExpiredTokenException: EXPIRED,
  ExpiredToken: EXPIRED,
  InvalidSignatureException: WRONG_KEY,
  UnrecognizedClientException: WRONG_KEY,
  InvalidClientTokenId: WRONG_KEY,
  AccessDeniedException: {
    code: 'PERMISSION',
    hint: 'Let the role have secretsmanager:GetSecretValue on the secret, and kms:Decrypt on its key.',
  },
  DecryptionFailure: { code: 'PERMISSION', hint: "Let the role have kms:Decrypt on the secret's key." },
  ResourceNotFoundException: {
    code: 'SECRET_NOT_FOUND',
    hint: 'Check ARN and region of the secret: it was deleted, or it is in another account.',
  },
  InvalidRequestException: {
    code: 'SECRET_NOT_FOUND',
    hint: 'The secret is marked for deletion: `aws secretsmanager restore-secret` brings it back.',
  },
  ValidationException: { code: 'CONFIG', hint: 'Check the ARN.' },
}
const NO_REGION: Rule = { code: 'CONFIG', hint: 'Write region= into the URL, or set AWS_REGION.' }
const NO_ANSWER =
  'Check the network: a private subnet needs an endpoint for this service, or NAT. Then try again.'

/**
 * What AWS, or the way to it, said, as one of our errors. Without the SDK's error as its cause, which drags the request
 * along with its signature and session token.
 *
 * @param unreachable of a service that gave no answer, or none that is known
 */
export function awsFailure(doing: string, thrown: unknown, unreachable: ErrorCode): BatchQueryError {
  const { name, message } = thrown instanceof Error ? thrown : { name: '', message: String(thrown) }
  const isRegion = /region is missing/i.test(message)
  const { code, hint } = (isRegion ? NO_REGION : RULES[name]) ?? { code: unreachable, hint: NO_ANSWER }
  return new BatchQueryError(code, `${doing}: ${message || name}`, { hint })
}
