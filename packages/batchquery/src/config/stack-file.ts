import { stringify } from 'yaml'
import type { DiscoveredStack } from './discovery.ts'

/** A batchquery.yaml with what a stack tells of itself: where it stands, AWS is not asked any more. */
export function stackFile({ name, region, parameter, settings }: DiscoveredStack): string {
  const { bucket, store, engine, fargate, database, databases } = settings
  const content = {
    bucket,
    store,
    engine,
    fargate,
    database,
    databases: Object.fromEntries([...databases].map(([database, url]) => [database, { url }])),
  }
  return `\
# Settings of batchquery for this folder and those below it: the stack ${name} of ${region}, as the
# SSM parameter ${parameter} told of it. \`batchquery init --stack ${name} --force\` writes them anew.
${stringify(content)}`
}
