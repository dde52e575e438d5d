import { DescribeImagesCommand, type DescribeImagesCommandInput, ECRClient } from '@aws-sdk/client-ecr'

/** A client with the one operation that is used here. */
export class EcrCommands extends ECRClient {
  describeImages = (input: DescribeImagesCommandInput) => this.send(new DescribeImagesCommand(input))
}
