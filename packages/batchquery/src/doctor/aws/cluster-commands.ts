import { DescribeClustersCommand, type DescribeClustersCommandInput, ECSClient } from '@aws-sdk/client-ecs'

/** The ECS operations that only the doctor needs. A user who may start runs need not have the right to them. */
export class ClusterCommands extends ECSClient {
  describeClusters = (input: DescribeClustersCommandInput) => this.send(new DescribeClustersCommand(input))
}
