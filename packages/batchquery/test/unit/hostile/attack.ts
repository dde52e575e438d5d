import fc from 'fast-check'
import { test } from 'vitest'
import { BatchQueryError } from '../../../src/errors/index.ts'
import { cases } from '../../setup/chance.ts'

/**
 * The limit of CPU time for one input, on any machine: far more than a reader needs that looks at every character a
 * bounded number of times, and far less than one that looks at 100,000 of them 100,000 times.
 */
const MOST_CPU_MS = 2_000

/** The limit of a message, including all that it quotes. */
const LONGEST_MESSAGE = 4_096

/** Throws if a reader neither reads an input nor refuses it as the project does. */
export function survive(read: () => unknown): void {
  const before = process.cpuUsage()
  try {
    read()
  } catch (thrown) {
    expectRefusal(thrown)
  }
  const { user, system } = process.cpuUsage(before)
  if (user + system > MOST_CPU_MS * 1_000) throw new Error(`took ${(user + system) / 1_000} ms`)
  if (Object.keys(Object.prototype).length > 0) throw new Error('the prototype of all objects was changed')
}

function expectRefusal(thrown: unknown): void {
  if (!(thrown instanceof BatchQueryError) || thrown.code === 'INTERNAL') throw thrown
  const { code, message, hint } = thrown
  if (message === '' || message.length > LONGEST_MESSAGE || !hint)
    throw new Error(
      `${code} with ${message.length} characters, ${message.slice(0, 100)}..., and the hint ${hint}`,
    )
}

/** A test that runs a reader on its share of random inputs. */
export function attack<Input>(
  name: string,
  inputs: fc.Arbitrary<Input>,
  read: (input: Input) => unknown,
  usual = 500,
): void {
  test(name, () => {
    fc.assert(
      fc.property(inputs, input => survive(() => read(input))),
      { numRuns: cases(usual) },
    )
  })
}
