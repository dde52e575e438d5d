import {
  type ConfigFile,
  configuredSecrets,
  type DiscoveredStack,
  type Flags,
  findConfigFile,
  readSettings,
  type Settings,
  stackWish,
} from '../config/index.ts'
import { BatchQueryError } from '../errors/index.ts'
import type { Log } from '../platform/index.ts'

/** What the program that works in a home bucket has of its process. */
export interface Place {
  readonly environment: NodeJS.ProcessEnv
  /** What relative paths start from. */
  readonly folder: string
  readonly log: Log
}

/** What stands before the environment and batchquery.yaml. */
export interface HomeOptions extends Flags {
  /** The settings file, instead of the one that is found. */
  readonly config?: string | undefined
}

/** What is to be done with what is read. */
export interface Reading {
  /** Whether runs are to be started. @default false */
  readonly launches?: boolean
  /** Hears why a stack that is wanted cannot be had, instead of its being thrown: the settings are then without it. */
  readonly onMissingStack?: (error: BatchQueryError) => void
}

/** The settings, and what they were read from. */
export interface Configuration {
  readonly settings: Settings
  readonly file: ConfigFile | null
  /** Null where AWS was not asked. */
  readonly stack: DiscoveredStack | null
}

/**
 * Reads batchquery.yaml, and asks AWS for a stack where one is wanted. The log masks the secrets from now on.
 *
 * @throws USAGE, CONFIG; as `discoverStack`
 */
export async function readConfiguration(
  options: HomeOptions,
  { environment, folder, log }: Place,
  reading: Reading = {},
): Promise<Configuration> {
  const file = await findConfigFile(options.config, folder, environment)
  if (file !== null) log.debug(`settings are read from ${file.path}`)
  const stack = await stackOf(options, { environment, folder, log }, file, reading)
  const settings = readSettings(options, environment, folder, file, stack)
  for (const secret of configuredSecrets(settings, environment)) log.addSecret(secret)
  return { settings, file, stack }
}

async function stackOf(
  options: HomeOptions,
  { environment, folder, log }: Place,
  file: ConfigFile | null,
  { launches = false, onMissingStack }: Reading,
): Promise<DiscoveredStack | null> {
  const wish = stackWish(options, environment, file, launches)
  if (wish === null) return null
  const { discoverStack } = await import('./discover-stack.ts')
  const stack = await discoverStack(wish, folder).catch((thrown: unknown) => {
    if (onMissingStack === undefined) throw thrown
    onMissingStack(BatchQueryError.from(thrown))
    return null
  })
  if (stack === null) return null
  const { bucket, fargate } = stack.settings
  log.info(`stack ${stack.name} in ${stack.region}: bucket ${bucket}, cluster ${fargate?.cluster}`)
  return stack
}
