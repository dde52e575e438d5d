import { Stack } from 'aws-cdk-lib'
import { Grant, type IGrantable, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import type { Construct } from 'constructs'

/** The services that call KMS for us. batchquery itself never calls KMS. */
type Service = 's3' | 'sqs' | 'secretsmanager'

const READ = ['kms:Decrypt']
/** S3 reads the data key of an upload again for each of its parts, and SQS for each message. */
const READ_AND_WRITE = ['kms:GenerateDataKey', ...READ]

/** Lets the grantee use a key to write objects that a service encrypts, and to read them again. */
export function grantKey(grantee: IGrantable, key: IKey, scope: Construct, service: 's3' | 'sqs'): void {
  grantThrough(grantee, key, service, READ_AND_WRITE, Stack.of(scope).region)
}

/** The same as `grantKey` for S3, as a statement for a policy. */
export const keyStatement = ({ keyArn }: IKey, scope: Construct): PolicyStatement =>
  new PolicyStatement({
    actions: READ_AND_WRITE,
    resources: [keyArn],
    conditions: through('s3', Stack.of(scope).region),
  })

/** Lets the grantee use a key to read objects that S3 has encrypted. */
export function grantReadingByKey(grantee: IGrantable, key: IKey, scope: Construct): void {
  grantThrough(grantee, key, 's3', READ, Stack.of(scope).region)
}

/**
 * For a secret under a customer's key this grants the right to that key too. A key that AWS manages needs no right.
 */
export function grantSecret(grantee: IGrantable, secret: ISecret): void {
  secret.grantRead(grantee)
  if (secret.encryptionKey)
    grantThrough(grantee, secret.encryptionKey, 'secretsmanager', READ, secret.env.region)
}

function grantThrough(
  grantee: IGrantable,
  { keyArn }: IKey,
  service: Service,
  actions: string[],
  region: string,
): void {
  Grant.addToPrincipal({ grantee, actions, resourceArns: [keyArn], conditions: through(service, region) })
}

/** The right holds only if the service calls KMS on behalf of its holder. */
const through = (service: Service, region: string) => ({
  StringEquals: { 'kms:ViaService': `${service}.${region}.amazonaws.com` },
})

/**
 * For CloudWatch Logs, for this log group only.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 */
export function letLogsUse(key: IKey, scope: Construct, logGroupName: string): void {
  const { region } = Stack.of(scope)
  const arn = Stack.of(scope).formatArn({ service: 'logs', resource: `log-group:${logGroupName}` })
  key.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal(`logs.${region}.amazonaws.com`)],
      actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
      resources: ['*'],
      conditions: { ArnEquals: { 'kms:EncryptionContext:aws:logs:arn': arn } },
    }),
  )
}

/** For EventBridge, which publishes to the topic of notices. */
export function letEventsUse(key: IKey): void {
  key.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('events.amazonaws.com')],
      actions: READ_AND_WRITE,
      resources: ['*'],
    }),
  )
}
