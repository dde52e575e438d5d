import { CREDENTIAL_RULES, type FailureRule, FOREIGN_HINT, factsOf, whileDoing } from '../aws/index.ts'
import { BatchQueryError, type ErrorCode } from '../errors/index.ts'

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html#API_GetSecretValue_Errors */
const RULES: ReadonlyMap<string, FailureRule> = new Map([
  ...CREDENTIAL_RULES,
  [
    'AccessDeniedException',
    {
      code: 'PERMISSION',
      hint: 'Allow the role secretsmanager:GetSecretValue on the secret, and kms:Decrypt on its key.',
    },
  ],
  ['DecryptionFailure', { code: 'PERMISSION', hint: 'Allow the role kms:Decrypt on the key of the secret.' }],
  [
    'ResourceNotFoundException',
    {
      code: 'SECRET_NOT_FOUND',
      hint: 'Check the ARN and region of the secret. It was deleted, or it is in another account.',
    },
  ],
  [
    'InvalidRequestException',
    {
      code: 'SECRET_NOT_FOUND',
      hint: 'The secret is marked for deletion. Restore it: `aws secretsmanager restore-secret`.',
    },
  ],
  ['ValidationException', { code: 'CONFIG', hint: 'Check the ARN.' }],
  ['NoRegion', { code: 'CONFIG', hint: 'Write region= into the URL, or set AWS_REGION.' }],
])
const NO_ANSWER =
  'Check the network: a private subnet needs an endpoint for this service, or NAT. Then run again.'

/**
 * One of our errors for an error of AWS or of the network. The SDK's error is not its cause, because it contains the request with its
 * signature and session token.
 *
 * @param unreachable the code if the service did not answer, or with an unknown error
 * @param rules the meaning of the service's error codes @default - those of Secrets Manager
 */
export function awsFailure(
  doing: string,
  thrown: unknown,
  unreachable: ErrorCode,
  rules = RULES,
): BatchQueryError {
  if (thrown instanceof BatchQueryError) return BatchQueryError.from(whileDoing(doing, thrown))
  const said = factsOf(thrown) ?? {
    code: '',
    message: thrown instanceof Error ? thrown.message : String(thrown),
  }
  const otherwise = { code: unreachable, hint: said.code === 'WebPage' ? FOREIGN_HINT : NO_ANSWER }
  const { code, hint } = rules.get(said.code) ?? otherwise
  return new BatchQueryError(code, `${doing}: ${said.message || said.code}`, { hint })
}
