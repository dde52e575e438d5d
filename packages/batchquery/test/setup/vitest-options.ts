import { join } from 'node:path'
import type { ViteUserConfig } from 'vitest/config'
import { testSeed } from './chance.ts'
import { ClosingLine } from './closing-line.ts'
import { PATIENCE_MS } from './patience.ts'

const SEVERAL_WAITS_MS = 5 * PATIENCE_MS

/** The common options of all runs of vitest. */
export const OPTIONS = {
  testTimeout: SEVERAL_WAITS_MS,
  hookTimeout: SEVERAL_WAITS_MS,
  expect: { poll: { timeout: PATIENCE_MS } },
  setupFiles: join(import.meta.dirname, 'seeded-properties.ts'),
  reporters: ['default', new ClosingLine(testSeed())],
} satisfies ViteUserConfig['test']
