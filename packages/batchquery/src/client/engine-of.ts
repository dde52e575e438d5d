import { type EngineName, S3 } from '../config/index.ts'
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
export async function engineOf(home: Home, wishes: EngineWishes, place: Place): Promise<Engine> {
  const { engine } = home.settings
  return engine === 'local' ? localEngine(wishes, place) : fargateEngine(engine, home, wishes, place)
}

function localEngine(wishes: EngineWishes, { environment, folder }: Place): Engine {
  const asked = Object.entries(wishes).find(([, value]) => value !== undefined && value !== false)
  if (asked === undefined) return new LocalEngine(environment, folder)
  throw new BatchQueryError('USAGE', `--${asked[0]} is for the engine fargate, and this one is local`, {
    hint: 'Add --engine fargate, or leave it out.',
  })
}

async function fargateEngine(
  name: EngineName,
  { settings, store, runs }: Home,
  { cpu, memory, spot }: EngineWishes,
  { log }: Place,
): Promise<Engine> {
  if (settings.store !== S3)
    throw new BatchQueryError(
      'CONFIG',
      `the engine ${name} needs the store on S3, and it is ${settings.store}`,
      {
        hint: 'Set store: s3 and bucket: NAME in batchquery.yaml, or --store s3 --bucket NAME.',
      },
    )
  if (settings.fargate === null)
    throw new BatchQueryError('CONFIG', `the engine ${name} is not configured`, {
      hint: 'Name the stack that batchquery-cdk made (--stack NAME), or write `fargate: { cluster: NAME, taskDefinition: NAME, subnets: [ID], securityGroups: [ID] }` into batchquery.yaml.',
    })
  const { FargateEngine } = await import('../engine/fargate/index.ts')
  return new FargateEngine({
    settings: settings.fargate,
    asked: {
      ...(cpu !== undefined && { cpu }),
      ...(memory !== undefined && { memory }),
      ...(spot !== undefined && { spot }),
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
