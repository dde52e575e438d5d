import type { Finding } from '../check.ts'
import { ask, broken } from './ask.ts'
import { type FargateLook, UNSEEN } from './fargate-look.ts'

/** @throws CONFIG if the container's log group is missing, because then no ECS task starts */
export async function lookAtLogGroup(look: FargateLook): Promise<Finding> {
  const described = await look.described()
  if (described === null) return UNSEEN
  const { logDriver, options = {} } = described.container.logConfiguration ?? {}
  const group = options['awslogs-group']
  if (logDriver !== 'awslogs' || group === undefined)
    return { skipped: `the log driver of the container is ${logDriver ?? 'not set'}, not awslogs` }
  const logs = await look.logGroups(options['awslogs-region'] ?? null)
  const doing = {
    what: `look at the log group ${group}`,
    action: 'logs:DescribeLogGroups',
    resource: 'the log group',
  }
  const { logGroups = [] } = await ask(doing, () => logs.describeLogGroups({ logGroupNamePrefix: group }))
  const found = logGroups.find(({ logGroupName }) => logGroupName === group)
  if (found === undefined) {
    if (options['awslogs-create-group'] === 'true')
      return { figure: `${group}, which ECS creates with the first log` }
    throw broken(
      `the log group ${group} does not exist, so no ECS task can start`,
      `Create it: aws logs create-log-group --log-group-name ${group}.`,
    )
  }
  const { retentionInDays: days } = found
  if (days !== undefined) return { figure: `${group}, kept for ${days} days` }
  return {
    figure: `${group}, kept forever`,
    warnings: [
      `${group} keeps all logs forever, and you pay for them; limit that: aws logs put-retention-policy --log-group-name ${group} --retention-in-days 90`,
    ],
  }
}
