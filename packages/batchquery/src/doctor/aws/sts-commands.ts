import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'

/** A client with only the operation that the doctor uses. */
export class StsCommands extends STSClient {
  getCallerIdentity = () => this.send(new GetCallerIdentityCommand({}))
}
