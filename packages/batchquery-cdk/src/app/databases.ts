import { Duration } from 'aws-cdk-lib'
import { type ISecurityGroup, SecurityGroup } from 'aws-cdk-lib/aws-ec2'
import { Key } from 'aws-cdk-lib/aws-kms'
import type { Construct } from 'constructs'
import { auroraMysql, auroraPostgres } from '../databases/created.ts'
import type { BatchQueryDatabase } from '../databases/database.ts'
import { fromEndpoint } from '../databases/imported.ts'
import type { DatabaseConfig, StackConfig } from './config.ts'
import { secretOf } from './secret.ts'

/** The databases of the file, by name. */
export function databasesOf(
  scope: Construct,
  { databases }: Pick<StackConfig, 'databases'>,
): Record<string, BatchQueryDatabase> {
  // One object per group. EC2 refuses a duplicate rule, which two databases with one security group would create.
  const groups = new Map<string, ISecurityGroup>()
  const groupOf = (id: string): ISecurityGroup => {
    const group = groups.get(id) ?? SecurityGroup.fromSecurityGroupId(scope, `SecurityGroup-${id}`, id)
    groups.set(id, group)
    return group
  }
  return Object.fromEntries(
    Object.entries(databases).map(([name, config]) => [name, databaseOf(scope, name, config, groupOf)]),
  )
}

function databaseOf(
  scope: Construct,
  name: string,
  config: DatabaseConfig,
  groupOf: (id: string) => ISecurityGroup,
): BatchQueryDatabase {
  if ('create' in config) {
    const { create, storageKey, secondsUntilAutoPause: seconds, ...sizes } = config
    const props = {
      ...sizes,
      ...(seconds !== undefined && { autoPauseAfter: Duration.seconds(seconds) }),
      ...(storageKey !== undefined && {
        storageKey: Key.fromKeyArn(scope, `StorageKey-${name}`, storageKey),
      }),
    }
    return create === 'aurora-mysql' ? auroraMysql(props) : auroraPostgres(props)
  }
  const { secret, secretKmsKey, securityGroup, ...address } = config
  return fromEndpoint({
    ...address,
    ...(secret !== undefined && { secret: secretOf(scope, `Secret-${name}`, secret, secretKmsKey) }),
    ...(securityGroup !== undefined && { securityGroup: groupOf(securityGroup) }),
  })
}
