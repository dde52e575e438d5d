import { defineConfig } from 'vitest/config'
import { OPTIONS } from './test/setup/vitest-options.ts'

/** `npm run test:witnesses`: Parquet files as the readers of other projects read them. The setup installs these. */
export default defineConfig({
  test: { ...OPTIONS, include: ['test/witnesses/**/*.test.ts'] },
})
