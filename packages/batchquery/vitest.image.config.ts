import { defineConfig } from 'vitest/config'
import { OPTIONS } from './test/setup/vitest-options.ts'

/** The tests of the container image, which `npm run test:image` builds first. */
export default defineConfig({
  test: {
    ...OPTIONS,
    include: ['test/image/**/*.test.ts'],
    globalSetup: 'test/setup/global-setup.ts',
  },
})
