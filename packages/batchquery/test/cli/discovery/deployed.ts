import { afterAll, beforeEach } from 'vitest'
import { Account } from '../../aws/account.ts'
import { AwsServer } from '../../aws/aws-server.ts'
import { stackDocument } from '../../aws/stack-document.ts'
import { stage } from '../fargate/stage.ts'
import { documentOf, Workspace } from '../workspace.ts'

/** A check, as the document of doctor has it. */
export interface Told {
  readonly id: string
  readonly state: string
  readonly figure: string | null
  readonly because: string | null
  readonly warnings: readonly string[]
  readonly error: { readonly code: string; readonly message: string; readonly hint: string } | null
}

/** For a test file: a stack in two private subnets, as new before each test, and a shell that says no more than `fargate`. */
export async function deployed() {
  const aws = await AwsServer.start()
  const { ecs, bucket, environment: configured, define, keys } = await stage()
  const { BATCHQUERY_STORE, BATCHQUERY_BUCKET, ...bare } = configured
  let fargate: Record<string, unknown> = {}

  /** @param changes of the stack's settings */
  function deploy(changes: Record<string, unknown> = {}): void {
    const { fargate: own, ...rest } = JSON.parse(stackDocument(bucket)).settings
    const settings = { ...rest, ...changes, fargate: { ...own, ...fargate } }
    aws.account.parameters.set('/batchquery/batchquery', stackDocument(bucket, { settings }))
  }

  beforeEach(() => {
    fargate = { subnets: ['subnet-1', 'subnet-2'], assignPublicIp: false }
    aws.account = new Account()
    deploy()
    ecs.logs.groups.set('/batchquery', 90)
    ecs.clusters.set('batchquery-fg', ['FARGATE', 'FARGATE_SPOT'])
  })
  afterAll(() => aws.stop())
  return {
    ...{ aws, ecs, bucket, define, keys, deploy },
    /** Other settings of Fargate. */
    change(changes: Record<string, unknown>): void {
      fargate = { ...fargate, ...changes }
      deploy()
    },
    /** Runs doctor. */
    async look(more: NodeJS.ProcessEnv = {}) {
      const workspace = await Workspace.create()
      const environment = { ...bare, ...aws.environment, ...more }
      const ended = await workspace.run(['doctor', '--json'], { environment })
      const document: { ok: boolean; stack: string | null; checks: Told[] } = documentOf(ended)
      const told = (id: string): Told | undefined => document.checks.find(check => check.id === id)
      return { ...ended, document, told }
    },
  }
}

/** Without a way out, and with an endpoint for each service. */
export const ENDPOINTS = { s3: ['rtb-1', 'rtb-main'], 'ecr.api': [], 'ecr.dkr': [], logs: [] }

export function isolate({ network }: Account): void {
  network.defaultRoutes.set('rtb-1', null)
  network.defaultRoutes.set('rtb-main', null)
  network.endpoints = ENDPOINTS
}
