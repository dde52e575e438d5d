import { defineConfig } from 'vitest/config'
import { OPTIONS } from './test/setup/vitest-options.ts'

/** `npm run test:package`: the packages as npm would publish them. The set-up installs the versions of Node. */
export default defineConfig({
  test: {
    ...OPTIONS,
    // One for each package: each test waits for npm.
    maxWorkers: 2,
    include: ['test/package/**/*.test.ts'],
    globalSetup: 'test/package/global-setup.ts',
  },
})
