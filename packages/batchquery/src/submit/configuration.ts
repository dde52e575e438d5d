import {
  type ConfigFile,
  configuredSecrets,
  type DiscoveredStack,
  type Flags,
  findConfigFile,
  readSettings,
  type Settings,
  type StackRequest,
  stackRequest,
} from '../config/index.ts'
import type { FoundParameter, StackParameters } from '../engine/fargate/index.ts'
import { BatchQueryError } from '../errors/index.ts'
import type { Log } from '../platform/index.ts'

/** The parts of its process that a program passes to this module. */
export interface ProcessContext {
  readonly environment: NodeJS.ProcessEnv
  /** Relative paths start here. */
  readonly folder: string
  readonly log: Log
}

/** Settings that take precedence over the environment and batchquery.yaml. */
export interface HomeOptions extends Flags {
  /** The settings file to read. @default - `batchquery.yaml` of the folder, or of the nearest parent that has one */
  readonly config?: string | undefined
}

export interface ConfigurationOptions {
  /** Whether runs will be started: fargate then needs more than the home bucket. @default false */
  readonly startsRuns?: boolean
  /** Called with the error if the stack cannot be discovered. The settings are then those without it. @default - throws the error */
  readonly onMissingStack?: (error: BatchQueryError) => void
}

/** The settings, and their sources. */
export interface Configuration {
  readonly settings: Settings
  readonly file: ConfigFile | null
  /** Null if AWS was not asked. */
  readonly stack: DiscoveredStack | null
}

/**
 * Reads the settings: from batchquery.yaml, and from AWS if a stack is requested. From now on the log masks the secrets in them.
 *
 * @throws USAGE, CONFIG; as `discoverStack`
 */
export async function readConfiguration(
  options: HomeOptions,
  { environment, folder, log }: ProcessContext,
  { startsRuns = false, onMissingStack }: ConfigurationOptions = {},
): Promise<Configuration> {
  const file = await findConfigFile(options.config, folder, environment)
  if (file !== null) log.debug(`reading the settings from ${file.path}`)
  const request = stackRequest(options, environment, file, startsRuns)
  const stack = request === null ? null : await stackOf(request, folder, log, onMissingStack)
  const settings = readSettings(options, environment, folder, file, stack)
  for (const secret of configuredSecrets(settings, environment)) log.addSecret(secret)
  return { settings, file, stack }
}

async function stackOf(
  request: StackRequest,
  folder: string,
  log: Log,
  onMissingStack: ConfigurationOptions['onMissingStack'],
): Promise<DiscoveredStack | null> {
  const stack = await discoverStack(request, folder).catch((thrown: unknown) => {
    if (onMissingStack === undefined) throw thrown
    onMissingStack(BatchQueryError.from(thrown))
    return null
  })
  if (stack === null) return null
  const { bucket, fargate } = stack.settings
  log.info(`stack ${stack.name} in ${stack.region}: bucket ${bucket}, cluster ${fargate?.cluster}`)
  return stack
}

/** The default name of a stack in batchquery-cdk. It is read by name if the caller may not list stacks. */
const USUAL_NAME = 'batchquery'

/**
 * Asks AWS for a stack of batchquery-cdk, in the region that the SDK is configured for. The SDK is loaded only now.
 *
 * @param folder relative paths start here
 * @throws STACK_NOT_FOUND; CONFIG if there are several stacks and the request names none, if no region is configured, or if the
 *   stack's document cannot be used; AUTHENTICATION, PERMISSION, ENGINE_FAILED
 */
export async function discoverStack(
  { name, isChosen }: StackRequest,
  folder: string,
): Promise<DiscoveredStack> {
  const { StackParameters } = await import('../engine/fargate/index.ts')
  const parameters = await StackParameters.open()
  const { region } = parameters
  const { parameter, value } = name === null ? await onlyOne(parameters) : await named(name, parameters)
  const { parseStackDocument } = await import('../config/discovery.ts')
  return parseStackDocument({ parameter, region, value, isChosen }, folder)
}

async function named(name: string, parameters: StackParameters): Promise<FoundParameter> {
  const found = await parameters.read(name)
  if (found !== null) return found
  // Only for the hint.
  const others = await parameters.list().catch(() => [])
  throw missing(`stack ${name} of batchquery in ${parameters.region}`, namesOf(others))
}

async function onlyOne(parameters: StackParameters): Promise<FoundParameter> {
  const { region } = parameters
  const stacks = await parameters.list().catch(thrown => usualOne(parameters, BatchQueryError.from(thrown)))
  const [only, ...others] = stacks
  if (only === undefined) throw missing(`stack of batchquery in ${region}`, [])
  if (others.length === 0) return only
  const names = namesOf(stacks)
  throw new BatchQueryError(
    'CONFIG',
    `${region} has ${stacks.length} stacks of batchquery: ${names.join(', ')}`,
    { hint: `Choose one: --stack ${only.stack}, or BATCHQUERY_STACK=${only.stack}.` },
  )
}

/** A user who may start runs of one stack may lack the right to list all stacks. */
async function usualOne(parameters: StackParameters, refused: BatchQueryError): Promise<FoundParameter[]> {
  if (refused.code !== 'PERMISSION') throw refused
  const found = await parameters.read(USUAL_NAME).catch(() => null)
  if (found !== null) return [found]
  throw new BatchQueryError('PERMISSION', refused.message, {
    cause: refused,
    hint: `Name the stack (--stack NAME, or BATCHQUERY_STACK), which needs only ssm:GetParameter on its parameter. Or: ${refused.hint}`,
  })
}

const namesOf = (stacks: readonly FoundParameter[]): string[] => stacks.map(({ stack }) => stack)

const missing = (what: string, others: readonly string[]): BatchQueryError =>
  new BatchQueryError('STACK_NOT_FOUND', `found no ${what}`, {
    hint:
      (others.length === 0 ? '' : `This region has: ${others.join(', ')}. `) +
      'Name its region (AWS_REGION=..., or AWS_PROFILE) or the stack (--stack NAME). Or deploy a stack: npx batchquery-cdk deploy.',
  })
