import { Aws, RemovalPolicy, Stack } from 'aws-cdk-lib'
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
import type { BatchQueryDatabase, DatabaseBinding, DatabaseContext } from './database.ts'
import { addressOf, DEFAULT_PORTS, DEFAULT_SCHEMA, loginArn, type ServerDialect, tokenUrl } from './url.ts'

export interface CreatedAuroraProps {
  /** Aurora capacity units (2 GiB of memory each). @default - 0.5 */
  readonly minCapacity?: number
  /** @default - 4 */
  readonly maxCapacity?: number
  /** @default - batchquery */
  readonly user?: string
  /** The first database. @default - db01 */
  readonly schema?: string
  /** Of its storage. Never change it: the cluster would be replaced by an empty one. @default - the key that AWS manages for RDS */
  readonly storageKey?: IKey
  /** What becomes of the cluster with the stack. @default - SNAPSHOT, and deletion is refused until protection is off */
  readonly removalPolicy?: RemovalPolicy
}

/**
 * Aurora MySQL 3, serverless v2, with IAM login, TLS required, and the right to write to the home bucket itself: the role is
 * associated with the cluster AND named by its parameter. The user is made with what `batchquery grants` prints.
 */
export const auroraMysql = (props: CreatedAuroraProps = {}): BatchQueryDatabase => ({
  bind: (scope, context) =>
    createCluster(scope, context, props, {
      dialect: 'mysql',
      engine: DatabaseClusterEngine.auroraMysql({ version: AuroraMysqlEngineVersion.VER_3_10_1 }),
      parameters: { require_secure_transport: 'ON', activate_all_roles_on_login: 'ON' },
      roleParameter: 'aws_default_s3_role',
    }),
})

/** Aurora PostgreSQL 17, as `auroraMysql`; its role for S3 needs no parameter. */
export const auroraPostgres = (props: CreatedAuroraProps = {}): BatchQueryDatabase => ({
  bind: (scope, context) =>
    createCluster(scope, context, props, {
      dialect: 'postgres',
      engine: DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_17_5 }),
      parameters: { 'rds.force_ssl': '1' },
      roleParameter: null,
    }),
})

interface Engine {
  readonly dialect: ServerDialect
  readonly engine: IClusterEngine
  readonly parameters: Readonly<Record<string, string>>
  readonly roleParameter: string | null
}

function createCluster(
  scope: Construct,
  context: DatabaseContext,
  props: CreatedAuroraProps,
  { dialect, engine, parameters, roleParameter }: Engine,
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
    serverlessV2MinCapacity: props.minCapacity ?? 0.5,
    serverlessV2MaxCapacity: props.maxCapacity ?? 4,
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
    'the port is known to whoever reaches it: the security group lets the ECS tasks in alone',
  )
  if (dialect === 'mysql') explainRule(cluster, 'RDS14', 'tasks read; backtrack would be paid for nothing')
  cluster.connections.allowFrom(tasks, Port.tcp(DEFAULT_PORTS[dialect]))
  const { host, port } = addressOf(cluster.clusterEndpoint)
  return {
    url: tokenUrl(scope, { dialect, host, port, user, schema }),
    logins: [loginArn(scope, cluster.clusterResourceIdentifier, user)],
    secret: null,
  }
}

/** RDS knows no other names of parameter groups; with another one CloudFormation names it: changed here, it could be that of a second. */
const groupName = (name: string): { name?: string } =>
  /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name) ? { name } : {}

/** The server's own role. Results only: the server has no business with tasks and records. */
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
