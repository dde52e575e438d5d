import type { ICluster } from 'aws-cdk-lib/aws-ecs'
import { Rule } from 'aws-cdk-lib/aws-events'
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import type { Construct } from 'constructs'
import { letEventsUse } from './keys.ts'

export interface CompletionNotices {
  /** Each recipient must confirm. @default - none: subscribe to `noticeTopic` yourself */
  readonly emails?: readonly string[]
}

/** ECS's own event of a stopped task, as JSON. It may arrive twice. */
export function createNotices(
  scope: Construct,
  { emails = [] }: CompletionNotices,
  cluster: ICluster,
  family: string,
  encryptionKey: IKey | undefined,
): Topic {
  const topic = new Topic(scope, 'Notices', {
    displayName: `${family}: ECS tasks that have stopped`,
    enforceSSL: true,
    ...(encryptionKey && { masterKey: encryptionKey }),
  })
  if (encryptionKey) letEventsUse(encryptionKey)
  for (const email of emails) topic.addSubscription(new EmailSubscription(email))
  new Rule(scope, 'StoppedRule', {
    description: 'batchquery: an ECS task has stopped',
    eventPattern: {
      source: ['aws.ecs'],
      detailType: ['ECS Task State Change'],
      detail: {
        clusterArn: [cluster.clusterArn],
        lastStatus: ['STOPPED'],
        taskDefinitionArn: [{ wildcard: `*:task-definition/${family}:*` }],
      },
    },
    targets: [new SnsTopic(topic)],
  })
  return topic
}
