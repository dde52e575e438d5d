import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'

/** A client with the one operation that is used here. */
export class StsCommands extends STSClient {
  getCallerIdentity = () => this.send(new GetCallerIdentityCommand({}))
}
