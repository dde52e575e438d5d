import type { DiscoveredStack } from '../../config/index.ts'
import type { BatchQueryError } from '../../errors/index.ts'
import type { Finding } from '../check.ts'
import { retirement } from './engine-versions.ts'
import type { AccountLook } from './fargate-look.ts'

/** @throws as `FargateLook.identity` */
export async function reportIdentity(look: AccountLook, environment: NodeJS.ProcessEnv): Promise<Finding> {
  const { account, arn, region } = await look.identity()
  const { AWS_REGION, AWS_PROFILE } = environment
  const from = AWS_REGION ? 'AWS_REGION' : `profile ${AWS_PROFILE || 'default'}`
  return { figure: `account ${account}, ${arn}; region ${region} (${from})` }
}

/** @param missing why there is no stack although one is wanted */
export function reportStack(stack: DiscoveredStack | null, missing: BatchQueryError | null): Finding {
  if (missing !== null) throw missing
  if (stack === null) return { skipped: 'no stack is named, and the settings are complete without one' }
  const { name, region, parameter, settings, clusters } = stack
  const databases = [...settings.databases.keys()].join(', ') || 'none'
  return {
    figure: `${name} in ${region} (${parameter}): bucket ${settings.bucket}, databases ${databases}`,
    warnings: [...clusters].flatMap(([database, cluster]) => retirement(database, cluster, new Date()) ?? []),
  }
}
