import { Aws, type Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { Port } from 'aws-cdk-lib/aws-ec2'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import {
  AuroraMysqlEngineVersion,
  AuroraPostgresEngineVersion,
  ClusterInstance,
  Credentials,
  DatabaseCluster,
  DatabaseClusterEngine,
  type IClusterEngine,
  ParameterGroup,
} from 'aws-cdk-lib/aws-rds'
import type { Construct } from 'constructs'
import { grantKey } from '../construct/keys.ts'
import { explainRule, explainWildcard } from '../construct/reasons.ts'
import { OBJECTS } from '../construct/roles.ts'
import { DEFAULT_VERSIONS, versionFault } from '../rules/engine-version.ts'
import { capacityFault, DEFAULT_CAPACITY, pauseFault } from '../rules/sizes.ts'
import type { BatchQueryDatabase, DatabaseBinding, DatabaseContext } from './database.ts'
import { addressOf, DEFAULT_PORTS, DEFAULT_SCHEMA, loginArn, type ServerDialect, tokenUrl } from './url.ts'

export interface CreatedAuroraProps {
  /**
   * The version of Aurora, as in `3.10.1` for MySQL and `17.5` for PostgreSQL. AWS retires each after a while.
   * @default - these two
   */
  readonly engineVersion?: string
  /**
   * Aurora capacity units (2 GiB of memory each), in halves. With 0 the cluster pauses when it has no session.
   * @default - 0.5
   */
  readonly minCapacity?: number
  /** @default - 4 */
  readonly maxCapacity?: number
  /**
   * The time without a session before it pauses, 5 minutes to a day; only with a `minCapacity` of 0. @default -
   * Aurora's default, 5 minutes
   */
  readonly autoPauseAfter?: Duration
  /**
   * Whether the RDS Data API can run SQL on it, so that `batchquery grants --apply` works on a cluster that none of
   * your machines reaches. @default - false
   */
  readonly enableDataApi?: boolean
  /** @default - batchquery */
  readonly user?: string
  /** The first database. @default - db01 */
  readonly schema?: string
  /**
   * The key of its storage. Never change it, because that would replace the cluster by an empty one. @default - the
   * key that AWS manages for RDS
   */
  readonly storageKey?: IKey
  /**
   * Decides about the cluster when the stack is removed. @default - SNAPSHOT, and deletion is refused until
   * protection is off
   */
  readonly removalPolicy?: RemovalPolicy
}

/**
 * Aurora MySQL 3, serverless v2, with IAM login, TLS required, and the right to write to the home bucket itself: the
 * role is associated with the cluster AND named by its parameter. Create the user with the output of `batchquery
 * grants`.
 */
export const auroraMysql = (props: CreatedAuroraProps = {}): BatchQueryDatabase => ({
  bind: (scope, context) => {
    const version = checkVersion('mysql', props)
    return createCluster(scope, context, props, {
      dialect: 'mysql',
      version,
      engine: DatabaseClusterEngine.auroraMysql({
        version: AuroraMysqlEngineVersion.of(`8.0.mysql_aurora.${version}`, '8.0'),
      }),
      parameters: { require_secure_transport: 'ON', activate_all_roles_on_login: 'ON' },
      roleParameter: 'aws_default_s3_role',
    })
  },
})

/** Aurora PostgreSQL 17, like `auroraMysql`. Its role for S3 needs no parameter. */
export const auroraPostgres = (props: CreatedAuroraProps = {}): BatchQueryDatabase => ({
  bind: (scope, context) => {
    const version = checkVersion('postgres', props)
    const [major = version] = version.split('.')
    return createCluster(scope, context, props, {
      dialect: 'postgres',
      version,
      engine: DatabaseClusterEngine.auroraPostgres({
        version: AuroraPostgresEngineVersion.of(version, major, { s3Export: true }),
      }),
      parameters: { 'rds.force_ssl': '1' },
      roleParameter: null,
    })
  },
})

/** @throws if it is not a version of Aurora */
function checkVersion(
  dialect: ServerDialect,
  { engineVersion = DEFAULT_VERSIONS[dialect] }: CreatedAuroraProps,
): string {
  const fault = versionFault(dialect, engineVersion)
  if (fault === null) return engineVersion
  throw new Error(`engineVersion: ${fault}.`)
}

/** @throws if Aurora has no such capacity */
function capacityOf({
  minCapacity = DEFAULT_CAPACITY.least,
  maxCapacity = DEFAULT_CAPACITY.most,
  autoPauseAfter,
}: CreatedAuroraProps) {
  const fault = capacityFault(minCapacity, maxCapacity)
  if (fault !== null) throw new Error(`${fault.key}: ${fault.why}.`)
  const why = autoPauseAfter === undefined ? null : pauseFault(autoPauseAfter.toSeconds(), minCapacity)
  if (why !== null) throw new Error(`autoPauseAfter: ${why}.`)
  return {
    serverlessV2MinCapacity: minCapacity,
    serverlessV2MaxCapacity: maxCapacity,
    ...(autoPauseAfter !== undefined && { serverlessV2AutoPauseDuration: autoPauseAfter }),
  }
}

interface Engine {
  readonly dialect: ServerDialect
  readonly version: string
  readonly engine: IClusterEngine
  readonly parameters: Readonly<Record<string, string>>
  readonly roleParameter: string | null
}

function createCluster(
  scope: Construct,
  context: DatabaseContext,
  props: CreatedAuroraProps,
  { dialect, version, engine, parameters, roleParameter }: Engine,
): DatabaseBinding {
  const { vpc, subnets, tasks } = context
  const {
    user = 'batchquery',
    schema = DEFAULT_SCHEMA,
    storageKey,
    removalPolicy = RemovalPolicy.SNAPSHOT,
  } = props
  const exportRole = createExportRole(scope, context)
  const named = roleParameter === null ? {} : { [roleParameter]: exportRole.roleArn }
  const cluster = new DatabaseCluster(scope, 'Cluster', {
    engine,
    vpc,
    vpcSubnets: subnets,
    port: DEFAULT_PORTS[dialect],
    defaultDatabaseName: schema,
    credentials: Credentials.fromUsername('administrator'),
    manageMasterUserPassword: true,
    iamAuthentication: true,
    storageEncrypted: true,
    ...(storageKey && { storageEncryptionKey: storageKey }),
    writer: ClusterInstance.serverlessV2('Writer', { publiclyAccessible: false }),
    ...capacityOf(props),
    ...(props.enableDataApi && { enableDataApi: true }),
    parameterGroup: new ParameterGroup(scope, 'Parameters', {
      engine,
      ...groupName(`${context.name}-${scope.node.id}-dbclpg`),
      description: 'batchquery: TLS, and the role that writes to S3',
      parameters: { ...parameters, ...named },
    }),
    s3ExportRole: exportRole,
    deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
    removalPolicy,
  })
  explainRule(
    cluster,
    'RDS11',
    'another port would hide nothing: the security group admits only the ECS tasks',
  )
  if (dialect === 'mysql') explainRule(cluster, 'RDS14', 'tasks read; backtrack would be paid for nothing')
  cluster.connections.allowFrom(tasks, Port.tcp(DEFAULT_PORTS[dialect]))
  const { host, port } = addressOf(cluster.clusterEndpoint)
  return {
    url: tokenUrl(scope, { dialect, host, port, user, schema }),
    logins: [loginArn(scope, cluster.clusterResourceIdentifier, user)],
    secret: null,
    cluster: {
      arn: cluster.clusterArn,
      engine: `aurora-${dialect}`,
      engineVersion: version,
      ...(props.enableDataApi && cluster.secret && { adminSecret: cluster.secret.secretArn }),
    },
  }
}

/**
 * RDS accepts no other names of parameter groups. For any other name CloudFormation chooses one, because a changed
 * name could be that of another group.
 */
const groupName = (name: string): { name?: string } =>
  /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name) ? { name } : {}

/** The server's own role. It may write only results, because the server needs neither tasks nor records. */
function createExportRole(scope: Construct, { bucket, encryptionKey }: DatabaseContext): Role {
  const { partition, region, account } = Stack.of(scope)
  const clusters = `arn:${partition}:rds:${region}:${account}:cluster:*`
  const role = new Role(scope, 'ExportRole', {
    description: 'batchquery: Aurora writes results to S3',
    assumedBy: new ServicePrincipal('rds.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
        ArnLike: { 'aws:SourceArn': clusters },
      },
    }),
  })
  role.addToPolicy(new PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn] }))
  role.addToPolicy(
    new PolicyStatement({
      actions: [
        's3:GetObject',
        's3:PutObject',
        's3:DeleteObject',
        's3:AbortMultipartUpload',
        's3:ListMultipartUploadParts',
      ],
      resources: [bucket.arnForObjects('output/*')],
    }),
  )
  explainWildcard(role, bucket.arnForObjects('output/*'), OBJECTS)
  if (encryptionKey) grantKey(role, encryptionKey, role, 's3')
  return role
}
