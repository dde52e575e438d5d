import {
  DescribeTaskDefinitionCommand,
  type DescribeTaskDefinitionCommandInput,
  DescribeTasksCommand,
  type DescribeTasksCommandInput,
  ECSClient,
  RunTaskCommand,
  type RunTaskCommandInput,
  StopTaskCommand,
  type StopTaskCommandInput,
} from '@aws-sdk/client-ecs'

/** A client with the operations that this module uses: the SDK's class `ECS` has all operations, and takes longer to load. */
export class EcsCommands extends ECSClient {
  runTask = (input: RunTaskCommandInput) => this.send(new RunTaskCommand(input))
  stopTask = (input: StopTaskCommandInput) => this.send(new StopTaskCommand(input))
  describeTasks = (input: DescribeTasksCommandInput) => this.send(new DescribeTasksCommand(input))
  describeTaskDefinition = (input: DescribeTaskDefinitionCommandInput) =>
    this.send(new DescribeTaskDefinitionCommand(input))
}
