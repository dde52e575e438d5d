import { explainedCredentials, prepareSdk } from '../aws/index.ts'
import { BatchQueryError } from '../errors/index.ts'
import { awsFailure } from './aws-failure.ts'
import type { Credentials, RefusedLogin } from './credentials.ts'
import { type DatabaseUrl, shownHost } from './database-url.ts'
import { databaseDialect } from './dialects.ts'
import { isRdsHost } from './rds-host.ts'

/**
 * A token for every login, signed here for the host, the port and the user of the URL. That sends nothing to AWS, so the signer may still
 * lack the right to log in. A token can begin a session for 15 minutes.
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.html
 *
 * @param region the region of the endpoint
 */
export function iamCredentials(url: DatabaseUrl, region: string): Credentials {
  // One for all tokens, because it keeps the credentials of AWS until shortly before they expire.
  let signer: ReturnType<typeof makeSigner> | null = null
  return {
    read: async () => {
      signer ??= makeSigner(url, region)
      try {
        return { user: url.user, password: await (await signer).getAuthToken() }
      } catch (thrown) {
        throw awsFailure(
          `cannot sign a token for ${JSON.stringify(url.user)}`,
          thrown,
          'DATABASE_UNREACHABLE',
        )
      }
    },
    renew: async () => null,
    explain: refused => explain(refused, url, region),
  }
}

async function makeSigner({ host, port, user }: DatabaseUrl, region: string) {
  prepareSdk()
  const { Signer } = await import('@aws-sdk/rds-signer')
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node')
  // The server compares the token with its own spelling of the name.
  const hostname = host.toLowerCase().replace(/\.$/, '')
  const credentials = explainedCredentials(defaultProvider)
  return new Signer({ hostname, port, region, username: user, credentials })
}

/** The server says as little as it can to the user. The kind of secret that it asked for shows its reasons. */
function explain(
  { error, askedForClearText, identity }: RefusedLogin,
  url: DatabaseUrl,
  region: string,
): BatchQueryError {
  const hinted = (hint: string): BatchQueryError =>
    new BatchQueryError(error.code, error.message, { hint, cause: error.cause })
  const user = JSON.stringify(url.user)
  const dialect = databaseDialect(url.dialect)
  // https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html#error_er_plugin_is_not_loaded
  if (/\(1524\)|AWSAuthenticationPlugin/.test(error.message))
    return hinted('Turn on IAM database authentication for the cluster. It takes effect without a restart.')
  if (!askedForClearText) return dialect.kind === 'server' ? hinted(dialect.askedForPassword(user)) : error
  const elsewhere = isRdsHost(url.host)
    ? ''
    : ` ${url.host} is not a name from RDS, so use the endpoint that RDS shows unless the server itself has that name.`
  return hinted(
    `The token was signed for ${shownHost(url)} in ${region} and ${user} at ${signedAt(identity.password ?? '')} by this machine's clock. Allow the role rds-db:connect on arn:aws:rds-db:${region}:ACCOUNT:dbuser:CLUSTER-RESOURCE-ID/${url.user}, use the cluster's own endpoint, check the clock (a token is valid for 15 minutes), and check that the AWS credentials have not expired.${elsewhere} Read the server's reason in CloudWatch's log iam-db-auth-error.`,
  )
}

/** The time of signing that a token contains. */
function signedAt(token: string): string {
  const [, ...parts] = /X-Amz-Date=(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(token) ?? []
  const [year, month, day, hour, minute, second] = parts
  return `${year}-${month}-${day}T${hour}:${minute}:${second}Z`
}
