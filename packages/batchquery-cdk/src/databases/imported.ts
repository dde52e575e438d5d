import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2'
import type { IDatabaseCluster, IDatabaseInstance } from 'aws-cdk-lib/aws-rds'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import type { BatchQueryDatabase } from './database.ts'
import { reach } from './reach.ts'
import {
  addressOf,
  DEFAULT_PORTS,
  DEFAULT_SCHEMA,
  loginArn,
  type ServerDialect,
  secretUrl,
  tokenUrl,
} from './url.ts'

export interface ImportedProps {
  readonly dialect: ServerDialect
  /** @default - batchquery */
  readonly user?: string
  /** Database or schema. @default - db01 */
  readonly schema?: string
}

export interface EndpointProps extends ImportedProps {
  readonly host: string
  /** @default - 3306 for mysql, 5432 for postgres */
  readonly port?: number
  /** `cluster-...` or `db-...`, for a login by IAM token. Set this or `secret`. */
  readonly resourceId?: string
  /** A secret with the user's password. */
  readonly secret?: ISecret
  /** The server's region, if a token must be signed for another region. @default - the stack's */
  readonly region?: string
  /**
   * The server's security group. It is opened to the ECS tasks. @default - no group changes; the tasks may connect to
   * the port at any address
   */
  readonly securityGroup?: ISecurityGroup
}

/**
 * An existing cluster, also of another stack, with IAM login. Opens its security groups to the ECS tasks on its port.
 * If they are unknown, the tasks may connect to that port at any address, and the owner of the cluster must do the
 * rest. The owner must also set up its own writing to S3 (role and parameter).
 *
 * @throws if an imported cluster has no endpoint or no resource id
 */
export const fromCluster = (cluster: IDatabaseCluster, props: ImportedProps): BatchQueryDatabase => ({
  bind(scope, { tasks }) {
    const { dialect, user = 'batchquery', schema = DEFAULT_SCHEMA } = props
    const { host, port } = addressOf(cluster.clusterEndpoint)
    const { securityGroups } = cluster.connections
    reach(tasks, { dialect, host, port: cluster.clusterEndpoint.port, securityGroups })
    return {
      url: tokenUrl(scope, { dialect, host, port, user, schema }),
      logins: [loginArn(scope, cluster.clusterResourceIdentifier, user)],
      secret: null,
    }
  },
})

/**
 * An existing instance of RDS, with IAM login. Treats its security groups like `fromCluster`.
 *
 * @throws if it has no resource id
 */
export const fromInstance = (instance: IDatabaseInstance, props: ImportedProps): BatchQueryDatabase => ({
  bind(scope, { tasks }) {
    const { dialect, user = 'batchquery', schema = DEFAULT_SCHEMA } = props
    const { instanceResourceId: resourceId, instanceEndpoint } = instance
    if (resourceId === undefined)
      throw new Error(
        'fromInstance: the instance has no resource id. Import it with `instanceResourceId` (db-...).',
      )
    const { host, port } = addressOf(instanceEndpoint)
    const { securityGroups } = instance.connections
    reach(tasks, { dialect, host, port: instanceEndpoint.port, securityGroups })
    return {
      url: tokenUrl(scope, { dialect, host, port, user, schema }),
      logins: [loginArn(scope, resourceId, user)],
      secret: null,
    }
  },
})

/**
 * A server by its address, wherever it is.
 *
 * @throws unless exactly one of `resourceId` and `secret` is set
 */
export const fromEndpoint = (props: EndpointProps): BatchQueryDatabase => ({
  bind(scope, { tasks }) {
    const {
      dialect,
      host,
      user = 'batchquery',
      schema = DEFAULT_SCHEMA,
      resourceId,
      region,
      secret,
      securityGroup,
    } = props
    const port = props.port ?? DEFAULT_PORTS[dialect]
    const address = { dialect, host, port: String(port), user, schema }
    reach(tasks, { dialect, host, port, securityGroups: securityGroup === undefined ? [] : [securityGroup] })
    if (secret !== undefined && resourceId === undefined)
      return { url: secretUrl(address, secret), logins: [], secret }
    if (secret === undefined && resourceId !== undefined)
      return {
        url: tokenUrl(scope, address, region),
        logins: [loginArn(scope, resourceId, user, region)],
        secret: null,
      }
    throw new Error(
      `fromEndpoint, ${host}: set either resourceId (login by IAM token) or secret (login by password).`,
    )
  },
})
