import type { Finding } from '../check.ts'
import { ask, broken } from './ask.ts'
import type { FargateLook } from './fargate-look.ts'

const SPOT = 'FARGATE_SPOT'

/** @throws CONFIG if the cluster is missing, not ACTIVE, or lacks the Spot capacity that is configured */
export async function lookAtCluster(look: FargateLook): Promise<Finding> {
  const { cluster, spot } = look.settings
  const ecs = await look.clusters()
  const doing = {
    what: `look at the cluster ${cluster}`,
    action: 'ecs:DescribeClusters',
    resource: 'the cluster',
  }
  const { clusters: [found] = [] } = await ask(doing, () => ecs.describeClusters({ clusters: [cluster] }))
  const create = `aws ecs create-cluster --cluster-name ${cluster} --capacity-providers FARGATE ${SPOT}`
  if (found?.status !== 'ACTIVE')
    throw broken(
      found === undefined
        ? `the cluster ${cluster} does not exist`
        : `the cluster ${cluster} is ${found.status}`,
      `Check \`fargate.cluster\` and AWS_REGION, or create the cluster: ${create}.`,
    )
  const hasSpot = found.capacityProviders?.includes(SPOT) ?? false
  if (spot && !hasSpot)
    throw broken(
      `the cluster ${cluster} has no ${SPOT}, but \`spot\` is configured`,
      `Remove \`fargate.spot\`, or run aws ecs put-cluster-capacity-providers --cluster ${cluster} --capacity-providers FARGATE ${SPOT} --default-capacity-provider-strategy capacityProvider=FARGATE,weight=1.`,
    )
  const { runningTasksCount = 0, pendingTasksCount = 0 } = found
  const tasks = `${runningTasksCount} ECS tasks running, ${pendingTasksCount} pending`
  return { figure: `${cluster} ACTIVE, ${hasSpot ? 'with Spot' : 'without Spot (--spot)'}, ${tasks}` }
}
