import { defineConfig } from 'vitest/config'
import { ClosingLine } from './test/setup/closing-line.ts'

/** The tests of the container image, which `npm run test:image` builds first. */
export default defineConfig({
  test: {
    include: ['test/image/**/*.test.ts'],
    globalSetup: 'test/setup/global-setup.ts',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['default', new ClosingLine()],
  },
})
