import { Token } from 'aws-cdk-lib'
import { type IConnectable, type ISecurityGroup, Peer, Port, type SecurityGroup } from 'aws-cdk-lib/aws-ec2'
import type { IDatabaseCluster, IDatabaseInstance } from 'aws-cdk-lib/aws-rds'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import type { BatchQueryDatabase } from './database.ts'
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
  /** `cluster-...` or `db-...`, for a login by IAM token. Give this or `secret`. */
  readonly resourceId?: string
  /** A secret with the user's password. */
  readonly secret?: ISecret
  /** Of the server, where a login by token is signed for another region. @default - the stack's */
  readonly region?: string
  /** The server's: opened to the ECS tasks. @default - none is changed */
  readonly securityGroup?: ISecurityGroup
}

/**
 * An existing cluster, with IAM login. Its security groups, where they are known, are opened to the ECS tasks; that it writes to S3
 * itself (role and parameter) is for its owner to set.
 *
 * @throws where an imported cluster came without endpoint, or without its resource id
 */
export const fromCluster = (cluster: IDatabaseCluster, props: ImportedProps): BatchQueryDatabase => ({
  bind(scope, { tasks }) {
    const { dialect, user = 'batchquery', schema = DEFAULT_SCHEMA } = props
    openWay(tasks, cluster, cluster.clusterEndpoint.port)
    const { host, port } = addressOf(cluster.clusterEndpoint)
    return {
      url: tokenUrl(scope, { dialect, host, port, user, schema }),
      logins: [loginArn(scope, cluster.clusterResourceIdentifier, user)],
      secret: null,
    }
  },
})

/**
 * An existing instance of RDS, with IAM login.
 *
 * @throws where it came without its resource id
 */
export const fromInstance = (instance: IDatabaseInstance, props: ImportedProps): BatchQueryDatabase => ({
  bind(scope, { tasks }) {
    const { dialect, user = 'batchquery', schema = DEFAULT_SCHEMA } = props
    const {
      instanceResourceId: resourceId,
      dbInstanceEndpointAddress: host,
      dbInstanceEndpointPort: port,
    } = instance
    if (resourceId === undefined)
      throw new Error(
        'fromInstance: the instance has no resource id. Import it with `instanceResourceId` (db-...).',
      )
    openWay(tasks, instance, Token.isUnresolved(port) ? Token.asNumber(port) : Number(port))
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
 * @throws unless exactly one of `resourceId` and `secret` is given
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
    openWay(tasks, securityGroup ?? null, port)
    if (secret !== undefined && resourceId === undefined)
      return { url: secretUrl(address, secret), logins: [], secret }
    if (secret === undefined && resourceId !== undefined)
      return {
        url: tokenUrl(scope, address, region),
        logins: [loginArn(scope, resourceId, user, region)],
        secret: null,
      }
    throw new Error(
      `fromEndpoint, ${host}: give resourceId (login by IAM token) or secret (by password), one of the two.`,
    )
  },
})

/**
 * Lets the tasks out to a database, and in where its security groups are known. From their side: so both rules are of this stack, and a
 * database of another one does not depend on it.
 */
function openWay(tasks: SecurityGroup, database: IConnectable | null, port: number): void {
  if (database !== null && database.connections.securityGroups.length > 0)
    tasks.connections.allowTo(database, Port.tcp(port))
  else tasks.addEgressRule(Peer.anyIpv4(), Port.tcp(port), 'databases')
}
