import { DEFAULT_IMAGE, refuseCommands } from '../config/index.ts'
import { type Engine, LocalEngine } from '../engine/index.ts'
import { BatchQueryError } from '../errors/index.ts'
import type { ProcessContext } from './configuration.ts'
import type { Home } from './home.ts'

/** The request of a submitter to the engine. */
export interface EngineRequest {
  /** CPU units. */
  readonly cpu?: number | undefined
  /** MiB. */
  readonly memory?: number | undefined
  readonly spot?: boolean | undefined
  /** How many ECS tasks read an export with PARALLEL. */
  readonly tasks?: number | undefined
}

/** Opens the configured engine, and loads its code. @throws CONFIG, USAGE */
export async function openEngine(
  home: Home,
  request: EngineRequest,
  context: ProcessContext,
): Promise<Engine> {
  const { engine, notifications } = home.settings
  if (engine !== 'local') refuseCommands(notifications, engine)
  switch (engine) {
    case 'local':
      refuse(request, ['cpu', 'memory', 'spot', 'tasks'], 'container or fargate', 'local')
      return new LocalEngine(context.environment, context.folder)
    case 'container':
      refuse(request, ['spot', 'tasks'], 'fargate', 'container')
      return containerEngine(home, request, context)
    case 'fargate':
      return fargateEngine(home, request, context)
  }
}

function refuse(request: EngineRequest, names: (keyof EngineRequest)[], able: string, engine: string): void {
  const requested = names.find(name => request[name] !== undefined && request[name] !== false)
  if (requested === undefined) return
  throw new BatchQueryError('USAGE', `--${requested} needs the engine ${able}, but the engine is ${engine}`, {
    hint: `Add --engine ${able}, or remove --${requested}.`,
  })
}

async function containerEngine(
  { settings }: Home,
  request: EngineRequest,
  { environment, folder }: ProcessContext,
): Promise<Engine> {
  const { ContainerEngine } = await import('../engine/container/index.ts')
  const { image = DEFAULT_IMAGE, ...container } = settings.container ?? {}
  return new ContainerEngine({ settings: { image, ...container, ...sizeOf(request) }, environment, folder })
}

function sizeOf({ cpu, memory }: EngineRequest): { cpu?: number; memory?: number } {
  return { ...(cpu !== undefined && { cpu }), ...(memory !== undefined && { memory }) }
}

async function fargateEngine(
  { settings, store, runs }: Home,
  request: EngineRequest,
  { log }: ProcessContext,
): Promise<Engine> {
  if (!store.capabilities.isShared)
    throw new BatchQueryError(
      'CONFIG',
      `the engine fargate needs the store on S3, but the store is ${settings.store}`,
      { hint: 'Set store: s3 and bucket: NAME in batchquery.yaml, or --store s3 --bucket NAME.' },
    )
  if (settings.fargate === null)
    throw new BatchQueryError('CONFIG', 'the engine fargate is not configured', {
      hint: 'Name the stack that batchquery-cdk created (--stack NAME), or write `fargate: { cluster: NAME, taskDefinition: NAME, subnets: [ID], securityGroups: [ID] }` into batchquery.yaml.',
    })
  const { FargateEngine } = await import('../engine/fargate/index.ts')
  return new FargateEngine({
    settings: settings.fargate,
    request: {
      ...sizeOf(request),
      ...(request.spot !== undefined && { spot: request.spot }),
      ...(request.tasks !== undefined && { tasks: request.tasks }),
    },
    store,
    bucket: settings.bucket,
    runs,
    log,
    screen: {
      stdout: text => process.stdout.write(text),
      stderr: text => process.stderr.write(text),
    },
  })
}
