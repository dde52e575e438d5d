import { type AwsFailure, CREDENTIAL_RULES, type FailureRule, FOREIGN_HINT } from '../../aws/index.ts'
import { BatchQueryError } from '../../errors/index.ts'

/**
 * Whether the failed request may be sent again:
 *
 * - refused: ECS did nothing, and would refuse it again
 * - throttled: ECS did nothing, and may accept it later
 * - capacity: as throttled; there is no capacity for an ECS task
 * - unsure: ECS may have done it
 */
export type FailureKind = 'refused' | 'throttled' | 'capacity' | 'unsure'

/** A description of a request to AWS, for error messages. */
export interface Doing {
  /** As in "Cannot <what>: ...". */
  readonly what: string
  /** The right that it needs, as IAM policies name it: `ecs:RunTask`. */
  readonly action: string
  /** The resource on which the right is needed. @default - the cluster and the task definition */
  readonly resource?: string
}

const THROTTLED = /Throttl|TooManyRequests|RequestLimitExceeded/i
const THROTTLED_TEXT = /rate exceeded|throttl/i
const CAPACITY_TEXT = /capacity is unavailable|limit on the number of (?:vCPUs|tasks)|insufficient capacity/i

export function kindOf({ code, status, message }: AwsFailure): FailureKind {
  if (CAPACITY_TEXT.test(message)) return 'capacity'
  if (THROTTLED.test(code) || THROTTLED_TEXT.test(message) || status === 429) return 'throttled'
  if (/ProviderError$|^NoRegion$/.test(code)) return 'refused'
  return status === null || status >= 500 ? 'unsure' : 'refused'
}

const PLATFORM: FailureRule = {
  code: 'CONFIG',
  hint: 'Remove `platformVersion` from batchquery.yaml, and register the task definition for FARGATE on Linux.',
}
const unreachable = (action: string): FailureRule => ({
  code: 'ENGINE_FAILED',
  hint: `Check the network, AWS_REGION and ${endpointVariable(action)}, then run again.`,
})
const SLOWER: FailureRule = {
  code: 'ENGINE_FAILED',
  hint: 'Run again later. AWS limits the rate of requests.',
}
/** AWS answers, so the network is not at fault. */
const FAULTY: FailureRule = {
  code: 'ENGINE_FAILED',
  hint: 'Look at https://health.aws.amazon.com, and run again later. The fault is in AWS.',
}
const OTHER: FailureRule = {
  code: 'ENGINE_FAILED',
  hint: 'Correct the cause in the message, or run again later.',
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html#API_RunTask_Errors */
const RULES: ReadonlyMap<string, FailureRule> = new Map([
  ...CREDENTIAL_RULES,
  [
    'NoRegion',
    { code: 'CONFIG', hint: 'Set AWS_REGION, or the region of the profile that AWS_PROFILE names.' },
  ],
  [
    'ClusterNotFoundException',
    {
      code: 'CONFIG',
      hint: 'Check `fargate.cluster` in batchquery.yaml and AWS_REGION, or create the cluster: aws ecs create-cluster.',
    },
  ],
  ['WebPage', { code: 'ENGINE_FAILED', hint: FOREIGN_HINT }],
  ['BlockedException', { code: 'PERMISSION', hint: 'Write to AWS Support. AWS has blocked this account.' }],
  ['PlatformUnknownException', PLATFORM],
  ['PlatformTaskDefinitionIncompatibilityException', PLATFORM],
  ['UnsupportedFeatureException', PLATFORM],
])

/** The variable with which the SDK finds another endpoint of a service: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html */
function endpointVariable(action: string): string {
  const [service = ''] = action.split(':')
  return `AWS_ENDPOINT_URL_${service === 'logs' ? 'CLOUDWATCH_LOGS' : service.toUpperCase()}`
}

/** Returns the error of a failed request. */
export function explainFailure(doing: Doing, failure: AwsFailure): BatchQueryError {
  const { what } = doing
  const kind = kindOf(failure)
  const { code, hint } = ruleOf(doing, failure, kind)
  return new BatchQueryError(code, `Cannot ${what}: ${failure.describe()}`, {
    hint,
    cause: failure,
    retryable: kind !== 'refused',
  })
}

function ruleOf(doing: Doing, failure: AwsFailure, kind: FailureKind): FailureRule {
  const { code, message, resourceIds } = failure
  const known = RULES.get(code)
  if (known !== undefined) return known
  // EC2 has another name for it.
  if (/^AccessDenied|^UnauthorizedOperation$/.test(code)) return permission(doing, message)
  if (code === 'ConflictException') return conflict(resourceIds)
  if (kind === 'throttled' && !doing.action.startsWith('ecs:')) return SLOWER
  if (kind === 'capacity' || kind === 'throttled') return { code: 'NO_CAPACITY', hint: NO_ROOM }
  if (kind === 'unsure') return failure.status === null ? unreachable(doing.action) : FAULTY
  return code === 'InvalidParameterException' || code === 'ClientException' ? invalid(message) : OTHER
}

const NO_ROOM =
  'Run again later, raise --timeout, name subnets in other availability zones, or raise ' +
  'the quota of Fargate.'

/** A request may need more rights than the one of its name. The message names the missing one. */
const MISSING = /not authorized to perform: (?<action>[\w-]+:\w+) on resource: (?<resource>\S+)/

function permission(
  { action: own, resource: itsOwn = 'the cluster and the task definition' }: Doing,
  message: string,
): FailureRule {
  const { action = own, resource = itsOwn } = MISSING.exec(message)?.groups ?? {}
  const hint =
    action === 'iam:PassRole'
      ? `Allow iam:PassRole on ${resource} to this role or user. ECS passes the role to the task.`
      : `Allow ${action} on ${resource} in the policy of this role or user.`
  return { code: 'PERMISSION', hint }
}

const conflict = (resourceIds: readonly string[]): FailureRule => ({
  code: 'RUN_CONFLICT',
  hint:
    `Choose another id. A run with this id was launched with other settings in the last 24 hours (${resourceIds.join(', ') || 'no ECS task named'}), ` +
    'perhaps with another home bucket.',
})

function invalid(message: string): FailureRule {
  if (/inactive/i.test(message))
    return {
      code: 'CONFIG',
      hint: 'Register the task definition again, or name an ACTIVE revision as `fargate.taskDefinition` in batchquery.yaml.',
    }
  if (/overrides? length/i.test(message))
    return { code: 'CONFIG', hint: 'Use fewer or shorter variables for the task.' }
  if (/capacity provider/i.test(message))
    return {
      code: 'CONFIG',
      hint: 'Add FARGATE_SPOT to the cluster (aws ecs put-cluster-capacity-providers), or run without --spot.',
    }
  return {
    code: 'CONFIG',
    hint: 'Correct the setting that the message names, in `fargate` of batchquery.yaml or in the task definition.',
  }
}
