import { BatchQueryError } from '../errors/index.ts'
import { awsFailure, sdkReady } from './aws-failure.ts'
import type { Credentials, RefusedLogin } from './credentials.ts'
import { isRdsHost } from './rds-host.ts'
import { type DatabaseUrl, shownHost } from './url.ts'

/**
 * A token for every login, signed here for the host, the port and the user of the URL: nothing is asked of AWS, so
 * nobody has said yet that the signer may log in. A token may begin a session for 15 minutes.
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.html
 *
 * @param region that of the endpoint
 */
export function iamCredentials(url: DatabaseUrl, region: string): Credentials {
  return {
    read: async () => ({ user: url.user, password: await sign(url, region) }),
    renew: async () => null,
    explain: refused => explain(refused, url, region),
  }
}

/** @throws AUTHENTICATION where the SDK's chain has no credentials */
async function sign({ host, port, user }: DatabaseUrl, region: string): Promise<string> {
  sdkReady()
  const { Signer } = await import('@aws-sdk/rds-signer')
  try {
    return await new Signer({ hostname: host, port, region, username: user }).getAuthToken()
  } catch (cause) {
    throw awsFailure(`a token for ${JSON.stringify(user)} cannot be signed`, cause)
  }
}

/** The server tells the user as little as it can: what it asked for is what gives its reasons away. */
function explain(
  { error, askedForClearText }: RefusedLogin,
  url: DatabaseUrl,
  region: string,
): BatchQueryError {
  const tell = (hint: string): BatchQueryError =>
    new BatchQueryError(error.code, error.message, { hint, cause: error.cause })
  const user = JSON.stringify(url.user)
  // https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html#error_er_plugin_is_not_loaded
  if (/\(1524\)|AWSAuthenticationPlugin/.test(error.message))
    return tell('Turn IAM database authentication on for the cluster; it takes effect without a restart.')
  if (!askedForClearText)
    return tell(
      url.dialect === 'mysql'
        ? `The server asked ${user} for a password, not for a token: there is no such user, or it was made without IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'. The name's case counts.`
        : `The server asked ${user} for a password, not for a token: GRANT rds_iam TO the user, and turn IAM database authentication on for the cluster.`,
    )
  const elsewhere = isRdsHost(url.host)
    ? ''
    : ` ${url.host} is no name that RDS gives: a token for it is of use only where the server knows itself by it.`
  return tell(
    `The token was signed for ${shownHost(url)} in ${region} and ${user} at ${new Date().toISOString()}: let the role have rds-db:connect on arn:aws:rds-db:${region}:ACCOUNT:dbuser:CLUSTER-RESOURCE-ID/${url.user}, use the cluster's own endpoint, and check this machine's clock.${elsewhere} CloudWatch's log iam-db-auth-error has the server's reason.`,
  )
}
