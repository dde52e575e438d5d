import type { Ec2Commands } from './ec2-commands.ts'

type Commands = { readonly [Name in keyof Ec2Commands]: Ec2Commands[Name] }
type Of<Name extends 'describeSubnets' | 'describeRouteTables' | 'describeVpcEndpoints'> = Awaited<
  ReturnType<Commands[Name]>
>
export type Subnet = NonNullable<Of<'describeSubnets'>['Subnets']>[number]
export type RouteTable = NonNullable<Of<'describeRouteTables'>['RouteTables']>[number]
export type Endpoint = NonNullable<Of<'describeVpcEndpoints'>['VpcEndpoints']>[number]

/** The network of the subnets: their VPC's route tables and endpoints. */
export interface Network {
  readonly vpc: string
  readonly tables: readonly RouteTable[]
  readonly endpoints: readonly Endpoint[]
}

/** Where traffic goes that no other route takes: `none`, or it would leave without an address that answers come back to. */
export type WayOut = 'public' | 'nat' | 'no address' | 'none'

/** The table that a subnet has, which is the VPC's main one where it has none of its own. */
export function tableOf({ SubnetId }: Subnet, { tables }: Network): RouteTable | null {
  const own = tables.find(({ Associations = [] }) => Associations.some(each => each.SubnetId === SubnetId))
  const main = tables.find(({ Associations = [] }) => Associations.some(each => each.Main))
  return own ?? main ?? null
}

/** An internet gateway takes traffic of public addresses alone; whatever else is named is taken for a NAT. */
export function wayOut(subnet: Subnet, network: Network, assignPublicIp: boolean): WayOut {
  const { Routes = [] } = tableOf(subnet, network) ?? {}
  const route = Routes.find(
    ({ DestinationCidrBlock, State }) => DestinationCidrBlock === '0.0.0.0/0' && State === 'active',
  )
  if (route === undefined) return 'none'
  if (!route.GatewayId?.startsWith('igw-')) return 'nat'
  return assignPublicIp ? 'public' : 'no address'
}

/**
 * Whether a service is reached within the VPC: by a gateway endpoint in the subnet's own table, or by an interface endpoint that
 * has taken over its name.
 *
 * @param service `s3`, `ecr.api`
 */
export function hasEndpoint(subnet: Subnet, network: Network, service: string): boolean {
  const table = tableOf(subnet, network)?.RouteTableId
  return network.endpoints
    .filter(
      ({ ServiceName, State }) => ServiceName?.endsWith(`.${service}`) && /^available$/i.test(State ?? ''),
    )
    .some(({ VpcEndpointType, RouteTableIds = [], PrivateDnsEnabled }) =>
      VpcEndpointType === 'Gateway'
        ? table !== undefined && RouteTableIds.includes(table)
        : PrivateDnsEnabled === true,
    )
}
