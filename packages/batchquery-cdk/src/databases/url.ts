import { ArnFormat, Stack, Tokenization } from 'aws-cdk-lib'
import type { Endpoint } from 'aws-cdk-lib/aws-rds'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import type { Construct } from 'constructs'

export type ServerDialect = 'mysql' | 'postgres'

export const DEFAULT_PORTS: Readonly<Record<ServerDialect, number>> = { mysql: 3306, postgres: 5432 }
/** The name in the article. */
export const DEFAULT_SCHEMA = 'db01'

export interface Address {
  readonly dialect: ServerDialect
  readonly host: string
  /** As text, because a number that only the deployment knows cannot be part of a URL. */
  readonly port: string
  readonly user: string
  readonly schema: string
}

/** The port is a token, which only this function can convert to a text. */
export const addressOf = ({ hostname, port }: Endpoint): { host: string; port: string } => ({
  host: hostname,
  port: Tokenization.stringifyNumber(port),
})

/** A login by IAM token. The URL contains the region, because the host may be a name of our own. */
export const tokenUrl = (scope: Construct, address: Address, region = Stack.of(scope).region): string =>
  `${start(address)}?auth=iam&region=${region}`

/** A login with a password from Secrets Manager. */
export const secretUrl = (address: Address, secret: ISecret): string =>
  `${start(address)}?auth=secret&secret=${secret.secretArn}`

const start = ({ dialect, host, port, user, schema }: Address): string =>
  `${dialect}://${encodeURIComponent(user)}@${host}:${port}/${encodeURIComponent(schema)}`

/**
 * The resource of `rds-db:connect`.
 *
 * @param resourceId of the cluster (`cluster-ABC`) or instance (`db-ABC`). Its name would not be enough, and `*`
 *   would be too much.
 */
export const loginArn = (
  scope: Construct,
  resourceId: string,
  user: string,
  region = Stack.of(scope).region,
): string =>
  Stack.of(scope).formatArn({
    service: 'rds-db',
    region,
    resource: 'dbuser',
    resourceName: `${resourceId}/${user}`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  })
