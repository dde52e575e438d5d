import { CONFIG_FILE } from '../../config/defaults.ts'
import type { FargatePrices } from '../../config/index.ts'
import type { EcsTaskState } from './ecs-task.ts'
import type { TaskSize } from './size.ts'

export type Architecture = EcsTaskState['architecture']

/**
 * Dollars per hour on demand, Linux, as published for US East (N. Virginia) in 2026. In other regions they differ, mostly by less
 * than a third, so every cost is an estimate, and the text says so. `prices` in batchquery.yaml replaces them.
 * https://aws.amazon.com/fargate/pricing/
 */
const PRICE_REGION = 'us-east-1'
const PRICES = {
  X86_64: { vcpuHour: 0.04048, gbHour: 0.004445 },
  ARM64: { vcpuHour: 0.03238, gbHour: 0.00356 },
} as const

/** AWS charges at least this time. */
export const LEAST_SECONDS = 60

const UNITS_PER_VCPU = 1024
const MIB_PER_GB = 1024

/**
 * Describes how long an ECS task was charged for, and what it cost, for the user. Storage and traffic are not included, and
 * the pull of the image only if ECS reports when that began.
 *
 * @param now milliseconds, for a task that has not stopped yet
 * @param own prices @default - those of `PRICE_REGION`
 * @returns null if ECS does not report the size or the start
 */
export function describeCost(task: EcsTaskState, now: number, own?: FargatePrices): string | null {
  const { cpu, memory, chargedFrom, stoppedAt, architecture, isSpot } = task
  if (cpu === null || memory === null || chargedFrom === null) return null
  const seconds = Math.max(0, ((stoppedAt ?? new Date(now)).getTime() - chargedFrom.getTime()) / 1000)
  const onDemand = onDemandCost({ cpu, memory }, seconds, architecture, own)
  return `ECS task: ${Math.round(seconds)} s of ${sizeText({ cpu, memory })}, ${isSpot ? spotPrice(onDemand, own) : `about ${priceText(onDemand, own)}`}`
}

/** About what an ECS task cost on demand, for people and programs. */
export interface TaskCost {
  /** In the currency. */
  readonly amount: number
  /** ISO 4217. */
  readonly currency: string
  /** The region or the file that the prices come from. */
  readonly prices: string
}

/** @param own prices @default - those of `PRICE_REGION` */
export const taskCost = (
  size: TaskSize & { readonly architecture: Architecture },
  seconds: number,
  own?: FargatePrices,
): TaskCost => ({
  amount: onDemandCost(size, seconds, size.architecture, own),
  currency: own?.currency ?? 'USD',
  prices: own === undefined ? PRICE_REGION : CONFIG_FILE,
})

/** `~$0.0123`. */
export const costText = ({ amount, currency }: Pick<TaskCost, 'amount' | 'currency'>): string =>
  `~${moneyText(amount, currency)}`

/**
 * What an ECS task costs on demand, without storage and traffic.
 *
 * @param own prices @default - those of `PRICE_REGION`
 * @returns dollars, or the currency of `own`
 */
export function onDemandCost(
  { cpu, memory }: TaskSize,
  seconds: number,
  architecture: Architecture,
  own?: FargatePrices,
): number {
  const { vcpuHour, gbHour } = own ?? PRICES[architecture]
  const hours = Math.max(seconds, LEAST_SECONDS) / 3600
  return hours * ((cpu / UNITS_PER_VCPU) * vcpuHour + (memory / MIB_PER_GB) * gbHour)
}

const sizeText = ({ cpu, memory }: TaskSize): string =>
  `${cpu / UNITS_PER_VCPU} vCPU and ${memory / MIB_PER_GB} GB`

/** The price of Spot changes all the time, and no list contains it. */
function spotPrice(onDemand: number, own: FargatePrices | undefined): string {
  const discount = own?.spotDiscount
  return discount === undefined
    ? `less than ${priceText(onDemand, own)} (Spot)`
    : `about ${priceText(onDemand * (1 - discount), own)} (Spot)`
}

function priceText(amount: number, own: FargatePrices | undefined): string {
  const text = moneyText(amount, own?.currency ?? 'USD')
  return `${text} at the prices of ${own === undefined ? PRICE_REGION : CONFIG_FILE}`
}

const moneyText = (amount: number, currency: string): string =>
  currency === 'USD' ? `$${amount.toFixed(4)}` : `${currency} ${amount.toFixed(4)}`
