import type { RemovalPolicy } from 'aws-cdk-lib'
import type { IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2'
import type { ContainerImage, CpuArchitecture } from 'aws-cdk-lib/aws-ecs'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import type { BatchQueryDatabase } from '../databases/database.ts'
import type { CompletionNotices } from './notices.ts'

export interface BatchQueryProps {
  /**
   * First part of every physical name, and of the parameter `/batchquery/NAME`. Roles have names with it, so one
   * account has room for one stack of a name. Lower case letters, digits and hyphens, at most 24.
   *
   * @default - batchquery: cluster `batchquery-fg`, task definition `batchquery`, role `batchquery-taskrole`
   */
  readonly name?: string
  /**
   * The home bucket's name.
   *
   * @default - NAME-s3-ACCOUNT-REGION, because bucket names must be unique worldwide
   */
  readonly bucketName?: string
  /**
   * Encrypts bucket, logs, notices and dead letters; a created database has a key of its own.
   *
   * @default - keys that AWS manages
   */
  readonly encryptionKey?: IKey
  /**
   * Earlier values of `encryptionKey`. Tasks, and grantees of `grantRun` and `grantReadResults`, can still read what
   * these keys encrypt. @default - none
   */
  readonly formerKeys?: readonly IKey[]
  /**
   * How many days the bucket keeps replaced and removed versions of objects under `runs/` and `index/`. @default - 30
   */
  readonly runVersionsDays?: number
  /** Decides about the bucket when the stack is removed. With DESTROY it must be empty. @default - RETAIN */
  readonly removalPolicy?: RemovalPolicy
  /**
   * @default - a new VPC with two zones: private, with endpoints and no NAT; public with `assignPublicIp`, with an
   *   endpoint for S3 only
   */
  readonly vpc?: IVpc
  /**
   * Subnets of `vpc`, at most 16. They must reach S3, the image's registry and CloudWatch Logs. @default - see `vpc`
   */
  readonly subnets?: SubnetSelection
  /** Whether ECS tasks reach AWS with their own public address. @default - false */
  readonly assignPublicIp?: boolean
  /**
   * Whether to create endpoints for S3, ECR, Logs (and Secrets Manager if needed). Endpoints that the app has already
   * created for the VPC are reused. An imported `vpc` or `subnets` must know their route tables. A new VPC always
   * gets the endpoint for S3, which is free.
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
  /** CPU units, 1024 per vCPU. @default - 256 */
  readonly cpu?: number
  /** @default - 512 */
  readonly memoryLimitMiB?: number
  /** Size of the temporary files of an ECS task, 21 to 200. @default - 20, which cost nothing */
  readonly ephemeralStorageGiB?: number
  /** @default - X86_64 */
  readonly cpuArchitecture?: CpuArchitecture
  /** @default - three months */
  readonly logRetention?: RetentionDays
  /**
   * By the name that tasks use. With one database, tasks need not name it. With several, each task must (`--
   * @database NAME`, `--database NAME`).
   *
   * @default - none
   */
  readonly databases?: Readonly<Record<string, BatchQueryDatabase>>
  /** More secrets that tasks may read, for parameters and variables in the form `secret:ARN`. @default - none */
  readonly secrets?: readonly ISecret[]
  /** The addresses that get the document of each run when it ends. @default - none */
  readonly notify?: readonly BatchQueryReceiver[]
  /** By name: at most 42 letters, digits, `.`, `_` and `-`. @default - none */
  readonly schedules?: Readonly<Record<string, BatchQuerySchedule>>
  /**
   * Whether to create the state machine that starts several ECS tasks for one export (`batchquery run --tasks m`). It costs nothing
   * until it runs, except in a new private VPC, which gets one more endpoint.
   *
   * @default - false
   */
  readonly fanOut?: boolean
  /** Sends a notice for every ECS task that has stopped. @default - none */
  readonly notices?: CompletionNotices
}

export interface BatchQueryReceiver {
  /** `slack` gets one line of text, `url` the document as JSON. */
  readonly kind: 'slack' | 'url'
  /** Contains the HTTPS address, which the runner reads. */
  readonly secret: ISecret
  /** The key of the address in the secret's JSON. @default - the whole text is the address */
  readonly key?: string
  /** `failed` sends only runs that have FAILED. @default 'ended' */
  readonly on?: 'ended' | 'failed'
}

export interface BatchQuerySchedule {
  /** `cron(15 2 * * ? *)`, `rate(1 day)` or `at(2026-11-23T02:15:00)`. */
  readonly expression: string
  /** Key of the task in the home bucket, as in `script/batchquery.sql`. */
  readonly task: string
  /** Arguments of a script; SQL has `params`. @default - none */
  readonly args?: readonly string[]
  /**
   * Parameters of the task, by name. Not for secrets, except `secret:ARN` of one in `secrets`.
   * `<aws.scheduler.scheduled-time>` in a value becomes the time at which the run was due, as in
   * 2026-11-23T02:15:00Z.
   *
   * @default - none
   */
  readonly params?: Readonly<Record<string, string>>
  /** CPU units of its runs. @default - the task definition's */
  readonly cpu?: number
  /** Memory of its runs. @default - the task definition's */
  readonly memoryLimitMiB?: number
  /** Size of the temporary files of its runs, 21 to 200. @default - the task definition's */
  readonly ephemeralStorageGiB?: number
  /**
   * Whether its runs use spare capacity, which is cheaper, but which AWS may take away. If there is none, Scheduler
   * retries for an hour. No run switches to regular capacity.
   *
   * @default - false
   */
  readonly spot?: boolean
  /** @default - UTC */
  readonly timeZone?: string
  /** @default - true */
  readonly enabled?: boolean
  /**
   * Decides about a run that is due before an earlier run of the schedule has ended: `skip` ends it at once, FAILED
   * with SCHEDULE_OVERLAP and the id of the other run, and nothing starts it again. Runs that were started by hand do
   * not count.
   *
   * @default 'skip'
   */
  readonly overlap?: 'skip' | 'allow'
}
