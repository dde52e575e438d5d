import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { OPTIONS } from './test/setup/vitest-options.ts'

export default defineConfig({
  test: {
    ...OPTIONS,
    // Most of these tests wait: for servers, for programs to end, for time to pass.
    maxWorkers: 2 * availableParallelism() + 1,
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      { extends: true, root: '../../bench', test: { name: 'bench', include: ['test/**/*.test.ts'] } },
      // What looks at templates takes seconds to load: once for all.
      {
        extends: true,
        root: '../batchquery-cdk',
        // With a number of workers of its own it needs a place of its own in the order.
        test: {
          name: 'cdk',
          include: ['test/**/*.test.ts'],
          isolate: false,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          globalSetup: 'test/setup/output-folder.ts',
        },
      },
      {
        extends: true,
        test: {
          name: 'servers',
          include: ['test/{contract,corpus,integration,cli,faults,campaign,version-1}/**/*.test.ts'],
          globalSetup: 'test/setup/global-setup.ts',
        },
      },
    ],
  },
})
