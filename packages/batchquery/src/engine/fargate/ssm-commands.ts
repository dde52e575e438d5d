import {
  GetParameterCommand,
  type GetParameterCommandInput,
  GetParametersByPathCommand,
  type GetParametersByPathCommandInput,
  SSMClient,
} from '@aws-sdk/client-ssm'

/** A client with the operations that are used here. */
export class SsmCommands extends SSMClient {
  getParameter = (input: GetParameterCommandInput) => this.send(new GetParameterCommand(input))
  getParametersByPath = (input: GetParametersByPathCommandInput) =>
    this.send(new GetParametersByPathCommand(input))
}
