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

/**
 * The way that traffic takes if no other route matches. `none` if there is no way; `no address` if the way exists,
 * but the task has no address for the answers.
 */
export type WayOut = 'public' | 'nat' | 'no address' | 'none'

/** The route table of a subnet: its own, or else the main table of the VPC. */
export function tableOf({ SubnetId }: Subnet, { tables }: Network): RouteTable | null {
  const own = tables.find(({ Associations = [] }) => Associations.some(each => each.SubnetId === SubnetId))
  const main = tables.find(({ Associations = [] }) => Associations.some(each => each.Main))
  return own ?? main ?? null
}

/** An internet gateway serves only public addresses. Any other target counts as a NAT. */
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
 * Whether a service can be reached within the VPC: through a gateway endpoint in the subnet's own table, or an
 * interface endpoint that answers to the service's name.
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
