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
import type { Construct } from 'constructs'
import type { Network } from './network.ts'

/*
 * Endpoints are constructs of whoever wants them, never of the VPC: it may be of another stack, which must not need this one, or
 * be shared. AWS refuses a second route or name for a service, so that what the app has made for the VPC so far is used.
 */

/** Costs nothing; created databases, which have no address of their own, export by it too. */
export function createS3Endpoint(scope: Construct, { vpc, subnets }: Network): void {
  const service = GatewayVpcEndpointAwsService.S3
  const routed = new Set(
    endpointsOf(scope, vpc, service.name).flatMap(({ routeTableIds }) => routeTableIds ?? []),
  )
  const all = vpc.selectSubnets(subnets).subnets
  const missing = all.filter(({ routeTable }) => !routed.has(routeTable.routeTableId))
  if (missing.length > 0)
    new GatewayVpcEndpoint(scope, 'S3Endpoint', { vpc, service, subnets: [{ subnets: missing }] })
}

/** With S3, what an ECS task needs of AWS where it has no other way out: two for ECR, where images lie, and Logs. */
export function createServiceEndpoints(
  scope: Construct,
  { vpc, subnets, tasks }: Network,
  withSecrets: boolean,
): void {
  const services = {
    EcrApi: InterfaceVpcEndpointAwsService.ECR,
    EcrDocker: InterfaceVpcEndpointAwsService.ECR_DOCKER,
    Logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
    ...(withSecrets && { SecretsManager: InterfaceVpcEndpointAwsService.SECRETS_MANAGER }),
  }
  const securityGroup = new SecurityGroup(scope, 'EndpointSecurityGroup', {
    vpc,
    description: 'batchquery: endpoints, for its ECS tasks',
    allowAllOutbound: false,
  })
  securityGroup.connections.allowFrom(tasks, Port.tcp(443))
  for (const [id, service] of Object.entries(services)) {
    const theirs = endpointsOf(scope, vpc, service.name).find(
      ({ privateDnsEnabled }) => privateDnsEnabled === true,
    )
    const owner = theirs?.node.scope
    if (owner instanceof InterfaceVpcEndpoint) tasks.connections.allowTo(owner, Port.tcp(443))
    if (theirs === undefined)
      new InterfaceVpcEndpoint(scope, `${id}Endpoint`, {
        vpc,
        service,
        subnets,
        securityGroups: [securityGroup],
        open: false,
        privateDnsEnabled: true,
      })
  }
}

function endpointsOf(scope: Construct, { vpcId }: IVpc, serviceName: string): CfnVPCEndpoint[] {
  return scope.node.root.node
    .findAll()
    .filter(found => found instanceof CfnVPCEndpoint)
    .filter(endpoint => endpoint.vpcId === vpcId && endpoint.serviceName === serviceName)
}
