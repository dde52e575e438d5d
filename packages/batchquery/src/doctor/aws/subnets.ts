import type { Finding } from '../check.ts'
import { ask, broken, failureCode } from './ask.ts'
import type { FargateLook } from './fargate-look.ts'
import { ecrImage } from './image.ts'
import { hasEndpoint, type Network, type Subnet, tableOf, type WayOut, wayOut } from './routes.ts'

const FEW_ADDRESSES = 10

/**
 * Checks that an ECS task in each subnet reaches S3, and the other services that its container needs: ECR for the
 * image, CloudWatch Logs, Secrets Manager.
 *
 * @throws CONFIG with the way to repair it
 */
export async function lookAtSubnets(look: FargateLook): Promise<Finding> {
  const { subnets: ids, assignPublicIp } = look.settings
  const subnets = await describe(look, ids)
  const [vpc, ...others] = new Set(subnets.map(({ VpcId = '' }) => VpcId))
  if (vpc === undefined || others.length > 0)
    throw broken(
      `the subnets ${ids.join(', ')} are in ${others.length + 1} VPCs`,
      'Name subnets of one VPC as `fargate.subnets`.',
    )
  const network = await networkOf(look, vpc)
  const services = await servicesOf(look)
  const { region } = await look.identity()
  const ways = subnets.map(subnet => {
    const way = wayOut(subnet, network, assignPublicIp)
    const missing =
      way === 'public' || way === 'nat' ? [] : services.filter(each => !hasEndpoint(subnet, network, each))
    if (missing.length > 0) throw unreachable(subnet, network, way, missing, region)
    return `${subnet.SubnetId} (${subnet.AvailabilityZone}) ${WAYS[way]}`
  })
  return {
    figure: `${vpc}: ${ways.join(', ')}; they reach ${services.join(', ')}`,
    warnings: subnets.flatMap(({ SubnetId, AvailableIpAddressCount: free = 0 }) =>
      free < FEW_ADDRESSES ? `${SubnetId} has ${free} free addresses, and every ECS task needs one` : [],
    ),
  }
}

const WAYS: Readonly<Record<WayOut, string>> = {
  public: 'by a public address',
  nat: 'by NAT',
  'no address': 'by endpoints',
  none: 'by endpoints',
}

async function describe(look: FargateLook, ids: string[]): Promise<readonly Subnet[]> {
  const ec2 = await look.ec2()
  const doing = { what: `look at ${ids.join(', ')}`, action: 'ec2:DescribeSubnets', resource: '*' }
  try {
    return (await ask(doing, () => ec2.describeSubnets({ SubnetIds: ids }))).Subnets ?? []
  } catch (thrown) {
    if (!failureCode(thrown)?.startsWith('InvalidSubnet')) throw thrown
    throw broken(
      `not all of ${ids.join(', ')} are subnets in this account and region`,
      'Correct `fargate.subnets` or AWS_REGION. List the subnets: aws ec2 describe-subnets.',
    )
  }
}

async function networkOf(look: FargateLook, vpc: string): Promise<Network> {
  const ec2 = await look.ec2()
  const filter = { Filters: [{ Name: 'vpc-id', Values: [vpc] }] }
  const doing = (what: string, action: string) => ({
    what: `look at the ${what} of ${vpc}`,
    action,
    resource: '*',
  })
  const { RouteTables: tables = [] } = await ask(doing('route tables', 'ec2:DescribeRouteTables'), () =>
    ec2.describeRouteTables(filter),
  )
  const { VpcEndpoints: endpoints = [] } = await ask(doing('endpoints', 'ec2:DescribeVpcEndpoints'), () =>
    ec2.describeVpcEndpoints(filter),
  )
  return { vpc, tables, endpoints }
}

/** The services that an ECS task of the task definition calls, by their endpoint names. */
async function servicesOf(look: FargateLook): Promise<readonly string[]> {
  const {
    image = '',
    logConfiguration,
    secrets = [],
  } = (await look.described().catch(() => null))?.container ?? {}
  return [
    's3',
    ...(ecrImage(image) === null ? [] : ['ecr.api', 'ecr.dkr']),
    ...(logConfiguration?.logDriver === 'awslogs' ? ['logs'] : []),
    ...(secrets.length > 0 ? ['secretsmanager'] : []),
  ]
}

function unreachable(
  subnet: Subnet,
  network: Network,
  way: WayOut,
  missing: readonly string[],
  region: string,
) {
  const { SubnetId } = subnet
  const why =
    way === 'no address'
      ? 'its route leads to an internet gateway, but the ECS task gets no public address'
      : 'it has no route out and no endpoint'
  const publicAddress =
    way === 'no address' ? 'Set `fargate.assignPublicIp: true`, or create endpoints: ' : ''
  const commands = missing.map(service => endpointCommand(service, subnet, network, region))
  return broken(
    `${SubnetId} cannot reach ${missing.join(', ')}: ${why}`,
    `${publicAddress}${commands.join('; ')}.`,
  )
}

function endpointCommand(service: string, subnet: Subnet, network: Network, region: string): string {
  const where =
    service === 's3'
      ? `--route-table-ids ${tableOf(subnet, network)?.RouteTableId ?? 'ID'}`
      : `--vpc-endpoint-type Interface --private-dns-enabled --subnet-ids ${subnet.SubnetId}`
  return `aws ec2 create-vpc-endpoint --vpc-id ${network.vpc} --service-name com.amazonaws.${region}.${service} ${where}`
}
