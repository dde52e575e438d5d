import { BatchQueryError } from '../errors/index.ts'
import { type FormatName, formatNamed } from '../format/index.ts'

/** Returns how much memory this process may use, in bytes: the limit of its container, or what the machine has. */
export function memoryLimit(): number {
  const total = process.getBuiltinModule('node:os').totalmem()
  // 0 if there is no limit, or a number that no machine has.
  const constrained = process.constrainedMemory()
  return constrained > 0 ? Math.min(constrained, total) : total
}

/** @throws UNSUPPORTED_CLAUSE if a process with so much memory cannot write the format */
export function refuseLittleMemory(name: FormatName, memoryBytes: number): void {
  const { memory } = formatNamed(name)
  if (memory === null || memoryBytes >= memory.leastBytes) return
  throw new BatchQueryError(
    'UNSUPPORTED_CLAUSE',
    `FORMAT ${name} needs ${mib(memory.leastBytes)} of memory, and this process may use ${mib(memoryBytes)}`,
    { hint: `Give the container ${mib(memory.usualBytes)} (--memory), or write another FORMAT.` },
  )
}

const mib = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MiB`
