import { DEFAULT_IMAGE } from '../config/index.ts'
import { type Engine, LocalEngine } from '../engine/index.ts'
import { BatchQueryError } from '../errors/index.ts'
import type { Home, Place } from './home.ts'

/** What a run asks of its engine. */
export interface EngineWishes {
  /** CPU units. */
  readonly cpu?: number | undefined
  /** MiB. */
  readonly memory?: number | undefined
  readonly spot?: boolean | undefined
}

/** The engine that is configured. What it needs is loaded now. @throws CONFIG, USAGE */
export async function openEngine(home: Home, wishes: EngineWishes, place: Place): Promise<Engine> {
  switch (home.settings.engine) {
    case 'local':
      refuse(wishes, ['cpu', 'memory', 'spot'], 'container or fargate', 'local')
      return new LocalEngine(place.environment, place.folder)
    case 'container':
      refuse(wishes, ['spot'], 'fargate', 'container')
      return containerEngine(home, wishes, place)
    case 'fargate':
      return fargateEngine(home, wishes, place)
  }
}

function refuse(wishes: EngineWishes, names: (keyof EngineWishes)[], able: string, engine: string): void {
  const asked = names.find(name => wishes[name] !== undefined && wishes[name] !== false)
  if (asked === undefined) return
  throw new BatchQueryError('USAGE', `--${asked} is for the engine ${able}, and this one is ${engine}`, {
    hint: `Add --engine ${able}, or leave it out.`,
  })
}

async function containerEngine(
  { settings }: Home,
  wishes: EngineWishes,
  { environment, folder }: Place,
): Promise<Engine> {
  const { ContainerEngine } = await import('../engine/container/index.ts')
  const { image = DEFAULT_IMAGE, ...container } = settings.container ?? {}
  return new ContainerEngine({ settings: { image, ...container, ...sizeOf(wishes) }, environment, folder })
}

function sizeOf({ cpu, memory }: EngineWishes): { cpu?: number; memory?: number } {
  return { ...(cpu !== undefined && { cpu }), ...(memory !== undefined && { memory }) }
}

async function fargateEngine({ settings, store, runs }: Home, wishes: EngineWishes, { log }: Place) {
  if (!store.capabilities.isShared)
    throw new BatchQueryError(
      'CONFIG',
      `the engine fargate needs the store on S3, and it is ${settings.store}`,
      { hint: 'Set store: s3 and bucket: NAME in batchquery.yaml, or --store s3 --bucket NAME.' },
    )
  if (settings.fargate === null)
    throw new BatchQueryError('CONFIG', 'the engine fargate is not configured', {
      hint: 'Name the stack that batchquery-cdk made (--stack NAME), or write `fargate: { cluster: NAME, taskDefinition: NAME, subnets: [ID], securityGroups: [ID] }` into batchquery.yaml.',
    })
  const { FargateEngine } = await import('../engine/fargate/index.ts')
  return new FargateEngine({
    settings: settings.fargate,
    asked: { ...sizeOf(wishes), ...(wishes.spot !== undefined && { spot: wishes.spot }) },
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
