import { watched } from '../../aws/index.ts'
import type { FargateSettings } from '../../config/index.ts'
import { AwsClients, checkActive, chooseContainer, clientSettings, once } from '../../engine/fargate/index.ts'
import { BatchQueryError } from '../../errors/index.ts'
import { ask } from './ask.ts'
import type { ClusterCommands } from './cluster-commands.ts'
import type { Ec2Commands } from './ec2-commands.ts'
import type { EcrCommands } from './ecr-commands.ts'
import type { IamCommands } from './iam-commands.ts'
import type { LogGroupCommands } from './log-group-commands.ts'
import type { StsCommands } from './sts-commands.ts'

/** The caller's identity, and its account and region. */
export interface Identity {
  readonly account: string
  readonly arn: string
  readonly region: string
}

type Definition = NonNullable<
  Awaited<ReturnType<Awaited<ReturnType<AwsClients['ecs']>>['describeTaskDefinition']>>['taskDefinition']
>

/** The task definition, and the container in it that the runner uses. */
export interface Described {
  readonly definition: Definition
  readonly container: NonNullable<Definition['containerDefinitions']>[number]
}

/** Looks at the caller's account. Each client is loaded with its first request. */
export class AccountLook {
  readonly aws = new AwsClients()
  readonly #clusters = new Map<string, Promise<ClusterCommands>>()
  readonly #ec2 = new Map<string, Promise<Ec2Commands>>()
  readonly #ecr = new Map<string, Promise<EcrCommands>>()
  readonly #iam = new Map<string, Promise<IamCommands>>()
  readonly #logGroups = new Map<string, Promise<LogGroupCommands>>()
  readonly #sts = new Map<string, Promise<StsCommands>>()
  #identity: Promise<Identity> | null = null

  clusters(): Promise<ClusterCommands> {
    return once(this.#clusters, null, async () => {
      const { ClusterCommands } = await import('./cluster-commands.ts')
      return watched(new ClusterCommands(await clientSettings(null)))
    })
  }

  logGroups(region: string | null): Promise<LogGroupCommands> {
    return once(this.#logGroups, region, async () => {
      const { LogGroupCommands } = await import('./log-group-commands.ts')
      return watched(new LogGroupCommands(await clientSettings(region)))
    })
  }

  ec2(): Promise<Ec2Commands> {
    return once(this.#ec2, null, async () => {
      const { Ec2Commands } = await import('./ec2-commands.ts')
      return watched(new Ec2Commands(await clientSettings(null)))
    })
  }

  ecr(region: string): Promise<EcrCommands> {
    return once(this.#ecr, region, async () => {
      const { EcrCommands } = await import('./ecr-commands.ts')
      return watched(new EcrCommands(await clientSettings(region)))
    })
  }

  iam(): Promise<IamCommands> {
    return once(this.#iam, null, async () => {
      const { IamCommands } = await import('./iam-commands.ts')
      return watched(new IamCommands(await clientSettings(null)))
    })
  }

  /** @throws AUTHENTICATION, CONFIG (no region), ENGINE_FAILED */
  identity(): Promise<Identity> {
    this.#identity ??= this.#askWho()
    return this.#identity
  }

  async #askWho(): Promise<Identity> {
    const sts = await once(this.#sts, null, async () => {
      const { StsCommands } = await import('./sts-commands.ts')
      return watched(new StsCommands(await clientSettings(null)))
    })
    const doing = { what: 'find the identity at AWS', action: 'sts:GetCallerIdentity' }
    const region = await ask(doing, () => sts.config.region())
    const { Account: account = '', Arn: arn = '' } = await ask(doing, () => sts.getCallerIdentity())
    return { account, arn, region }
  }
}

/** The facts that several checks of Fargate need. AWS is asked for each of them once. */
export class FargateLook extends AccountLook {
  readonly settings: FargateSettings
  #described: Promise<Described | null> | null = null

  constructor(settings: FargateSettings) {
    super()
    this.settings = settings
  }

  /**
   * Null if the caller may not look at it.
   *
   * @throws CONFIG if it cannot be used; AUTHENTICATION, ENGINE_FAILED
   */
  described(): Promise<Described | null> {
    this.#described ??= this.#describe()
    return this.#described
  }

  async #describe(): Promise<Described | null> {
    const { taskDefinition, container: named } = this.settings
    const ecs = await this.aws.ecs(null)
    const doing = {
      what: `look at the task definition ${taskDefinition}`,
      action: 'ecs:DescribeTaskDefinition',
    }
    try {
      const { taskDefinition: definition = {} } = await ask(doing, () =>
        ecs.describeTaskDefinition({ taskDefinition }),
      )
      const { status = 'ACTIVE', containerDefinitions = [] } = definition
      const containers = containerDefinitions.map(({ name = '' }) => ({ name, logs: null }))
      const seen = { status, containers, size: null }
      checkActive(taskDefinition, seen)
      const name = chooseContainer(named, taskDefinition, seen)
      const container = containerDefinitions.find(each => each.name === name) ?? {}
      return { definition, container }
    } catch (thrown) {
      if (BatchQueryError.from(thrown).code === 'PERMISSION') return null
      throw thrown
    }
  }
}

/** The finding of a check that depends on the task definition, if the caller may not look at that. */
export const UNSEEN = { skipped: 'no right to look at the task definition (ecs:DescribeTaskDefinition)' }
