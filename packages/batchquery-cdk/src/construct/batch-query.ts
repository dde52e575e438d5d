import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib'
import type { GatewayVpcEndpoint, SecurityGroup } from 'aws-cdk-lib/aws-ec2'
import { Cluster, ContainerInsights, type FargateTaskDefinition, RepositoryImage } from 'aws-cdk-lib/aws-ecs'
import { Grant, type IGrantable, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Bucket } from 'aws-cdk-lib/aws-s3'
import type { Topic } from 'aws-cdk-lib/aws-sns'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import type { StringParameter } from 'aws-cdk-lib/aws-ssm'
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import type { DatabaseBinding, MadeCluster } from '../databases/database.ts'
import { stackNameFault } from '../rules/names.ts'
import { createS3Endpoint, createServiceEndpoints } from './endpoints.ts'
import { coordinatorStatements, createFanOut, explainExecutions, submitterOfFanOut } from './fan-out.ts'
import { grantKey, grantReadingByKey, letLogsUse } from './keys.ts'
import { createNetwork, type Network } from './network.ts'
import { createNotices } from './notices.ts'
import type { BatchQueryProps } from './props.ts'
import { explainWildcard } from './reasons.ts'
import { createTaskPrincipalRole, grantRunner, submitterStatements } from './roles.ts'
import { createSchedules, startStatements } from './schedules.ts'
import {
  createParameter,
  createSettingsFile,
  homeSettings,
  type Place,
  placeOf,
  taskEnvironment,
} from './settings.ts'
import { createBucket } from './storage.ts'
import { createTaskDefinition, sizeOf } from './task-definition.ts'

/**
 * All resources that runs on Fargate need: home bucket, cluster, task definition, roles, network, databases,
 * schedules, notices, and the settings by which the command line finds them.
 *
 * @throws if props contradict each other; the message says how to correct them
 */
export class BatchQuery extends Construct {
  readonly name: string
  /** The home bucket. */
  readonly bucket: Bucket
  readonly cluster: Cluster
  readonly taskDefinition: FargateTaskDefinition
  /** The rights of every task. */
  readonly taskRole: Role
  /**
   * The role that starts the container: it reads the image and writes the log, but has no access to the data of
   * tasks.
   */
  readonly executionRole: Role
  /** The security group of the ECS tasks. */
  readonly securityGroup: SecurityGroup
  /** Null unless this construct creates it. To reach another account's bucket, add a statement to its policy. */
  readonly s3Endpoint: GatewayVpcEndpoint | null
  readonly logGroup: LogGroup
  /** `/batchquery/NAME`. */
  readonly parameter: StringParameter
  /** Null without schedules. */
  readonly scheduleDeadLetters: Queue | null
  /** Null without notices. */
  readonly noticeTopic: Topic | null
  /** Null without `fanOut`. */
  readonly fanOut: StateMachine | null
  /** URLs by name. */
  readonly databases: Readonly<Record<string, DatabaseBinding>>

  readonly #formerKeys: readonly IKey[]

  constructor(scope: Construct, id: string, props: BatchQueryProps = {}) {
    super(scope, id)
    this.#formerKeys = props.formerKeys ?? []
    this.name = checkName(props.name ?? 'batchquery')
    this.bucket = createBucket(this, this.name, props)
    const network = createNetwork(this, this.name, props)
    checkImage(props, network)
    this.securityGroup = network.tasks
    this.databases = this.#bindDatabases(props, network)
    const bindings = Object.values(this.databases)
    const receivers = props.notify ?? []
    const secrets = secretsOf(props, bindings)
    const withEndpoints = props.endpoints ?? network.isClosed
    this.s3Endpoint = withEndpoints || network.isNew ? createS3Endpoint(this, network) : null
    this.cluster = new Cluster(this, 'Cluster', {
      clusterName: `${this.name}-fg`,
      vpc: network.vpc,
      enableFargateCapacityProviders: true,
      containerInsightsV2: ContainerInsights.ENABLED,
    })
    this.logGroup = this.#createLogGroup(props)
    this.taskRole = createTaskPrincipalRole(this, 'TaskRole', 'batchquery: tasks', `${this.name}-taskrole`)
    this.executionRole = createTaskPrincipalRole(this, 'ExecutionRole', 'batchquery: starts the container')
    const logins = bindings.flatMap(binding => binding.logins)
    explainWildcard(this.executionRole, '*', 'ecr:GetAuthorizationToken has no resources')
    grantRunner(this.taskRole, this.bucket, props, logins, secrets)
    const { taskRole, executionRole } = this
    if (withEndpoints)
      createServiceEndpoints(this, network, {
        ...{ taskRole, executionRole, withSecrets: secrets.length > 0 },
        withFanOut: props.fanOut ?? false,
      })
    const place = placeOf(this.cluster, this.name, network)
    this.fanOut = props.fanOut ? this.#createFanOut(props, place) : null
    this.taskDefinition = createTaskDefinition(this, this.name, props, {
      taskRole: this.taskRole,
      executionRole: this.executionRole,
      logGroup: this.logGroup,
      environment: taskEnvironment(this, this.bucket, this.databases, receivers),
    })
    const settings = homeSettings(this.bucket, this.databases, place, this.fanOut)
    createSettingsFile(this, this.bucket, props.encryptionKey, settings)
    const { region } = Stack.of(this)
    const document = {
      version: 1,
      name: this.name,
      region,
      logGroup: this.logGroup.logGroupName,
      settings,
      clusters: this.#clusters(),
    } as const
    this.parameter = createParameter(this, document)
    this.scheduleDeadLetters = createSchedules(this, props.schedules ?? {}, {
      ...settings.fargate,
      name: this.name,
      size: sizeOf(props),
      cluster: this.cluster,
      taskDefinitionArn: this.taskDefinition.taskDefinitionArn,
      bucketName: this.bucket.bucketName,
      encryptionKey: props.encryptionKey,
      grantStart: grantee => this.#grantAll(grantee, this.#startStatements()),
    })
    const { notices, encryptionKey } = props
    this.noticeTopic = notices ? createNotices(this, notices, this.cluster, this.name, encryptionKey) : null
    new CfnOutput(this, 'BucketName', { value: this.bucket.bucketName })
  }

  /**
   * Lets the grantee submit, follow, cancel and reap runs of tasks in the bucket, or of a local file. This includes
   * all rights of the task role, but not the right to write under `script/`.
   */
  grantRun(grantee: IGrantable): void {
    const { formatArn } = Stack.of(this)
    const arn = formatArn.bind(Stack.of(this))
    const tasks = arn({ service: 'ecs', resource: 'task', resourceName: `${this.cluster.clusterName}/*` })
    this.#grantAll(grantee, [
      ...this.#startStatements(),
      ...submitterStatements(this.bucket),
      new PolicyStatement({
        actions: ['ecs:DescribeTasks', 'ecs:StopTask'],
        resources: [tasks],
      }),
      // RunTask writes tags. The grantee must not change the tags of a running task.
      new PolicyStatement({
        actions: ['ecs:TagResource'],
        resources: [tasks],
        conditions: { StringEquals: { 'ecs:CreateAction': 'RunTask' } },
      }),
      // This action has no resources.
      new PolicyStatement({ actions: ['ecs:DescribeTaskDefinition'], resources: ['*'] }),
      new PolicyStatement({ actions: ['ssm:GetParameter'], resources: [this.parameter.parameterArn] }),
      new PolicyStatement({ actions: ['logs:GetLogEvents'], resources: [`${this.logGroup.logGroupArn}`] }),
      ...(this.fanOut === null ? [] : submitterOfFanOut(this, this.name)),
    ])
    if (this.bucket.encryptionKey) grantKey(grantee, this.bucket.encryptionKey, this, 's3')
    for (const key of this.#formerKeys) grantReadingByKey(grantee, key, this)
  }

  /** Lets the grantee read objects under `output/`, and nothing else. */
  grantReadResults(grantee: IGrantable): void {
    this.#grantAll(grantee, [
      new PolicyStatement({
        actions: ['s3:ListBucket'],
        resources: [this.bucket.bucketArn],
        conditions: { StringLike: { 's3:prefix': ['output/*'] } },
      }),
      new PolicyStatement({
        actions: ['s3:GetObject', 's3:GetObjectVersion'],
        resources: [this.bucket.arnForObjects('output/*')],
      }),
    ])
    for (const key of [this.bucket.encryptionKey, ...this.#formerKeys])
      if (key) grantReadingByKey(grantee, key, this)
  }

  /**
   * Lets the grantee create users by `batchquery grants --apply`, as the administrator of each created database that
   * has the RDS Data API.
   */
  grantApplyGrants(grantee: IGrantable): void {
    const clusters = Object.values(this.#clusters()).flatMap(({ arn, adminSecret }) =>
      adminSecret === undefined ? [] : [{ arn, adminSecret }],
    )
    if (clusters.length === 0)
      throw new Error('grantApplyGrants: this stack creates no database with enableDataApi.')
    this.#grantAll(grantee, [
      new PolicyStatement({
        actions: ['rds-data:ExecuteStatement'],
        resources: clusters.map(({ arn }) => arn),
      }),
      new PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        resources: clusters.map(({ adminSecret }) => adminSecret),
      }),
      new PolicyStatement({ actions: ['ssm:GetParameter'], resources: [this.parameter.parameterArn] }),
    ])
  }

  #createFanOut({ encryptionKey, logRetention }: BatchQueryProps, place: Place): StateMachine {
    for (const statement of coordinatorStatements(this, this.name)) this.taskRole.addToPolicy(statement)
    explainExecutions(this, this.taskRole, this.name)
    return createFanOut(this, {
      ...{ ...place, name: this.name, encryptionKey, logRetention },
      grantStart: grantee => this.#grantAll(grantee, this.#startStatements()),
    })
  }

  #clusters(): Record<string, MadeCluster> {
    return Object.fromEntries(
      Object.entries(this.databases).flatMap(([name, { cluster }]) => (cluster ? [[name, cluster]] : [])),
    )
  }

  #grantAll(grantee: IGrantable, statements: readonly PolicyStatement[]): void {
    for (const statement of statements) {
      const { actions, resources, conditions } = statement
      Grant.addToPrincipal({ grantee, actions, resourceArns: resources, conditions })
    }
  }

  #startStatements(): PolicyStatement[] {
    const roles = [this.taskRole.roleArn, this.executionRole.roleArn]
    return startStatements(this, this.name, this.cluster.clusterArn, roles)
  }

  #bindDatabases(props: BatchQueryProps, { vpc, subnets, tasks }: Network): Record<string, DatabaseBinding> {
    const all = new Construct(this, 'Databases')
    const context = {
      name: this.name,
      vpc,
      subnets,
      tasks,
      bucket: this.bucket,
      encryptionKey: props.encryptionKey,
    }
    return Object.fromEntries(
      Object.entries(props.databases ?? {}).map(([name, database]) => [
        name,
        database.bind(new Construct(all, name), context),
      ]),
    )
  }

  #createLogGroup({ encryptionKey, logRetention }: BatchQueryProps): LogGroup {
    const logGroupName = `/batchquery/${this.name}`
    if (encryptionKey) letLogsUse(encryptionKey, this, logGroupName)
    return new LogGroup(this, 'LogGroup', {
      logGroupName,
      retention: logRetention ?? RetentionDays.THREE_MONTHS,
      ...(encryptionKey && { encryptionKey }),
      removalPolicy: RemovalPolicy.DESTROY,
    })
  }
}

const secretsOf = ({ notify = [], secrets = [] }: BatchQueryProps, bindings: readonly DatabaseBinding[]) => [
  ...bindings.flatMap(({ secret }) => secret ?? []),
  ...notify.map(({ secret }) => secret),
  ...secrets,
]

function checkName(name: string): string {
  const fault = stackNameFault(name)
  if (fault === null) return name
  throw new Error(`name: ${fault}.`)
}

/** ECS would report this only hours later, for a task that never starts. */
function checkImage({ image }: BatchQueryProps, { isClosed }: Network): void {
  if (isClosed && image instanceof RepositoryImage)
    throw new Error(
      'image: a private network without NAT reaches no registry except ECR. Push the image to ECR, set assignPublicIp, or use a vpc with NAT.',
    )
}
