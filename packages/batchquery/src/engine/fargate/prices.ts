/**
 * Dollars an hour on demand, Linux, as published for US East (N. Virginia) in 2026. Elsewhere they differ, mostly by less
 * than a third: what is made of them is an estimate, and says so. `prices` in batchquery.yaml stands before them.
 * https://aws.amazon.com/fargate/pricing/
 */
export const PRICE_REGION = 'us-east-1'

export const PRICES = {
  X86_64: { vcpuHour: 0.04048, gbHour: 0.004445 },
  ARM64: { vcpuHour: 0.03238, gbHour: 0.00356 },
} as const

/** Seconds that are charged at least. */
export const LEAST_SECONDS = 60
