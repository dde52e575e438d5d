import {
  GetRoleCommand,
  type GetRoleCommandInput,
  IAMClient,
  SimulatePrincipalPolicyCommand,
  type SimulatePrincipalPolicyCommandInput,
} from '@aws-sdk/client-iam'

/** A client with only the operations that the doctor uses. */
export class IamCommands extends IAMClient {
  getRole = (input: GetRoleCommandInput) => this.send(new GetRoleCommand(input))
  simulatePrincipalPolicy = (input: SimulatePrincipalPolicyCommandInput) =>
    this.send(new SimulatePrincipalPolicyCommand(input))
}
