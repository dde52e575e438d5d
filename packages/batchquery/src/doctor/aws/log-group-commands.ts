import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  type DescribeLogGroupsCommandInput,
} from '@aws-sdk/client-cloudwatch-logs'

/** What only a look needs of CloudWatch Logs: who may start runs need not have the right to it. */
export class LogGroupCommands extends CloudWatchLogsClient {
  describeLogGroups = (input: DescribeLogGroupsCommandInput) => this.send(new DescribeLogGroupsCommand(input))
}
