import type { TaskDefinition } from './definitions.ts'
import { type Answer, failed } from './protocol.ts'

/** A request for RunTask, split into the parts that ECS reads. */
export interface RunTaskInput {
  readonly cluster: string
  readonly taskDefinition: string
  readonly clientToken: string | undefined
  readonly startedBy: string | undefined
  readonly isSpot: boolean
  readonly overrides: Record<string, unknown>
  readonly container: ContainerOverride
  readonly cpu: number | undefined
  readonly memory: number | undefined
}

interface ContainerOverride {
  readonly name: string
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

const at = (value: unknown, ...path: (string | number)[]): unknown =>
  path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  )

const textAt = (value: unknown, ...path: (string | number)[]): string | undefined => {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : undefined
}

const listAt = (value: unknown, ...path: (string | number)[]): readonly unknown[] => {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

/** The shape must be valid. */
export function readRunTask(input: Record<string, unknown>): RunTaskInput {
  const override = at(input, 'overrides', 'containerOverrides', 0)
  const overrides = at(input, 'overrides')
  const number = (text: string | undefined) => (text === undefined ? undefined : Number(text))
  return {
    cluster: nameIn(textAt(input, 'cluster') ?? 'default'),
    taskDefinition: textAt(input, 'taskDefinition') ?? '',
    clientToken: textAt(input, 'clientToken'),
    startedBy: textAt(input, 'startedBy'),
    isSpot: textAt(input, 'capacityProviderStrategy', 0, 'capacityProvider') === 'FARGATE_SPOT',
    overrides: typeof overrides === 'object' && overrides !== null ? { ...overrides } : {},
    container: {
      name: textAt(override, 'name') ?? '',
      command: listAt(override, 'command').map(String),
      environment: Object.fromEntries(
        listAt(override, 'environment').map(variable => [
          textAt(variable, 'name') ?? '',
          textAt(variable, 'value') ?? '',
        ]),
      ),
    },
    cpu: number(textAt(input, 'overrides', 'cpu')),
    memory: number(textAt(input, 'overrides', 'memory')),
  }
}

export const nameIn = (nameOrArn: string): string => nameOrArn.slice(nameOrArn.lastIndexOf('/') + 1)

const invalid = (message: string): Answer => failed('InvalidParameterException', message)

/** Gigabytes by CPU units: the least, the most, and the step. */
const SIZES: Readonly<Record<number, readonly [number, number, number]>> = {
  512: [1, 4, 1],
  1024: [2, 8, 1],
  2048: [4, 16, 1],
  4096: [8, 30, 1],
  8192: [16, 60, 4],
  16384: [32, 120, 8],
}

function isSize(cpu: number, memory: number): boolean {
  if (cpu === 256) return [512, 1024, 2048].includes(memory)
  const [least, most, step] = SIZES[cpu] ?? [1, 0, 1]
  const gigabytes = memory / 1024
  return gigabytes >= least && gigabytes <= most && (gigabytes - least) % step === 0
}

/** ECS's refusal of a request with a valid shape. Null if it accepts the request. */
export function refusalOf(
  input: Record<string, unknown>,
  definition: TaskDefinition,
  providers: readonly string[],
): Answer | null {
  const {
    container,
    cpu = definition.cpu,
    memory = definition.memory,
    clientToken = '',
    startedBy = '',
  } = readRunTask(input)
  const strategy = listAt(input, 'capacityProviderStrategy')
  if (definition.status !== 'ACTIVE') return failed('ClientException', 'TaskDefinition is inactive')
  if (strategy.length > 0 && at(input, 'launchType') !== undefined)
    return invalid(
      'Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.',
    )
  if (strategy.length > 0 && strategy.every(item => !at(item, 'weight')))
    return invalid('The capacity provider strategy cannot contain only weights of zero.')
  const unknown = strategy
    .map(item => textAt(item, 'capacityProvider') ?? '')
    .find(name => !providers.includes(name))
  if (unknown !== undefined)
    return invalid(`The specified capacity provider '${unknown}' is not associated with the cluster.`)
  if (listAt(input, 'networkConfiguration', 'awsvpcConfiguration', 'subnets').length === 0)
    return invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
  if (JSON.stringify(input.overrides ?? {}).length > 8192)
    return invalid('Container Overrides length must be at most 8192')
  if (container.name !== definition.container)
    return invalid(`Override for container named ${container.name} is not a container in the TaskDefinition.`)
  if (!isSize(cpu, memory))
    return failed(
      'ClientException',
      `No Fargate configuration exists for given values: ${cpu} CPU, ${memory} memory.`,
    )
  if (!/^[\x21-\x7e]{0,64}$/.test(clientToken)) return invalid('The client token is not valid.')
  if (!/^[A-Za-z0-9\-_/]{0,128}$/.test(startedBy)) return invalid('startedBy is not valid.')
  return at(input, 'count') === 1 ? null : invalid('Only one at a time here.')
}
