import { BatchQueryError } from '../../errors/index.ts'

/** CPU and memory of an ECS task. */
export interface TaskSize {
  /** CPU units, 1024 a vCPU. */
  readonly cpu: number
  /** MiB. */
  readonly memory: number
}

const range = (from: number, to: number, step: number): number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, at) => (from + at * step) * 1024)

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size */
const MEMORY_BY_CPU: ReadonlyMap<number, readonly number[]> = new Map([
  [256, [512, 1024, 2048]],
  [512, range(1, 4, 1)],
  [1024, range(2, 8, 1)],
  [2048, range(4, 16, 1)],
  [4096, range(8, 30, 1)],
  [8192, range(16, 60, 4)],
  [16384, range(32, 120, 8)],
  [32768, [60, 120, 244].map(gigabytes => gigabytes * 1024)],
])

/** The numbers of CPU units that there are, in order. */
export const CPU_UNITS: readonly number[] = [...MEMORY_BY_CPU.keys()]

/** The smallest size with so many CPU units and enough memory. Null if there is none. @param memoryBytes that it needs */
export function smallestSize(cpu: number, memoryBytes: number): TaskSize | null {
  const memory = MEMORY_BY_CPU.get(cpu)?.find(mib => mib * 1024 * 1024 >= memoryBytes)
  return memory === undefined ? null : { cpu, memory }
}

/**
 * Returns the size of an ECS task: as requested, and the rest from the task definition.
 *
 * @returns null if no size is requested
 * @throws CONFIG if Fargate has no such size
 */
export function chooseSize(asked: Partial<TaskSize>, defined: TaskSize | null): TaskSize | null {
  if (asked.cpu === undefined && asked.memory === undefined) return null
  const cpu = asked.cpu ?? defined?.cpu
  const memory = asked.memory ?? defined?.memory
  if (cpu === undefined || memory === undefined)
    throw new BatchQueryError(
      'CONFIG',
      'only one of --cpu and --memory is set, and the task definition is unknown',
      {
        hint: 'Set both --cpu and --memory.',
      },
    )
  checkSize({ cpu, memory })
  return { cpu, memory }
}

function checkSize({ cpu, memory }: TaskSize): void {
  const memories = MEMORY_BY_CPU.get(cpu)
  if (memories === undefined)
    throw new BatchQueryError('CONFIG', `Fargate has no ECS tasks of ${cpu} CPU units (and ${memory} MiB)`, {
      hint: `Set --cpu to one of ${CPU_UNITS.join(', ')}; 1024 units are one vCPU.`,
    })
  if (memories.includes(memory)) return
  throw new BatchQueryError('CONFIG', `Fargate has no ECS tasks of ${cpu} CPU units and ${memory} MiB`, {
    hint: `With ${cpu} units, set --memory to ${listed(memories)} (MiB).`,
  })
}

const FEW = 6

const listed = (memories: readonly number[]): string =>
  memories.length <= FEW
    ? memories.join(', ')
    : `${memories[0]}, ${memories[1]} and so on up to ${memories[memories.length - 1]}`
