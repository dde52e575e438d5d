import {
  CloudWatchLogsClient,
  GetLogEventsCommand,
  type GetLogEventsCommandInput,
} from '@aws-sdk/client-cloudwatch-logs'

/** A client with the one operation that this module uses. */
export class LogsCommands extends CloudWatchLogsClient {
  getLogEvents = (input: GetLogEventsCommandInput) => this.send(new GetLogEventsCommand(input))
}
