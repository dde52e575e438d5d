import { BatchQueryError } from '../errors/index.ts'
import type { FormatName } from '../format/index.ts'

const MIB = 1024 * 1024

/** The memory of a process that exports, with the program itself. `test/integration/big` measures it. */
const BUDGET = {
  /** Rows pass through blocks. */
  rows: 160 * MIB,
  /** For each byte of a row group, if the rows are collected in groups: while one is sent, the next one begins. */
  perGroupByte: 1.5,
  /** A smaller group is no use to readers. */
  leastGroup: 4 * MIB,
} as const

/** Returns how much memory this process may use, in bytes: the limit of its container, or what the machine has. */
export function memoryLimit(): number {
  const total = process.getBuiltinModule('node:os').totalmem()
  // 0 if there is no limit, or a number that no machine has.
  const constrained = process.constrainedMemory()
  return constrained > 0 ? Math.min(constrained, total) : total
}

/**
 * Returns how large a row group may be so that the export fits into memory.
 *
 * @param wanted in bytes
 * @param limit in bytes
 * @throws UNSUPPORTED_CLAUSE if even the smallest group does not fit
 */
export function fittingGroup(format: FormatName, wanted: number, limit: number): number {
  const most = Math.floor((limit - BUDGET.rows) / BUDGET.perGroupByte)
  if (most >= wanted) return wanted
  if (most >= BUDGET.leastGroup) return most
  const least = BUDGET.rows + BUDGET.perGroupByte * BUDGET.leastGroup
  const best = BUDGET.rows + BUDGET.perGroupByte * wanted
  throw new BatchQueryError(
    'UNSUPPORTED_CLAUSE',
    `FORMAT ${format} needs ${mib(least)} of memory, and this process may use ${mib(limit)}`,
    {
      hint: `Give the container ${mib(best)} (--memory), or write another FORMAT, which needs ${mib(BUDGET.rows)}.`,
    },
  )
}

const mib = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`
