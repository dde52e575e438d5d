import type { DiscoveredStack, StackWish } from '../config/index.ts'
import type { FoundParameter, StackParameters } from '../engine/fargate/index.ts'
import { BatchQueryError } from '../errors/index.ts'

/** What batchquery-cdk calls a stack that has no name: the one to ask for where nobody may list them. */
const USUAL_NAME = 'batchquery'

/**
 * Asks AWS for the stack that is wanted, in the region that the SDK is configured for. All of it is loaded now.
 *
 * @param folder what relative paths start from
 * @throws STACK_NOT_FOUND; CONFIG where there are several and none is named, where no region is configured, and for a document that
 *   cannot be used; AUTHENTICATION, PERMISSION, ENGINE_FAILED
 */
export async function discoverStack({ name, isChosen }: StackWish, folder: string): Promise<DiscoveredStack> {
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
    `there are ${stacks.length} stacks of batchquery in ${region}: ${names.join(', ')}`,
    { hint: `Say which: --stack ${only.stack}, or BATCHQUERY_STACK=${only.stack}.` },
  )
}

/** Who may start runs of one stack need not have the right to list them all. */
async function usualOne(parameters: StackParameters, refused: BatchQueryError): Promise<FoundParameter[]> {
  if (refused.code !== 'PERMISSION') throw refused
  const found = await parameters.read(USUAL_NAME).catch(() => null)
  if (found !== null) return [found]
  throw new BatchQueryError('PERMISSION', refused.message, {
    cause: refused,
    hint: `Name the stack (--stack NAME, or BATCHQUERY_STACK): then ssm:GetParameter on its parameter is enough. Or: ${refused.hint}`,
  })
}

const namesOf = (stacks: readonly FoundParameter[]): string[] => stacks.map(({ stack }) => stack)

const missing = (what: string, others: readonly string[]): BatchQueryError =>
  new BatchQueryError('STACK_NOT_FOUND', `there is no ${what}`, {
    hint:
      (others.length === 0 ? '' : `There are: ${others.join(', ')}. `) +
      'Name the region that it is in (AWS_REGION=..., or AWS_PROFILE), or the stack (--stack NAME); or deploy one: npx batchquery-cdk deploy.',
  })
