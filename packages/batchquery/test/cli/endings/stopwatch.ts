import { afterAll, expect } from 'vitest'
import type { Ended, Started } from '../workspace.ts'

/** What the runner promises: Fargate kills 30 s after SIGTERM. */
const PROMISED_SECONDS = 25

const measured: { readonly what: string; readonly seconds: number }[] = []

/** Prints how long endings took in the tests of a file; the longest first. */
export function printEndings(): void {
  afterAll(() => {
    const lines = measured
      .sort((one, other) => other.seconds - one.seconds)
      .map(({ what, seconds }) => `${seconds.toFixed(2).padStart(7)} s  ${what}`)
    if (lines.length > 0) process.stdout.write(`\nfrom the signal to the exit:\n${lines.join('\n')}\n`)
  })
}

/** Sends the signal and waits for the end, which comes in the time that is promised. */
export async function endBy(signal: NodeJS.Signals, started: Started, what: string): Promise<Ended> {
  const begun = performance.now()
  started.signal(signal)
  const ended = await started.ended
  const seconds = (performance.now() - begun) / 1000
  measured.push({ what: `${signal} ${what}`, seconds })
  expect(seconds, ended.stderr).toBeLessThan(PROMISED_SECONDS)
  return ended
}
