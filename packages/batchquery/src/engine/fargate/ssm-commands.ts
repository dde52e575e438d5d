import {
  GetParameterCommand,
  type GetParameterCommandInput,
  GetParametersByPathCommand,
  type GetParametersByPathCommandInput,
  SSMClient,
} from '@aws-sdk/client-ssm'

/** A client with the operations that this module uses. */
export class SsmCommands extends SSMClient {
  getParameter = (input: GetParameterCommandInput) => this.send(new GetParameterCommand(input))
  getParametersByPath = (input: GetParametersByPathCommandInput) =>
    this.send(new GetParametersByPathCommand(input))
}
