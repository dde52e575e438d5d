import { afterAll, afterEach, inject } from 'vitest'
import type { TaskDefinition } from '../../ecs/definitions.ts'
import { EcsServer } from '../../ecs/ecs-server.ts'
import {
  adminClient,
  type Credentials,
  dropBucket,
  makeBucket,
  taskCredentials,
  taskEnvironment,
} from '../../setup/s3-client.ts'
import { Workspace } from '../workspace.ts'

/** ECS, a bucket and a folder with a batchquery.yaml that names both. */
export interface Stage {
  readonly ecs: EcsServer
  /** The environment of its containers. */
  readonly credentials: Required<Credentials>
  readonly bucket: string
  /** The environment of a user's shell. */
  readonly environment: NodeJS.ProcessEnv
  workspace(yaml?: string): Promise<Workspace>
  /** Defines the task definition `batchquery`. */
  define(definition?: Partial<TaskDefinition>): void
  /** An object of the bucket as text; empty if it does not exist. */
  object(key: string): Promise<string>
  keys(prefix: string): Promise<string[]>
}

export const FARGATE =
  'fargate: { subnets: [subnet-1], securityGroups: [sg-1], assignPublicIp: true, cluster: batchquery-fg, taskDefinition: batchquery }'

/** For a test file: without faults before each test. */
export async function stage(): Promise<Stage> {
  const bucket = await makeBucket()
  const { region, secureEndpoint, caFile } = inject('s3')
  const credentials = await taskCredentials(bucket)
  const ecs = await EcsServer.start({ region, credentials })
  const environment = {
    ...(await taskEnvironment(bucket)),
    AWS_ENDPOINT_URL_ECS: ecs.url,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: ecs.url,
    BATCHQUERY_ENGINE: 'fargate',
  }
  const define = (definition: Partial<TaskDefinition> = {}) =>
    ecs.define({
      ...definition,
      environment: {
        AWS_ENDPOINT_URL_S3: secureEndpoint,
        NODE_EXTRA_CA_CERTS: caFile,
        BATCHQUERY_DATABASE: 'duckdb::memory:',
        ...definition.environment,
      },
    })
  define()
  afterEach(() => {
    ecs.reset()
    define()
  })
  afterAll(async () => {
    await ecs.stop()
    await dropBucket(bucket)
  })
  return {
    ...{ ecs, credentials, bucket, environment, define },
    async workspace(yaml = FARGATE) {
      const workspace = await Workspace.create()
      await workspace.write('batchquery.yaml', yaml)
      return workspace
    },
    async object(key) {
      try {
        const { Body } = await adminClient().getObject({ Bucket: bucket, Key: key })
        return (await Body?.transformToString()) ?? ''
      } catch (thrown) {
        if (thrown instanceof Error && thrown.name === 'NoSuchKey') return ''
        throw thrown
      }
    },
    async keys(prefix) {
      const { Contents = [] } = await adminClient().listObjectsV2({ Bucket: bucket, Prefix: prefix })
      return Contents.flatMap(({ Key }) => Key ?? [])
    },
  }
}
