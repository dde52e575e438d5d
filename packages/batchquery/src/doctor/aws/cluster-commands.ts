import { DescribeClustersCommand, type DescribeClustersCommandInput, ECSClient } from '@aws-sdk/client-ecs'

/** What only a look needs of ECS: who may start runs need not have the right to it. */
export class ClusterCommands extends ECSClient {
  describeClusters = (input: DescribeClustersCommandInput) => this.send(new DescribeClustersCommand(input))
}
