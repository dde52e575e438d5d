import { databaseDialect } from '../../database/dialects.ts'
import { parseDatabaseUrl } from '../../database/url.ts'
import type { Finding } from '../check.ts'
import { ask, broken, failureCode } from './ask.ts'
import type { Ec2Commands } from './ec2-commands.ts'
import type { FargateLook } from './fargate-look.ts'

type Group = NonNullable<Awaited<ReturnType<Ec2Commands['describeSecurityGroups']>>['SecurityGroups']>[number]

const HTTPS = 443

/**
 * Checks that the ECS task may call AWS and its database.
 *
 * @param database its URL; null if unknown
 * @throws CONFIG
 */
export async function lookAtSecurityGroups(look: FargateLook, database: string | null): Promise<Finding> {
  const { securityGroups: ids } = look.settings
  if (ids === undefined) return { skipped: "none is configured, so the VPC's default security group counts" }
  const groups = await describe(look, ids)
  if (!allows(groups, HTTPS))
    throw broken(
      `no rule of ${ids.join(', ')} allows outbound port ${HTTPS}, so the ECS task cannot reach S3, ECR or Logs`,
      `Add one: ${egressCommand(ids[0] ?? '', HTTPS)}.`,
    )
  const port = databasePort(database)
  const figure = `${ids.join(', ')}: outbound port ${HTTPS} is open`
  if (port === null) return { figure }
  if (allows(groups, port)) return { figure: `${figure}, and port ${port} of the database` }
  return {
    figure,
    warnings: [
      `no rule of ${ids.join(', ')} allows outbound port ${port} of the database; add one: ${egressCommand(ids[0] ?? '', port)}`,
    ],
  }
}

async function describe(look: FargateLook, ids: string[]): Promise<readonly Group[]> {
  const ec2 = await look.ec2()
  const doing = { what: `look at ${ids.join(', ')}`, action: 'ec2:DescribeSecurityGroups', resource: '*' }
  try {
    return (await ask(doing, () => ec2.describeSecurityGroups({ GroupIds: ids }))).SecurityGroups ?? []
  } catch (thrown) {
    if (!failureCode(thrown)?.startsWith('InvalidGroup')) throw thrown
    throw broken(
      `not all of ${ids.join(', ')} are security groups in this account and region`,
      'Correct `fargate.securityGroups` or AWS_REGION. List the groups: aws ec2 describe-security-groups.',
    )
  }
}

const allows = (groups: readonly Group[], port: number): boolean =>
  groups
    .flatMap(({ IpPermissionsEgress = [] }) => IpPermissionsEgress)
    .some(
      ({ IpProtocol, FromPort = 0, ToPort = 65_535 }) =>
        IpProtocol === '-1' || (IpProtocol === 'tcp' && FromPort <= port && port <= ToPort),
    )

function databasePort(database: string | null): number | null {
  if (database === null) return null
  const { dialect, port } = parseDatabaseUrl(database)
  return databaseDialect(dialect).kind === 'server' ? port : null
}

const egressCommand = (group: string, port: number): string =>
  `aws ec2 authorize-security-group-egress --group-id ${group} --protocol tcp --port ${port} --cidr 0.0.0.0/0`
