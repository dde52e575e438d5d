import { explainedCredentials, prepareSdk } from '../aws/index.ts'
import { BatchQueryError } from '../errors/index.ts'
import { awsFailure } from './aws-failure.ts'
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
  // One for all tokens: it keeps the credentials of AWS until they are about to expire.
  let signer: ReturnType<typeof makeSigner> | null = null
  return {
    read: async () => {
      signer ??= makeSigner(url, region)
      try {
        return { user: url.user, password: await (await signer).getAuthToken() }
      } catch (thrown) {
        throw awsFailure(
          `a token for ${JSON.stringify(url.user)} cannot be signed`,
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
  // As the server knows itself.
  const hostname = host.toLowerCase().replace(/\.$/, '')
  const credentials = explainedCredentials(defaultProvider)
  return new Signer({ hostname, port, region, username: user, credentials })
}

/** The server tells the user as little as it can: what it asked for is what gives its reasons away. */
function explain(
  { error, askedForClearText, identity }: RefusedLogin,
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
    `The token was signed for ${shownHost(url)} in ${region} and ${user} at ${signedAt(identity.password ?? '')} by this machine's clock: let the role have rds-db:connect on arn:aws:rds-db:${region}:ACCOUNT:dbuser:CLUSTER-RESOURCE-ID/${url.user}, use the cluster's own endpoint, and check the clock (a token is good for 15 minutes) and that the credentials of AWS have not expired.${elsewhere} CloudWatch's log iam-db-auth-error has the server's reason.`,
  )
}

/** When a token says that it was signed. */
function signedAt(token: string): string {
  const [, ...parts] = /X-Amz-Date=(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(token) ?? []
  const [year, month, day, hour, minute, second] = parts
  return `${year}-${month}-${day}T${hour}:${minute}:${second}Z`
}
