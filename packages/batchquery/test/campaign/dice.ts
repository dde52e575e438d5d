/** Repeatable random numbers: the same seed makes the same numbers (mulberry32). */
export class Dice {
  #state: number

  constructor(...seeds: readonly number[]) {
    this.#state = seeds.reduce((state, seed) => Math.imul(state ^ seed, 0x9e3779b1) + 0x7f4a7c15, 1)
  }

  /** At least 0, less than 1. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  pick<T>(list: readonly T[]): T {
    const [picked] = list.slice(Math.floor(this.fraction() * list.length))
    if (picked === undefined) throw new Error('there is nothing to pick from')
    return picked
  }

  chance(probability: number): boolean {
    return this.fraction() < probability
  }
}
