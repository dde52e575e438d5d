import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  type DescribeLogGroupsCommandInput,
} from '@aws-sdk/client-cloudwatch-logs'

/**
 * The operations of CloudWatch Logs that only the doctor needs. A user who may start runs need not have the right to
 * them.
 */
export class LogGroupCommands extends CloudWatchLogsClient {
  describeLogGroups = (input: DescribeLogGroupsCommandInput) => this.send(new DescribeLogGroupsCommand(input))
}
