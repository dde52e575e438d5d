/** `npm test` uses the same random inputs every time, so the result of a change does not depend on chance. */
const SEED_OF_TESTS = 20261123

/** The seed of all random tests: BATCHQUERY_SEED, or always the same one. */
export const testSeed = (): number => wholeNumber('BATCHQUERY_SEED') ?? SEED_OF_TESTS

export const newSeed = (): number => Math.floor(Math.random() * 2 ** 31)

/** How many inputs a random test uses: its own number, times BATCHQUERY_CASES. */
export function cases(usual: number): number {
  const times = wholeNumber('BATCHQUERY_CASES') ?? 1
  if (times < 1) throw new Error(`BATCHQUERY_CASES is ${times}, and no test can take that many inputs`)
  return usual * times
}

function wholeNumber(name: 'BATCHQUERY_SEED' | 'BATCHQUERY_CASES'): number | null {
  const text = process.env[name] ?? ''
  if (text === '') return null
  const number = Number(text)
  if (text.trim() === '' || !Number.isSafeInteger(number))
    throw new Error(`${name}=${JSON.stringify(text)} is no whole number`)
  return number
}
