import { BatchQueryError, type ErrorCode } from '../../errors/index.ts'

interface Rule {
  readonly said: RegExp
  readonly code: ErrorCode
  readonly hint: string
}

const ROLE =
  'Set the role in the cluster parameter aws_default_s3_role (version 2: aurora_select_into_s3_role), and associate the role with the cluster. Aurora needs both.'

/** By the server's message, because its numbers differ from version to version. The first rule that matches counts. */
const RULES: readonly Rule[] = [
  {
    said: /Missing Credentials|Cannot instantiate S3 Client|aurora_select_into_s3_role|aws_default_s3_role/i,
    code: 'PERMISSION',
    hint: ROLE,
  },
  {
    said: /Network Connection|Unable to initialize S3Stream/i,
    code: 'STORE_UNREACHABLE',
    hint: 'Add a gateway endpoint for S3, or NAT, to the subnets of the cluster. The cluster cannot reach S3.',
  },
  {
    said: /Access ?Denied.*(S3|bucket)|(S3|bucket).*(Access ?Denied|Forbidden)/i,
    code: 'PERMISSION',
    hint: "Allow the cluster's role to list the bucket, to put, get and delete its objects, and to abort uploads in it. For your own KMS key, also allow kms:GenerateDataKey.",
  },
  {
    said: /already exists|files? exist/i,
    code: 'OUTPUT_EXISTS',
    hint: 'Add OVERWRITE ON to replace it, or choose another prefix.',
  },
  {
    said: /NoSuchBucket|bucket does not exist/i,
    code: 'BUCKET_NOT_FOUND',
    hint: 'Check the name of the bucket and its region (s3-REGION://).',
  },
  {
    said: /S3 API returned error/i,
    code: 'STORE_FAILED',
    hint: 'Correct the cause in the message, which S3 wrote.',
  },
  {
    said: /\((1227|1045)\)/,
    code: 'PERMISSION',
    hint: 'Run the statements that `batchquery grants` prints. The user needs SELECT INTO S3, or the active role AWS_SELECT_S3_ACCESS.',
  },
]

/** The error of a native export, with the next step. An error that has nothing to do with S3 stays unchanged. */
export function nativeError(thrown: unknown): BatchQueryError {
  const error = BatchQueryError.from(thrown)
  const rule = RULES.find(({ said }) => said.test(error.message))
  if (rule === undefined || !/QUERY_FAILED|PERMISSION|AUTHENTICATION/.test(error.code)) return error
  return new BatchQueryError(rule.code, error.message, { hint: rule.hint, cause: thrown })
}
