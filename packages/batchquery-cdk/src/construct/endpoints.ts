import { Stack } from 'aws-cdk-lib'
import {
  CfnVPCEndpoint,
  GatewayVpcEndpoint,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  type IVpc,
  Port,
  SecurityGroup,
} from 'aws-cdk-lib/aws-ec2'
import { AnyPrincipal, ArnPrincipal, type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import type { Network } from './network.ts'

/*
 * Endpoints belong to the construct that wants them, never to the VPC. It may be part of another stack, which must not depend on this one, or
 * be shared. AWS refuses a second route or name for a service, so this uses the endpoints that the app has already created for the VPC.
 */

/**
 * Costs nothing. Created databases, which have no address of their own, also export through it.
 *
 * @returns null if each subnet has one
 */
export function createS3Endpoint(scope: Construct, { vpc, subnets }: Network): GatewayVpcEndpoint | null {
  const service = GatewayVpcEndpointAwsService.S3
  const routed = new Set(
    endpointsOf(scope, vpc, service.name).flatMap(({ routeTableIds }) => routeTableIds ?? []),
  )
  const all = vpc.selectSubnets(subnets).subnets
  const missing = all.filter(({ routeTable }) => !routed.has(routeTable.routeTableId))
  if (missing.length === 0) return null
  const endpoint = new GatewayVpcEndpoint(scope, 'S3Endpoint', {
    vpc,
    service,
    subnets: [{ subnets: missing }],
  })
  for (const statement of s3Statements(scope)) endpoint.addToPolicy(statement)
  return endpoint
}

/**
 * Only from this account to this account, so a task cannot carry results to a foreign bucket with credentials that it
 * brought. The policies of the roles limit access within the account. ECR keeps the layers of images in its own
 * bucket, and signs each request.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-setting-up-s3-gateway
 */
function s3Statements(scope: Construct): PolicyStatement[] {
  const { account, partition, region } = Stack.of(scope)
  const principals = [new AnyPrincipal()]
  return [
    new PolicyStatement({
      principals,
      actions: ['s3:*'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:PrincipalAccount': account, 'aws:ResourceAccount': account } },
    }),
    new PolicyStatement({
      principals,
      actions: ['s3:GetObject'],
      resources: [`arn:${partition}:s3:::prod-${region}-starport-layer-bucket/*`],
    }),
  ]
}

/** The users and purpose of the endpoints. */
export interface EndpointUse {
  readonly taskRole: IRole
  readonly executionRole: IRole
  readonly withSecrets: boolean
  readonly withFanOut: boolean
}

interface Use {
  readonly service: InterfaceVpcEndpointAwsService
  readonly role: IRole
  readonly actions: string[]
}

const PULL = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer']

function usesOf({ taskRole, executionRole, withSecrets, withFanOut }: EndpointUse): Record<string, Use> {
  return {
    EcrApi: {
      service: InterfaceVpcEndpointAwsService.ECR,
      role: executionRole,
      actions: ['ecr:GetAuthorizationToken', ...PULL],
    },
    EcrDocker: {
      service: InterfaceVpcEndpointAwsService.ECR_DOCKER,
      role: executionRole,
      actions: ['ecr:GetAuthorizationToken', ...PULL],
    },
    Logs: {
      service: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
      role: executionRole,
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    },
    ...(withFanOut && {
      StepFunctions: {
        service: InterfaceVpcEndpointAwsService.STEP_FUNCTIONS,
        role: taskRole,
        actions: ['states:StartExecution', 'states:DescribeExecution', 'states:StopExecution'],
      },
    }),
    ...(withSecrets && {
      SecretsManager: {
        service: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
        role: taskRole,
        actions: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
      },
    }),
  }
}

/**
 * The AWS endpoints that an ECS task needs, apart from S3, if it has no other way out: two for ECR, which stores the
 * images, and Logs.
 */
export function createServiceEndpoints(
  scope: Construct,
  { vpc, subnets, tasks }: Network,
  use: EndpointUse,
): void {
  const securityGroup = new SecurityGroup(scope, 'EndpointSecurityGroup', {
    vpc,
    description: 'batchquery: endpoints, for its ECS tasks',
    allowAllOutbound: false,
  })
  securityGroup.connections.allowFrom(tasks, Port.tcp(443))
  for (const [id, { service, role, actions }] of Object.entries(usesOf(use))) {
    const theirs = endpointsOf(scope, vpc, service.name).find(
      ({ privateDnsEnabled }) => privateDnsEnabled === true,
    )
    const owner = theirs?.node.scope
    if (owner instanceof InterfaceVpcEndpoint) tasks.connections.allowTo(owner, Port.tcp(443))
    if (theirs !== undefined) continue
    const endpoint = new InterfaceVpcEndpoint(scope, `${id}Endpoint`, {
      vpc,
      service,
      subnets,
      securityGroups: [securityGroup],
      open: false,
      privateDnsEnabled: true,
    })
    // The policy of the role limits the images, log groups or secrets.
    endpoint.addToPolicy(
      new PolicyStatement({ principals: [new ArnPrincipal(role.roleArn)], actions, resources: ['*'] }),
    )
  }
}

function endpointsOf(scope: Construct, { vpcId }: IVpc, serviceName: string): CfnVPCEndpoint[] {
  return scope.node.root.node
    .findAll()
    .filter(found => found instanceof CfnVPCEndpoint)
    .filter(endpoint => endpoint.vpcId === vpcId && endpoint.serviceName === serviceName)
}
