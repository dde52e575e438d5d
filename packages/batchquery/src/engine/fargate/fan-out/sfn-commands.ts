import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandInput,
  SFNClient,
  StartExecutionCommand,
  type StartExecutionCommandInput,
  StopExecutionCommand,
  type StopExecutionCommandInput,
} from '@aws-sdk/client-sfn'

/** A client with the operations that this module uses. */
export class SfnCommands extends SFNClient {
  startExecution = (input: StartExecutionCommandInput) => this.send(new StartExecutionCommand(input))
  describeExecution = (input: DescribeExecutionCommandInput) => this.send(new DescribeExecutionCommand(input))
  stopExecution = (input: StopExecutionCommandInput) => this.send(new StopExecutionCommand(input))
}
