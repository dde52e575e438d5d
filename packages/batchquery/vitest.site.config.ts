import { defineConfig } from 'vitest/config'
import { OPTIONS } from './test/setup/vitest-options.ts'

/** The tests of the manual's site, which `npm run test:site` builds first. */
export default defineConfig({ test: { ...OPTIONS, include: ['test/site/**/*.test.ts'] } })
