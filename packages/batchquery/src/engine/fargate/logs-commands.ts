import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  type DescribeLogGroupsCommandInput,
  GetLogEventsCommand,
  type GetLogEventsCommandInput,
} from '@aws-sdk/client-cloudwatch-logs'

/** A client with the operations that are used here. */
export class LogsCommands extends CloudWatchLogsClient {
  describeLogGroups = (input: DescribeLogGroupsCommandInput) => this.send(new DescribeLogGroupsCommand(input))
  getLogEvents = (input: GetLogEventsCommandInput) => this.send(new GetLogEventsCommand(input))
}
