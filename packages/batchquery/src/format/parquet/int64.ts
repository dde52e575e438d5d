// int64 without BigInt: a low and a high half of 32 bits, which the caller reads from `half` at once.

const TWO_32 = 4_294_967_296
const BILLION = 1e9
/** Below it, `upper * 1e9 + lower` is exact. */
const EXACT_UPPER = 9_007_199

/** The halves of the last number, as signed integers of 32 bits. */
export const half = { low: 0, high: 0 }

/** A whole number that a double has exactly. */
export function split(value: number): void {
  half.low = value | 0
  half.high = Math.floor(value / TWO_32) | 0
}

/**
 * upper * 10^9 + lower, as an unsigned integer of 64 bits. `upper` has at most 11 digits, `lower` at most 9.
 * Returns whether it is below 2^64.
 */
export function combine(upper: number, lower: number): boolean {
  if (upper < EXACT_UPPER) {
    split(upper * BILLION + lower)
    return true
  }
  const top = Math.floor(upper / 1_048_576)
  const topProduct = top * BILLION
  const bottomProduct = (upper - top * 1_048_576) * BILLION + lower
  const low = (topProduct % 4096) * 1_048_576 + (bottomProduct % TWO_32)
  const high = Math.floor(topProduct / 4096) + Math.floor(bottomProduct / TWO_32) + Math.floor(low / TWO_32)
  half.low = low | 0
  half.high = high | 0
  return high < TWO_32
}

export function negate(): void {
  half.low = -half.low | 0
  half.high = (~half.high + (half.low === 0 ? 1 : 0)) | 0
}

/** Applies a sign to the unsigned number in `half`. Returns whether it fits into a signed int64. */
export function sign(isNegative: boolean): boolean {
  if (!isNegative) return half.high >= 0
  const fits = half.high >= 0 || (half.high === -0x80000000 && half.low === 0)
  negate()
  return fits
}
