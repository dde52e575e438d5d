import type { EcsTaskState } from './ecs-task.ts'
import { LEAST_SECONDS, PRICE_REGION, PRICES } from './prices.ts'

const UNITS_PER_VCPU = 1024
const MIB_PER_GB = 1024

/**
 * How long an ECS task was charged for, and about what: for people. Without the image's pull before, where ECS has not
 * said when that began, and without storage and traffic.
 *
 * @param now milliseconds, for one that has not stopped yet
 * @returns null where ECS has not said enough
 */
export function describeCost(task: EcsTaskState, now: number): string | null {
  const { cpu, memory, chargedFrom, stoppedAt, architecture, isSpot } = task
  if (cpu === null || memory === null || chargedFrom === null) return null
  const seconds = Math.max(0, ((stoppedAt ?? new Date(now)).getTime() - chargedFrom.getTime()) / 1000)
  const { vcpuHour, gbHour } = PRICES[architecture]
  const vcpus = cpu / UNITS_PER_VCPU
  const gigabytes = memory / MIB_PER_GB
  const hours = Math.max(seconds, LEAST_SECONDS) / 3600
  const dollars = hours * (vcpus * vcpuHour + gigabytes * gbHour)
  const size = `${vcpus} vCPU and ${gigabytes} GB`
  const price = `$${dollars.toFixed(4)} at the prices of ${PRICE_REGION}`
  return `ECS task: ${Math.round(seconds)} s of ${size}, ${isSpot ? `less than ${price} (Spot)` : `about ${price}`}`
}
