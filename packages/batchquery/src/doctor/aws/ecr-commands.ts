import { DescribeImagesCommand, type DescribeImagesCommandInput, ECRClient } from '@aws-sdk/client-ecr'

/** A client with only the operation that the doctor uses. */
export class EcrCommands extends ECRClient {
  describeImages = (input: DescribeImagesCommandInput) => this.send(new DescribeImagesCommand(input))
}
