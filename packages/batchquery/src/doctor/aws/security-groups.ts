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
  if (ids === undefined) return { skipped: "none is configured: the VPC's default one counts" }
  const groups = await describe(look, ids)
  if (!allows(groups, HTTPS))
    throw broken(
      `no rule of ${ids.join(', ')} lets port ${HTTPS} out: neither S3, ECR nor Logs can be reached`,
      `Add one: ${egressCommand(ids[0] ?? '', HTTPS)}.`,
    )
  const port = databasePort(database)
  const figure = `${ids.join(', ')}: port ${HTTPS} is let out`
  if (port === null) return { figure }
  if (allows(groups, port)) return { figure: `${figure}, and port ${port} of the database` }
  return {
    figure,
    warnings: [
      `no rule of ${ids.join(', ')} lets port ${port} of the database out: ${egressCommand(ids[0] ?? '', port)}`,
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
      `not all of ${ids.join(', ')} are security groups here`,
      'Correct `fargate.securityGroups` or AWS_REGION: aws ec2 describe-security-groups lists them.',
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
