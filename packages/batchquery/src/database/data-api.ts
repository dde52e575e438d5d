import { setTimeout } from 'node:timers/promises'
import { CREDENTIAL_RULES, clientOptions, type FailureRule, factsOf, watched } from '../aws/index.ts'
import { awsFailure } from './aws-failure.ts'

/** A cluster to which AWS itself sends statements, and the login that it uses. */
export interface DataApiPlace {
  /** ARN of the cluster. */
  readonly cluster: string
  /** ARN of the secret with the login. */
  readonly secret: string
  /** The database in which the statements run; null for none. */
  readonly database: string | null
}

const FAILED: FailureRule = {
  code: 'QUERY_FAILED',
  hint: 'Correct the cause in the message, then run again.',
}
const NO_SECRET: FailureRule = {
  code: 'PERMISSION',
  hint: "Allow the role secretsmanager:GetSecretValue on the administrator's secret, and kms:Decrypt on its key.",
}
const NO_RIGHT: FailureRule = {
  code: 'PERMISSION',
  hint:
    'Allow the role rds-data:ExecuteStatement on the cluster and secretsmanager:GetSecretValue on the secret ' +
    '(grantApplyGrants of batchquery-cdk).',
}
const NO_CLUSTER: FailureRule = { code: 'CONFIG', hint: 'Check the ARN and the region of the cluster.' }
const ASLEEP: FailureRule = {
  code: 'DATABASE_UNREACHABLE',
  hint: 'The cluster was paused and is resuming. Run again in a minute.',
}

/** https://docs.aws.amazon.com/rdsdataservice/latest/APIReference/API_ExecuteStatement.html#API_ExecuteStatement_Errors */
const RULES: ReadonlyMap<string, FailureRule> = new Map([
  ...CREDENTIAL_RULES,
  ['DatabaseErrorException', FAILED],
  ['BadRequestException', FAILED],
  ['StatementTimeoutException', FAILED],
  ['AccessDeniedException', NO_RIGHT],
  ['ForbiddenException', NO_RIGHT],
  ['SecretsErrorException', NO_SECRET],
  ['InvalidSecretException', NO_SECRET],
  ['DatabaseNotFoundException', NO_CLUSTER],
  ['NotFoundException', NO_CLUSTER],
  [
    'HttpEndpointNotEnabledException',
    { code: 'CONFIG', hint: 'Set enableDataApi: true for the database in batchquery.yaml, and deploy.' },
  ],
  ['DatabaseResumingException', ASLEEP],
  ['DatabaseUnavailableException', ASLEEP],
])

/** Errors that pass by themselves, while a paused cluster resumes or AWS has a fault. */
const PASSES =
  /^Database(?:Resuming|Unavailable)Exception$|^Throttling|^(?:InternalServerError|ServiceUnavailable)/

const CONNECT_MS = 5_000
/** AWS lets a statement take 45 s. */
const ANSWER_MS = 60_000
const PATIENCE_MS = 60_000
const PAUSE_MS = 2_000

/** Sends statements through the RDS Data API: for a cluster that no machine of the user reaches. */
export class DataApi {
  readonly #place: DataApiPlace
  #client: ReturnType<typeof makeClient> | null = null

  constructor(place: DataApiPlace) {
    this.#place = place
  }

  /**
   * Runs one statement, and again while the cluster resumes, so it must be safe to run twice.
   *
   * @throws QUERY_FAILED, AUTHENTICATION, PERMISSION, CONFIG, DATABASE_UNREACHABLE; the signal's reason
   */
  async execute(sql: string, signal: AbortSignal): Promise<void> {
    const { cluster, secret, database } = this.#place
    this.#client ??= makeClient(regionOf(cluster))
    const send = await this.#client
    const until = performance.now() + PATIENCE_MS
    for (;;) {
      const failure = await send({ cluster, secret, database, sql }, signal).then(
        () => null,
        (thrown: unknown) => ({ thrown }),
      )
      signal.throwIfAborted()
      if (failure === null) return
      const { thrown } = failure
      if (!PASSES.test(factsOf(thrown)?.code ?? '') || performance.now() > until)
        throw awsFailure('the RDS Data API', thrown, 'DATABASE_UNREACHABLE', RULES)
      await setTimeout(PAUSE_MS, undefined, { signal })
    }
  }
}

const regionOf = (arn: string): string | null => arn.split(':')[3] || null

async function makeClient(region: string | null) {
  const options = await clientOptions(region, {
    connectionTimeout: CONNECT_MS,
    requestTimeout: ANSWER_MS,
    throwOnRequestTimeout: true,
  })
  const { ExecuteStatementCommand, RDSDataClient } = await import('./data-api-client.ts')
  const client = watched(new RDSDataClient({ ...options, maxAttempts: 1 }))
  return (
    { cluster, secret, database, sql }: DataApiPlace & { readonly sql: string },
    abortSignal: AbortSignal,
  ) =>
    client.send(
      new ExecuteStatementCommand({
        resourceArn: cluster,
        secretArn: secret,
        sql,
        ...(database !== null && { database }),
      }),
      { abortSignal },
    )
}
