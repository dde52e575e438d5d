/** Chance that can be had again: the same seed gives the same numbers (mulberry32). */
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

/** `npm test` makes the same trials every time, so that chance has no part in whether a change passes. */
const SEED_OF_TESTS = 20261123

/** The seed of the campaigns of `npm test`: BATCHQUERY_SEED, or always the same one. */
export const testSeed = (): number => givenSeed() ?? SEED_OF_TESTS

/** The seed of a soak: the one on its command line, BATCHQUERY_SEED, or another one each time. */
export const soakSeed = (given: string | undefined): number =>
  givenSeed(given) ?? Math.floor(Math.random() * 2 ** 31)

function givenSeed(text = process.env.BATCHQUERY_SEED): number | null {
  if (text === undefined || text === '') return null
  const seed = Number(text)
  if (!Number.isSafeInteger(seed)) throw new Error(`the seed ${JSON.stringify(text)} is no whole number`)
  return seed
}
