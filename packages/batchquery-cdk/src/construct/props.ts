import type { RemovalPolicy } from 'aws-cdk-lib'
import type { IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2'
import type { ContainerImage, CpuArchitecture } from 'aws-cdk-lib/aws-ecs'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import type { BatchQueryDatabase } from '../databases/database.ts'
import type { CompletionNotices } from './notices.ts'
import type { BatchQuerySchedule } from './schedules.ts'

export interface BatchQueryProps {
  /**
   * First part of every physical name, and of the parameter `/batchquery/NAME`. Roles are named by it, so that one account has
   * room for one stack of a name. Lower case letters, digits and hyphens, at most 24.
   *
   * @default - batchquery: cluster `batchquery-fg`, task definition `batchquery`, role `batchquery-taskrole`
   */
  readonly name?: string
  /**
   * The home bucket's.
   *
   * @default - NAME-s3-ACCOUNT-REGION, as the names of buckets are shared by all the world
   */
  readonly bucketName?: string
  /**
   * Encrypts bucket, logs, notices and dead letters; a created database has a key of its own.
   *
   * @default - keys that AWS manages
   */
  readonly encryptionKey?: IKey
  /** Were `encryptionKey` before: what they encrypt can still be read by tasks, and by whom `grantRun` and `grantReadResults` name. @default - none */
  readonly formerKeys?: readonly IKey[]
  /** Days that replaced and removed versions of what is under `runs/` and `index/` are kept. @default - 30 */
  readonly runVersionsDays?: number
  /** What becomes of the bucket with the stack; with DESTROY it must be empty. @default - RETAIN */
  readonly removalPolicy?: RemovalPolicy
  /** @default - a new one of two zones: private, with endpoints and no NAT; with `assignPublicIp` public, with that for S3 alone */
  readonly vpc?: IVpc
  /** Of `vpc`, at most 16. They must reach S3, the image's registry and CloudWatch Logs. @default - see `vpc` */
  readonly subnets?: SubnetSelection
  /** Whether ECS tasks reach AWS by an address of their own. @default - false */
  readonly assignPublicIp?: boolean
  /**
   * Whether endpoints for S3, ECR, Logs (and Secrets Manager where needed) are made. What the app has made for the VPC before is used.
   * A `vpc` or `subnets` that were imported must know their route tables. A new VPC has the one for S3, which is free, in any case.
   *
   * @default - only in a new private VPC
   */
  readonly endpoints?: boolean
  /**
   * `ContainerImage.fromAsset`, `fromRegistry` (needs a way to the internet), or `fromEcrRepository`.
   *
   * @default - NAME:latest of this account's ECR
   */
  readonly image?: ContainerImage
  /** CPU units, 1024 a vCPU. @default - 256 */
  readonly cpu?: number
  /** @default - 512 */
  readonly memoryLimitMiB?: number
  /** Of the temporary files of an ECS task, 21 to 200. @default - 20, which cost nothing */
  readonly ephemeralStorageGiB?: number
  /** @default - X86_64 */
  readonly cpuArchitecture?: CpuArchitecture
  /** @default - three months */
  readonly logRetention?: RetentionDays
  /**
   * By the name that tasks use. With one database tasks need not say which; with several each task does
   * (`-- @database NAME`, `--database NAME`).
   *
   * @default - none
   */
  readonly databases?: Readonly<Record<string, BatchQueryDatabase>>
  /** That tasks may read besides, for parameters and variables that are given as `secret:ARN`. @default - none */
  readonly secrets?: readonly ISecret[]
  /** By name: at most 42 letters, digits, `.`, `_` and `-`. @default - none */
  readonly schedules?: Readonly<Record<string, BatchQuerySchedule>>
  /** Tells of every ECS task that has stopped. @default - none */
  readonly notices?: CompletionNotices
}
