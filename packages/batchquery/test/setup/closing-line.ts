import type { SerializedError } from 'vitest'
import type { Reporter, TestModule } from 'vitest/node'
import { runSecrets } from './secrets/run-secrets.ts'

/**
 * Ends a run with the seed of its random inputs, and with the line `N passed, N failed`, plus `, N skipped` if tests
 * were skipped. A failure outside a test (a file that does not load, a hook, an unhandled rejection) counts as
 * failed, and so does every secret of the tests in a place that others can read. Under CI=true a skipped test fails
 * the run.
 */
export class ClosingLine implements Reporter {
  readonly #seed: number

  constructor(seed: number) {
    this.#seed = seed
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 }
    for (const module of modules) {
      counts.failed += module.errors().length
      for (const suite of module.children.allSuites()) counts.failed += suite.errors().length
      for (const test of module.children.allTests()) counts[test.result().state] += 1
    }
    const secrets = new Set(runSecrets()?.found)
    for (const line of secrets) console.log(`a secret was readable: ${line}`)
    counts.failed += secrets.size
    if (secrets.size > 0) process.exitCode = 1
    const skipped = counts.skipped + counts.pending
    if (skipped > 0 && process.env.CI) process.exitCode = 1
    console.log(`random inputs: BATCHQUERY_SEED=${this.#seed} repeats them`)
    console.log(
      `${counts.passed} passed, ${counts.failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
    )
  }
}
