import { afterAll, expect } from 'vitest'
import type { Ended, Started } from '../workspace.ts'

/**
 * Four times the documented limit, because the machine may be busy. A runner that waits for a hanging request never ends; the figures show
 * a runner that is only late.
 */
const MOST_SECONDS = 4 * 25

const measured: { readonly what: string; readonly seconds: number }[] = []

/** Prints how long the endings in the tests of a file took, the longest first. */
export function printEndings(): void {
  afterAll(() => {
    const lines = measured
      .sort((one, other) => other.seconds - one.seconds)
      .map(({ what, seconds }) => `${seconds.toFixed(2).padStart(7)} s  ${what}`)
    if (lines.length > 0) process.stdout.write(`\nfrom the signal to the exit:\n${lines.join('\n')}\n`)
  })
}

/** Sends the signal and waits for the end. */
export async function endBy(signal: NodeJS.Signals, started: Started, what: string): Promise<Ended> {
  const begun = performance.now()
  started.signal(signal)
  const ended = await started.ended
  const seconds = (performance.now() - begun) / 1000
  measured.push({ what: `${signal} ${what}`, seconds })
  expect(seconds, ended.stderr).toBeLessThan(MOST_SECONDS)
  return ended
}
