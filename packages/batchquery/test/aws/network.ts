import { type Answer, failed, ok } from '../ecs/protocol.ts'

/** The VPC of the EC2 stand-in: two subnets, the second with the main route table, both with a NAT gateway. */
export class TestNetwork {
  readonly vpc = 'vpc-1'
  /** The VPC of a subnet. */
  readonly subnets = new Map([
    ['subnet-1', 'vpc-1'],
    ['subnet-2', 'vpc-1'],
    ['subnet-elsewhere', 'vpc-2'],
  ])
  addresses = 250
  /** The target of each table's default route. Null if there is none. The second table is the main one. */
  readonly defaultRoutes = new Map<string, string | null>([
    ['rtb-1', 'nat-1'],
    ['rtb-main', 'nat-1'],
  ])
  routeState: 'active' | 'blackhole' = 'active'
  /** Services with an endpoint: S3 as a gateway in these tables, the others with an interface. */
  endpoints: Readonly<Record<string, readonly string[]>> = {}
  /** The egress rules of sg-1: a port, or null for everything. */
  egress: readonly (number | null)[] = [null]

  answer(action: string, input: Readonly<Record<string, unknown>>): Answer {
    switch (action) {
      case 'ec2:DescribeSubnets':
        return this.#subnets(listIn(input.SubnetIds))
      case 'ec2:DescribeRouteTables':
        return ok({ RouteTables: this.#tables() })
      case 'ec2:DescribeVpcEndpoints':
        return ok({ VpcEndpoints: this.#endpoints() })
      default:
        return this.#groups(listIn(input.GroupIds))
    }
  }

  #subnets(ids: readonly string[]): Answer {
    const missing = ids.find(id => !this.subnets.has(id))
    if (missing !== undefined)
      return failed('InvalidSubnetID.NotFound', `The subnet ID '${missing}' does not exist`)
    const Subnets = ids.map((SubnetId, index) => ({
      SubnetId,
      VpcId: this.subnets.get(SubnetId),
      AvailabilityZone: `us-east-1${'abc'[index]}`,
      AvailableIpAddressCount: this.addresses,
    }))
    return ok({ Subnets })
  }

  #tables(): unknown[] {
    return [...this.defaultRoutes].map(([RouteTableId, target]) => ({
      RouteTableId,
      VpcId: this.vpc,
      Associations: [RouteTableId === 'rtb-main' ? { Main: true } : { Main: false, SubnetId: 'subnet-1' }],
      Routes: [
        { DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local', State: 'active' },
        ...(target === null
          ? []
          : [
              {
                DestinationCidrBlock: '0.0.0.0/0',
                ...(target.startsWith('nat-') ? { NatGatewayId: target } : { GatewayId: target }),
                State: this.routeState,
              },
            ]),
      ],
    }))
  }

  #endpoints(): unknown[] {
    return Object.entries(this.endpoints).map(([service, tables]) => ({
      VpcEndpointId: `vpce-${service}`,
      VpcId: this.vpc,
      ServiceName: `com.amazonaws.us-east-1.${service}`,
      State: 'available',
      ...(service === 's3'
        ? { VpcEndpointType: 'Gateway', RouteTableIds: tables }
        : { VpcEndpointType: 'Interface', PrivateDnsEnabled: true }),
    }))
  }

  #groups(ids: readonly string[]): Answer {
    const missing = ids.find(id => id !== 'sg-1')
    if (missing !== undefined)
      return failed('InvalidGroup.NotFound', `The security group '${missing}' does not exist`)
    const IpPermissionsEgress = this.egress.map(port => ({
      IpProtocol: port === null ? '-1' : 'tcp',
      ...(port !== null && { FromPort: port, ToPort: port }),
      IpRanges: [{ CidrIp: '0.0.0.0/0' }],
    }))
    return ok({ SecurityGroups: [{ GroupId: 'sg-1', VpcId: this.vpc, IpPermissionsEgress }] })
  }
}

const listIn = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : [])
