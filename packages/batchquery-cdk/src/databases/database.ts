import type { IVpc, SecurityGroup, SubnetSelection } from 'aws-cdk-lib/aws-ec2'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import type { Construct } from 'constructs'

/** The parts of the construct that a database may use. */
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

/** The rights that a database needs from the task role, and its URL. */
export interface DatabaseBinding {
  /** As in batchquery.yaml, without a password. */
  readonly url: string
  /** Resources of `rds-db:connect`, for a login by token. */
  readonly logins: readonly string[]
  /** For a login by password. */
  readonly secret: ISecret | null
  /** Set for a cluster that this stack creates. */
  readonly cluster?: MadeCluster
}

/** The facts that the command line and `doctor` have about a created cluster. */
export interface MadeCluster {
  readonly arn: string
  readonly engine: 'aurora-mysql' | 'aurora-postgres'
  readonly engineVersion: string
  /** ARN of its administrator's secret; only if the RDS Data API is on. */
  readonly adminSecret?: string
}

/** A database that tasks may use: `fromCluster`, `fromInstance`, `fromEndpoint`, `auroraMysql`, `auroraPostgres`. */
export interface BatchQueryDatabase {
  /** `BatchQuery` calls this once. The scope belongs to the database. */
  bind(scope: Construct, context: DatabaseContext): DatabaseBinding
}
