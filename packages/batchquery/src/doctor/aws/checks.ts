import type { Check, Finding } from '../check.ts'
import type { Place } from '../place.ts'
import { unlessForbidden } from './ask.ts'
import { lookAtCluster } from './cluster.ts'
import { lookAtDefinition } from './definition.ts'
import { AccountLook, FargateLook } from './fargate-look.ts'
import { reportIdentity, reportStack } from './identity.ts'
import { lookAtImage } from './image.ts'
import { lookAtLogGroup } from './log-group.ts'
import { lookAtRights } from './rights.ts'
import { lookAtSecurityGroups } from './security-groups.ts'
import { lookAtSubnets } from './subnets.ts'

const IDENTITY = 'aws.identity'
const STACK = 'aws.stack'
const DEFINITION = 'aws.definition'

/**
 * The checks of what a run on Fargate needs from AWS, as far as the caller may see it. Without Fargate settings only
 * the checks of the identity and the stack.
 */
export function awsChecks(place: Place): readonly Check[] {
  const { fargate, shownDatabase, database } = place.settings
  if (fargate === null) return firstChecks(new AccountLook(), place)
  const look = new FargateLook(fargate)
  const url = shownDatabase === null ? null : database
  const check = (id: string, what: string, needs: string, run: () => Promise<Finding>): Check => ({
    id,
    what,
    needs: [needs],
    run: () => unlessForbidden(run),
  })
  return [
    ...firstChecks(look, place),
    check('aws.cluster', 'the cluster', STACK, () => lookAtCluster(look)),
    check(DEFINITION, 'the task definition', STACK, () => lookAtDefinition(look)),
    check('aws.image', 'the image', DEFINITION, () => lookAtImage(look)),
    check('aws.logs', 'the log group', DEFINITION, () => lookAtLogGroup(look)),
    check('aws.subnets', 'the routes out of the subnets', STACK, () => lookAtSubnets(look)),
    check('aws.security', 'the outbound rules of the security groups', STACK, () =>
      lookAtSecurityGroups(look, url),
    ),
    { id: 'aws.rights', what: 'the right to start runs', needs: [DEFINITION], run: () => lookAtRights(look) },
  ]
}

const firstChecks = (look: AccountLook, { environment, stack, stackError }: Place): readonly Check[] => [
  {
    id: IDENTITY,
    what: 'the identity and region at AWS',
    needs: [],
    run: () => reportIdentity(look, environment),
  },
  {
    id: STACK,
    what: 'the stack of batchquery-cdk',
    needs: [IDENTITY],
    run: async () => reportStack(stack, stackError),
  },
]
