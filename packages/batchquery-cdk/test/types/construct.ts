// `npm run typecheck` is the test: code that must compile does, and the rest does not.
import { RemovalPolicy, Stack } from 'aws-cdk-lib'
import type { IGrantable } from 'aws-cdk-lib/aws-iam'
import { DatabaseCluster } from 'aws-cdk-lib/aws-rds'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import {
  auroraMysql,
  auroraPostgres,
  BatchQuery,
  type BatchQueryDatabase,
  type BatchQueryProps,
  type BatchQuerySchedule,
  type DatabaseBinding,
  fromCluster,
  fromEndpoint,
} from '../../src/index.ts'

export class Compiles extends Stack {
  constructor(scope: Construct, id: string, team: IGrantable) {
    super(scope, id)
    const cluster = DatabaseCluster.fromDatabaseClusterAttributes(this, 'C', { clusterIdentifier: 'db01cl' })
    const nightly: BatchQuerySchedule = {
      expression: 'cron(15 2 * * ? *)',
      task: 'script/a.sql',
      overlap: 'allow',
    }
    const own: BatchQueryDatabase = {
      bind: (): DatabaseBinding => ({ url: 'mysql://u@h/d?auth=iam', logins: [], secret: null }),
    }
    const batchQuery = new BatchQuery(this, 'BatchQuery', {
      databases: {
        own,
        main: fromCluster(cluster, { dialect: 'mysql' }),
        mysql: auroraMysql({ minCapacity: 1, removalPolicy: RemovalPolicy.DESTROY }),
        postgres: auroraPostgres(),
      },
      secrets: [Secret.fromSecretNameV2(this, 'S', 'token')],
      schedules: { nightly },
      notices: {},
    })
    batchQuery.grantRun(team)
    batchQuery.grantReadResults(batchQuery.taskRole)
    const deadLetters: Queue | null = batchQuery.scheduleDeadLetters
    const url: string | undefined = batchQuery.databases.main?.url
    if (deadLetters !== null && url !== undefined) batchQuery.bucket.grantRead(team)
  }
}

export const doesNotCompile: readonly unknown[] = [
  // @ts-expect-error: no such rule
  { expression: 'rate(1 day)', task: 'a', overlap: 'wait' } satisfies BatchQuerySchedule,
  // @ts-expect-error: a schedule without its task
  { expression: 'rate(1 day)' } satisfies BatchQuerySchedule,
  // @ts-expect-error: a misspelled prop
  { schedule: {} } satisfies BatchQueryProps,
  // @ts-expect-error: an unknown kind of server
  fromEndpoint({ dialect: 'oracle', host: 'h' }),
  // @ts-expect-error: a host is needed
  fromEndpoint({ dialect: 'mysql' }),
]

export function replaces(batchQuery: BatchQuery, other: BatchQuery): void {
  // @ts-expect-error: the construct's parts are read-only
  batchQuery.bucket = other.bucket
}
