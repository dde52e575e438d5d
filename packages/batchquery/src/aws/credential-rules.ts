import type { ErrorCode } from '../errors/index.ts'

/** The error that a failure of AWS becomes. */
export interface FailureRule {
  readonly code: ErrorCode
  readonly hint: string
}

export const NO_CREDENTIALS: FailureRule = {
  code: 'AUTHENTICATION',
  hint: 'Log in (aws sso login), set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run with a role.',
}
const EXPIRED: FailureRule = {
  code: 'AUTHENTICATION',
  hint: 'The temporary credentials have expired. Log in again (aws sso login) or create new ones, then run again.',
}
const UNKNOWN_KEY: FailureRule = {
  code: 'AUTHENTICATION',
  hint: 'AWS does not know this access key. Check AWS_ACCESS_KEY_ID and AWS_PROFILE, and that they belong to this endpoint.',
}
const WRONG_SECRET: FailureRule = {
  code: 'AUTHENTICATION',
  hint:
    'The secret key does not belong to the access key, the clock of this machine is wrong, or a proxy on the way changes ' +
    'requests. Check AWS_SECRET_ACCESS_KEY.',
}
const WRONG_TOKEN: FailureRule = {
  code: 'AUTHENTICATION',
  hint: 'AWS_SESSION_TOKEN does not belong to these credentials. Set all three variables again, or unset the token.',
}
const CLOCK: FailureRule = {
  code: 'AUTHENTICATION',
  hint: 'The clock of this machine is off by more than the 15 minutes that AWS allows. Set it, preferably by NTP.',
}

/**
 * Codes for bad credentials. Every service has its own words for them, and the SDK has one for credentials that it
 * cannot find. https://docs.aws.amazon.com/awssupport/latest/APIReference/CommonErrors.html,
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html,
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
 */
export const CREDENTIAL_RULES: ReadonlyMap<string, FailureRule> = new Map([
  ['CredentialsProviderError', NO_CREDENTIALS],
  ['TokenProviderError', NO_CREDENTIALS],
  ['ExpiredToken', EXPIRED],
  ['ExpiredTokenException', EXPIRED],
  ['RequestExpired', EXPIRED],
  ['TokenRefreshRequired', EXPIRED],
  ['InvalidAccessKeyId', UNKNOWN_KEY],
  ['UnrecognizedClientException', UNKNOWN_KEY],
  ['InvalidClientTokenId', UNKNOWN_KEY],
  ['AuthFailure', UNKNOWN_KEY],
  ['SignatureDoesNotMatch', WRONG_SECRET],
  ['InvalidSignatureException', WRONG_SECRET],
  ['InvalidToken', WRONG_TOKEN],
  ['RequestTimeTooSkewed', CLOCK],
])
