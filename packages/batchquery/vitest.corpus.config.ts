import { defineConfig } from 'vitest/config'
import { ClosingLine } from './test/setup/closing-line.ts'

/** `npm run corpus`: what makes the corpus of exports anew. */
export default defineConfig({
  test: {
    include: ['test/corpus/make.corpus.ts'],
    globalSetup: 'test/setup/global-setup.ts',
    testTimeout: 1_800_000,
    hookTimeout: 180_000,
    reporters: ['default', new ClosingLine()],
  },
})
