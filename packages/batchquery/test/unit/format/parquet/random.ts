import { testSeed } from '../../../setup/chance.ts'

/** Numbers that look random and depend on the seed of the tests alone (mulberry32). */
export class Random {
  #state: number

  constructor(seed = testSeed()) {
    this.#state = seed | 0
  }

  /** From 0 to below 1. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** From `least` to `most`, both included. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1))
  }

  pick<T>(values: readonly T[]): T {
    return values[this.integer(0, values.length - 1)]
  }

  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  /** Digits. The first is zero only if there are no others. */
  digits(count: number): string {
    let digits = ''
    for (let k = 0; k < count; k++) digits += this.integer(k === 0 && count > 1 ? 1 : 0, 9)
    return digits
  }
}
