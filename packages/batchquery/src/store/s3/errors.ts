import { CREDENTIAL_RULES, FOREIGN_HINT } from '../../aws/index.ts'
import { BatchQueryError, type ErrorCode } from '../../errors/index.ts'
import { S3Failure } from './failure.ts'

/** A request to S3, for messages. */
export interface Doing {
  /** As in "Cannot <what>: ...". */
  readonly what: string
  /** The right that it needs, as IAM policies name it: `s3:PutObject`. */
  readonly action: string
  /** The resource of the right, as IAM policies name it. */
  readonly resource: string
}

/**
 * Whether the same request may succeed later, and how long to retry it:
 *
 * - never: it will not succeed
 * - unreachable: there is no connection to the store, or it broke
 * - stalled: the store does not answer
 * - failing: the store answers that it cannot do it at the moment
 */
export type Retry = 'never' | 'unreachable' | 'stalled' | 'failing'

interface Rule {
  readonly code: ErrorCode
  readonly hint: string | ((doing: Doing, failure: S3Failure) => string)
  /** @default never */
  readonly retry?: Retry
}

const FORBIDDEN: Rule = {
  code: 'PERMISSION',
  hint: ({ action, resource }) =>
    `Allow ${action} on ${resource} in the policy of this role or user, and look for a bucket policy that denies it. ` +
    'S3 also denies reading a key that does not exist if you lack s3:ListBucket on the bucket.',
}
const WRONG_REGION: Rule = {
  code: 'STORE_FAILED',
  hint: (_, { bucketRegion }) =>
    bucketRegion === null
      ? 'Name the region of the bucket, which is another one: s3-REGION://BUCKET/KEY, or AWS_REGION.'
      : `Write s3-${bucketRegion}://BUCKET/KEY, or set AWS_REGION=${bucketRegion}. The bucket is in that region.`,
}
const BAD_KEY: Rule = { code: 'KEY_INVALID', hint: 'Choose another key for s3://BUCKET/KEY.' }
const UNTRUSTED: Rule = {
  code: 'TLS',
  hint: 'Check the endpoint, and name the authority of its certificate in NODE_EXTRA_CA_CERTS.',
}
/** A single flipped bit can cause it, and another connection may work. */
const BROKEN_TLS: Rule = {
  code: 'TLS',
  hint: 'Check that the endpoint speaks https on this port. If it does, look for a device on the way that changes the data.',
  retry: 'unreachable',
}
const UNREACHABLE: Rule = {
  code: 'STORE_UNREACHABLE',
  hint: 'Check the network, AWS_REGION, AWS_ENDPOINT_URL_S3, HTTPS_PROXY and NO_PROXY. In a private subnet, also check the VPC endpoint of S3.',
  retry: 'unreachable',
}
const SILENT: Rule = { ...UNREACHABLE, retry: 'stalled' }
const NOT_HTTP: Rule = { ...UNREACHABLE, retry: 'never' }
const FAILING: Rule = {
  code: 'STORE_FAILED',
  hint: 'Run again later. S3 failed several times in a row.',
  retry: 'failing',
}
const FULL: Rule = { code: 'STORE_FULL', hint: 'Make room in this store, or raise its quota.' }
const WITHOUT_CHECKSUMS = 'set AWS_REQUEST_CHECKSUM_CALCULATION=WHEN_REQUIRED.'
const NO_CHECKSUMS: Rule = {
  code: 'STORE_FAILED',
  hint: `This endpoint does not support checksums; ${WITHOUT_CHECKSUMS}`,
}
const FOREIGN: Rule = { code: 'STORE_UNREACHABLE', hint: FOREIGN_HINT }
const KMS: Rule = {
  code: 'PERMISSION',
  hint: 'Check that the KMS key exists, is enabled, and lets this role use kms:GenerateDataKey and kms:Decrypt.',
}
const OTHER: Rule = {
  code: 'STORE_FAILED',
  hint: 'Correct the cause in the message. The same request would fail again.',
}

/**
 * By S3's code, or Node's. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html and
 * https://nodejs.org/api/tls.html#x509-certificate-error-codes
 */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ...CREDENTIAL_RULES,
  ['NoSuchBucket', { code: 'BUCKET_NOT_FOUND', hint: 'Check the name of the bucket, or create it.' }],
  ['AccessDenied', FORBIDDEN],
  ['AllAccessDisabled', FORBIDDEN],
  ['NoRegion', { code: 'CONFIG', hint: 'Set AWS_REGION, or write s3-REGION://BUCKET/KEY.' }],
  ['PermanentRedirect', WRONG_REGION],
  ['TemporaryRedirect', WRONG_REGION],
  ['AuthorizationHeaderMalformed', WRONG_REGION],
  ['IllegalLocationConstraintException', WRONG_REGION],
  ['KeyTooLongError', BAD_KEY],
  ['InvalidURI', BAD_KEY],
  ['InvalidObjectName', BAD_KEY],
  ['InvalidBucketName', { code: 'KEY_INVALID', hint: 'Check the name of the bucket.' }],
  [
    'NotImplemented',
    {
      code: 'STORE_FAILED',
      hint: `Use an endpoint with all of S3 that batchquery needs. If this one lacks only checksums, ${WITHOUT_CHECKSUMS}`,
    },
  ],
  ['QuotaExceeded', FULL],
  // MinIO's codes.
  ['XMinioStorageFull', FULL],
  ['XMinioAdminBucketQuotaExceeded', FULL],
  ['ENOTFOUND', UNREACHABLE],
  ['EAI_AGAIN', UNREACHABLE],
  ['ECONNREFUSED', UNREACHABLE],
  ['EHOSTUNREACH', UNREACHABLE],
  ['ENETUNREACH', UNREACHABLE],
  ['TimeoutError', SILENT],
  ['ETIMEDOUT', SILENT],
  ['ECONNRESET', UNREACHABLE],
  ['ECONNABORTED', UNREACHABLE],
  ['EPIPE', UNREACHABLE],
  ['ENETDOWN', UNREACHABLE],
  ['ERR_STREAM_PREMATURE_CLOSE', UNREACHABLE],
  // S3 closes a connection on which a request makes no progress.
  ['RequestTimeout', FAILING],
  ['SlowDown', FAILING],
  // Two conditional writes of one key, or two operations on the bucket itself, at the same time.
  ['ConditionalRequestConflict', FAILING],
  ['OperationAborted', FAILING],
  // The bytes changed on their way.
  ['BadDigest', FAILING],
  ['XAmzContentChecksumMismatch', FAILING],
  ['XAmzContentSHA256Mismatch', FAILING],
])

/** For an answer without a code: the answer to HEAD has no body. */
const BY_STATUS: ReadonlyMap<number, Rule> = new Map([
  [301, WRONG_REGION],
  [307, WRONG_REGION],
  [403, FORBIDDEN],
  [429, FAILING],
  [507, FULL],
])

export function retryOf(failure: S3Failure): Retry {
  return ruleOf(failure).retry ?? 'never'
}

export function explain(doing: Doing, failure: S3Failure): BatchQueryError {
  const { code, hint, retry } = ruleOf(failure)
  const needed = code === 'PERMISSION' ? ` needs ${doing.action} on ${doing.resource}:` : ''
  return new BatchQueryError(code, `Cannot ${doing.what}:${needed} ${failure.describe()}`, {
    hint: typeof hint === 'string' ? hint : hint(doing, failure),
    retryable: retry !== undefined && retry !== 'never',
    cause: failure,
  })
}

/** Whether S3 answered a request with one of these codes. */
export function isAnswer(thrown: unknown, ...codes: readonly string[]): boolean {
  const cause = thrown instanceof BatchQueryError ? thrown.cause : null
  return cause instanceof S3Failure && codes.includes(cause.code)
}

function ruleOf({ code, status, message }: S3Failure): Rule {
  if (code === 'WebPage') return isBusy(status) ? { ...FOREIGN, retry: 'failing' } : FOREIGN
  const rule = RULES.get(code)
  if (rule !== undefined) return rule
  if (code.startsWith('KMS.')) return KMS
  if (/CERT|^UNABLE_TO_/.test(code)) return UNTRUSTED
  if (/^ERR_TLS|^ERR_SSL|^EPROTO$/.test(code)) return BROKEN_TLS
  if (code.startsWith('HPE_')) return NOT_HTTP
  if (status === null) return OTHER
  if (status < 500 && CHECKSUM.test(message)) return NO_CHECKSUMS
  return BY_STATUS.get(status) ?? (status >= 500 ? FAILING : OTHER)
}

/** Whether a load balancer answers like this while its servers are away. */
const isBusy = (status: number | null): boolean => status !== null && (status >= 500 || status === 429)

/** Words of endpoints that refuse a header, or the encoding, of a checksum. */
const CHECKSUM = /checksum|x-amz-sdk-|crc32|aws-chunked|x-amz-trailer/i
