import type { FargatePrices } from '../../config/index.ts'
import { type Architecture, LEAST_SECONDS, onDemandCost } from './cost.ts'
import { CPU_UNITS, smallestSize, type TaskSize } from './size.ts'

/** The work of one export. */
export interface Work {
  readonly memoryBytes: number
  /** If one vCPU did it. */
  readonly vcpuSeconds: number
  /** However many vCPUs there are. */
  readonly leastSeconds: number
}

/** What a run takes in an ECS task of a size. */
export interface SizeEstimate extends TaskSize {
  readonly seconds: number
  /** On demand, without storage and traffic. In dollars, or in the currency of own prices. */
  readonly cost: Readonly<Record<Architecture, number>>
}

const UNITS_PER_VCPU = 1024

/**
 * Estimates time and cost of exports, one after the other, in ECS tasks of each size that has enough memory. The last one is the first
 * after which more vCPUs save no time, or only time of the minute that AWS charges at least.
 *
 * @param own prices @default - as `onDemandCost`
 */
export function estimateSizes(works: readonly Work[], own?: FargatePrices): readonly SizeEstimate[] {
  const memoryBytes = Math.max(0, ...works.map(work => work.memoryBytes))
  const least = works.reduce((sum, { leastSeconds }) => sum + leastSeconds, 0)
  const estimates: SizeEstimate[] = []
  for (const cpu of CPU_UNITS) {
    const size = smallestSize(cpu, memoryBytes)
    if (size === null) continue
    const vcpus = cpu / UNITS_PER_VCPU
    const seconds = works.reduce(
      (sum, { vcpuSeconds, leastSeconds }) => sum + Math.max(vcpuSeconds / vcpus, leastSeconds),
      0,
    )
    const costOn = (architecture: Architecture) => onDemandCost(size, seconds, architecture, own)
    estimates.push({ ...size, seconds, cost: { X86_64: costOn('X86_64'), ARM64: costOn('ARM64') } })
    if (seconds <= Math.max(least, LEAST_SECONDS)) break
  }
  return estimates
}
