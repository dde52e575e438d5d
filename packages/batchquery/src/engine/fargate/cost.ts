import { CONFIG_FILE } from '../../config/defaults.ts'
import type { FargatePrices } from '../../config/index.ts'
import type { EcsTaskState } from './ecs-task.ts'
import { LEAST_SECONDS, PRICE_REGION, PRICES } from './prices.ts'

const UNITS_PER_VCPU = 1024
const MIB_PER_GB = 1024

/**
 * How long an ECS task was charged for, and about what: for people. Without the image's pull before, where ECS has not
 * said when that began, and without storage and traffic.
 *
 * @param now milliseconds, for one that has not stopped yet
 * @param own prices @default - those of `PRICE_REGION`
 * @returns null where ECS has not said enough
 */
export function describeCost(task: EcsTaskState, now: number, own?: FargatePrices): string | null {
  const { cpu, memory, chargedFrom, stoppedAt, architecture, isSpot } = task
  if (cpu === null || memory === null || chargedFrom === null) return null
  const seconds = Math.max(0, ((stoppedAt ?? new Date(now)).getTime() - chargedFrom.getTime()) / 1000)
  const { vcpuHour, gbHour } = own ?? PRICES[architecture]
  const vcpus = cpu / UNITS_PER_VCPU
  const gigabytes = memory / MIB_PER_GB
  const hours = Math.max(seconds, LEAST_SECONDS) / 3600
  const onDemand = hours * (vcpus * vcpuHour + gigabytes * gbHour)
  const size = `${vcpus} vCPU and ${gigabytes} GB`
  return `ECS task: ${Math.round(seconds)} s of ${size}, ${isSpot ? spotPrice(onDemand, own) : `about ${told(onDemand, own)}`}`
}

/** What Spot costs changes all the time, and no list has it. */
function spotPrice(onDemand: number, own: FargatePrices | undefined): string {
  const discount = own?.spotDiscount
  return discount === undefined
    ? `less than ${told(onDemand, own)} (Spot)`
    : `about ${told(onDemand * (1 - discount), own)} (Spot)`
}

function told(amount: number, own: FargatePrices | undefined): string {
  const currency = own?.currency ?? 'USD'
  const number = amount.toFixed(4)
  return `${currency === 'USD' ? `$${number}` : `${currency} ${number}`} at the prices of ${own === undefined ? PRICE_REGION : CONFIG_FILE}`
}
