import { BatchQueryError } from '../../errors/index.ts'
import type { DoesNotApply, Finding } from '../check.ts'
import { ask, unlessForbidden } from './ask.ts'
import { type Described, type FargateLook, type Identity, UNSEEN } from './fargate-look.ts'

/** Rights on one resource. */
interface Asked {
  readonly actions: readonly string[]
  readonly resource: string
  /** True if no run starts without these rights. False if only following and ending a run suffers. */
  readonly isNeeded: boolean
}

interface Refused {
  readonly action: string
  readonly resource: string
  readonly isNeeded: boolean
}

/**
 * Whether this user or role may start, follow and end runs, as far as IAM can simulate it.
 *
 * @throws PERMISSION if a run could not be started
 */
export async function lookAtRights(look: FargateLook): Promise<Finding> {
  const described = await look.described()
  if (described === null) return UNSEEN
  const identity = await look.identity()
  const asked = await unlessForbidden(() => askForAll(look, described, identity))
  if ('skipped' in asked) return asked
  const { who, refused } = asked
  const needed = refused.filter(({ isNeeded }) => isNeeded)
  const [first] = needed
  if (first !== undefined)
    throw new BatchQueryError('PERMISSION', `${who} lacks rights: ${needed.map(textOf).join('; ')}`, {
      hint: `Allow ${first.action} on ${first.resource} to it. grantRun of batchquery-cdk allows everything that a run needs.`,
    })
  const rest = refused.map(textOf).join('; ')
  return {
    figure: `${who} can start runs, according to the IAM simulator`,
    warnings:
      rest === '' ? [] : [`this caller can start runs, but not follow or end them completely; allow ${rest}`],
  }
}

/** Does not apply if the caller is not a user or role with policies of its own. */
async function askForAll(
  look: FargateLook,
  described: Described,
  identity: Identity,
): Promise<{ readonly who: string; readonly refused: readonly Refused[] } | DoesNotApply> {
  const who = await principalOf(look, identity)
  if (who === null) return { skipped: `IAM cannot say what ${identity.arn} may do` }
  const cluster = clusterArn(look.settings.cluster, identity)
  const refused: Refused[] = []
  for (const asked of rightsOf(described, cluster, identity))
    refused.push(...(await simulate(look, who, asked, cluster)))
  return { who, refused }
}

const textOf = ({ action, resource }: Refused): string => `${action} on ${resource}`

/** The ARN whose policies count. Null for the root of the account, and for a caller that is not a user or role. */
async function principalOf(look: FargateLook, { arn }: Identity): Promise<string | null> {
  if (/:user\//.test(arn)) return arn
  const role = /:assumed-role\/([^/]+)\//.exec(arn)?.[1]
  if (role === undefined) return null
  // The ARN of a session lacks the path of its role.
  const iam = await look.iam()
  const doing = { what: `look for the role ${role}`, action: 'iam:GetRole', resource: `the role ${role}` }
  return (await ask(doing, () => iam.getRole({ RoleName: role }))).Role?.Arn ?? null
}

const clusterArn = (cluster: string, { arn, account, region }: Identity): string =>
  cluster.startsWith('arn:') ? cluster : `arn:${partitionOf(arn)}:ecs:${region}:${account}:cluster/${cluster}`

const partitionOf = (arn: string): string => arn.split(':')[1] ?? 'aws'

function rightsOf(
  { definition, container }: Described,
  cluster: string,
  identity: Identity,
): readonly Asked[] {
  const { taskDefinitionArn = '*', taskRoleArn, executionRoleArn } = definition
  const roles = [...new Set([taskRoleArn, executionRoleArn].flatMap(role => role ?? []))]
  const tasks = `${cluster.replace(':cluster/', ':task/')}/*`
  const group = container.logConfiguration?.options?.['awslogs-group']
  const log = `arn:${partitionOf(identity.arn)}:logs:${identity.region}:${identity.account}:log-group:${group}:*`
  return [
    { actions: ['ecs:RunTask'], resource: taskDefinitionArn, isNeeded: true },
    ...roles.map(resource => ({ actions: ['iam:PassRole'], resource, isNeeded: true })),
    // An ECS task is started with tags.
    { actions: ['ecs:TagResource'], resource: tasks, isNeeded: true },
    { actions: ['ecs:DescribeTasks', 'ecs:StopTask'], resource: tasks, isNeeded: false },
    ...(group === undefined ? [] : [{ actions: ['logs:GetLogEvents'], resource: log, isNeeded: false }]),
  ]
}

async function simulate(
  look: FargateLook,
  who: string,
  { actions, resource, isNeeded }: Asked,
  cluster: string,
): Promise<readonly Refused[]> {
  const iam = await look.iam()
  const doing = {
    what: `ask IAM what ${who} may do`,
    action: 'iam:SimulatePrincipalPolicy',
    resource: 'this user or role',
  }
  const context = (name: string, value: string) => ({
    ContextKeyName: name,
    ContextKeyType: 'string' as const,
    ContextKeyValues: [value],
  })
  const { EvaluationResults = [] } = await ask(doing, () =>
    iam.simulatePrincipalPolicy({
      PolicySourceArn: who,
      ActionNames: [...actions],
      ResourceArns: [resource],
      ContextEntries: [
        context('ecs:cluster', cluster),
        context('iam:PassedToService', 'ecs-tasks.amazonaws.com'),
        context('ecs:CreateAction', 'RunTask'),
      ],
    }),
  )
  return EvaluationResults.filter(({ EvalDecision }) => EvalDecision !== 'allowed').map(
    ({ EvalActionName: action = '' }) => ({ action, resource, isNeeded }),
  )
}
