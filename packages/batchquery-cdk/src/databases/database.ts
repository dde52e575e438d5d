import type { IVpc, SecurityGroup, SubnetSelection } from 'aws-cdk-lib/aws-ec2'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import type { Construct } from 'constructs'

/** What a database may use of the construct that it is a part of. */
export interface DatabaseContext {
  /** First part of the physical names. */
  readonly name: string
  readonly vpc: IVpc
  readonly subnets: SubnetSelection
  /** The security group of the ECS tasks. */
  readonly tasks: SecurityGroup
  readonly bucket: IBucket
  readonly encryptionKey: IKey | undefined
}

/** What a database needs of the task role, and how it is called. */
export interface DatabaseBinding {
  /** As in batchquery.yaml; never has a password. */
  readonly url: string
  /** Resources of `rds-db:connect`, for a login by token. */
  readonly logins: readonly string[]
  /** For a login by password. */
  readonly secret: ISecret | null
  /** Of one that is made here. */
  readonly cluster?: MadeCluster
}

/** What the command line and `doctor` know of a cluster that is made. */
export interface MadeCluster {
  readonly arn: string
  readonly engine: 'aurora-mysql' | 'aurora-postgres'
  readonly engineVersion: string
  /** ARN of the secret of its administrator; only if the RDS Data API is on. */
  readonly adminSecret?: string
}

/** A database that tasks may use: `fromCluster`, `fromInstance`, `fromEndpoint`, `auroraMysql`, `auroraPostgres`. */
export interface BatchQueryDatabase {
  /** Called once, by `BatchQuery`. The scope is the database's own. */
  bind(scope: Construct, context: DatabaseContext): DatabaseBinding
}
