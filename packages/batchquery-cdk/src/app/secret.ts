import { Key } from 'aws-cdk-lib/aws-kms'
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager'
import type { Construct } from 'constructs'

/** A secret that exists. @param kmsKey ARN of the key that encrypts it, if that is a customer's key */
export function secretOf(scope: Construct, id: string, arn: string, kmsKey: string | undefined): ISecret {
  return Secret.fromSecretAttributes(scope, id, {
    secretCompleteArn: arn,
    ...(kmsKey !== undefined && { encryptionKey: Key.fromKeyArn(scope, `${id}Key`, kmsKey) }),
  })
}
