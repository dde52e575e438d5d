import { defineConfig } from 'vitest/config'
import { OPTIONS } from './test/setup/vitest-options.ts'

/** `npm run corpus`: makes the corpus of exports anew. */
export default defineConfig({
  test: {
    ...OPTIONS,
    include: ['test/corpus/make.corpus.ts'],
    globalSetup: 'test/setup/global-setup.ts',
  },
})
