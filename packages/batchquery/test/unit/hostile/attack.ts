import fc from 'fast-check'
import { test } from 'vitest'
import { BatchQueryError } from '../../../src/errors/index.ts'
import { cases } from '../../setup/chance.ts'

/**
 * The processor's time that one input may take, on any machine: far more than a reader needs that looks at every
 * character a bounded number of times, and far less than one that looks at 100,000 of them 100,000 times.
 */
const MOST_CPU_MS = 2_000

/** Of a message, whatever it quotes. */
const LONGEST_MESSAGE = 4_096

/** Throws where a reader does anything with an input but read it, or refuse it as the project does. */
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

/** A test that gives a reader its share of random inputs. */
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
