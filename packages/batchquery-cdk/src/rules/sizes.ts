const gigabytes = (from: number, to: number, step: number): number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, at) => (from + at * step) * 1024)

/** MiB by CPU units. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size */
const MEMORY_BY_CPU: ReadonlyMap<number, readonly number[]> = new Map([
  [256, [512, 1024, 2048]],
  [512, gigabytes(1, 4, 1)],
  [1024, gigabytes(2, 8, 1)],
  [2048, gigabytes(4, 16, 1)],
  [4096, gigabytes(8, 30, 1)],
  [8192, gigabytes(16, 60, 4)],
  [16384, gigabytes(32, 120, 8)],
  [32768, [60, 120, 244].map(size => size * 1024)],
])

export const DEFAULT_CPU = 256
export const DEFAULT_MEMORY = 512

/** The key of a fault, and the reason, as a part of a sentence. */
export interface KeyFault<Key extends string> {
  readonly key: Key
  readonly why: string
}

/** Null if Fargate has this size. */
export function sizeFault(cpu: number, memory: number): KeyFault<'cpu' | 'memory'> | null {
  const memories = MEMORY_BY_CPU.get(cpu)
  if (memories === undefined)
    return {
      key: 'cpu',
      why: `Fargate has no ${cpu} CPU units. Write one of ${[...MEMORY_BY_CPU.keys()].join(', ')}`,
    }
  return memories.includes(memory)
    ? null
    : {
        key: 'memory',
        why: `Fargate has no ${memory} MiB with ${cpu} CPU units. Write one of ${memories.join(', ')}`,
      }
}

/**
 * The storage of an ECS task in GiB:
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html
 */
export const storageFault = (size: number): string | null =>
  Number.isInteger(size) && size >= 21 && size <= 200
    ? null
    : `${size} GiB is not a size that Fargate accepts. Write a whole number from 21 to 200; Fargate gives 20 GiB if you leave this out`

const MOST_UNITS = 256
export const DEFAULT_CAPACITY = { least: 0.5, most: 4 }

/** https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html */
export function capacityFault(least: number, most: number): KeyFault<'minCapacity' | 'maxCapacity'> | null {
  if (!isCapacity(least)) return { key: 'minCapacity', why: `${least} is not a capacity. ${CAPACITIES}` }
  if (!isCapacity(most) || most < 1)
    return { key: 'maxCapacity', why: `${most} is not a capacity. ${CAPACITIES}, and at least 1` }
  return least <= most
    ? null
    : { key: 'minCapacity', why: `${least} is more than the maxCapacity of ${most}` }
}

const CAPACITIES = `Write 0 to ${MOST_UNITS} Aurora capacity units, in halves`

const isCapacity = (units: number): boolean =>
  units >= 0 && units <= MOST_UNITS && Number.isInteger(units * 2)

/** Seconds: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html */
export function pauseFault(seconds: number, least: number): string | null {
  if (!Number.isInteger(seconds) || seconds < 300 || seconds > 86_400)
    return `${seconds} seconds is not a time that Aurora accepts. Write a whole number from 300 to 86400`
  return least === 0 ? null : `a cluster pauses only if minCapacity is 0, but it is ${least}`
}
