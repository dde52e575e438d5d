import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { App, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { inject } from 'vitest'
import { BatchQuery, type BatchQueryProps, fromEndpoint } from '../../src/index.ts'

export const main = fromEndpoint({
  dialect: 'mysql',
  host: 'db01cl.cluster-abc.us-east-1.rds.amazonaws.com',
  resourceId: 'cluster-ABC123',
})

/** This also checks CloudFormation's own rules, and a broken rule fails the synthesis. */
export const newApp = () =>
  new App({
    context: { '@aws-cdk/core:validateAgainstDefaultRules': true },
    outdir: join(inject('cdkOutput'), randomUUID()),
  })

/** A stack with only the construct. */
export function given(props: BatchQueryProps = {}) {
  const app = newApp()
  const stack = new Stack(app, 'Test')
  const batchQuery = new BatchQuery(stack, 'BatchQuery', props)
  return { app, stack, batchQuery, template: () => Template.fromStack(stack) }
}
