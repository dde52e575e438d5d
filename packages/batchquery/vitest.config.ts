import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { OPTIONS } from './test/setup/vitest-options.ts'

/** They call `vi.mock`. */
const ALONE = ['test/unit/run/list-runs.test.ts', 'test/unit/store/directory/listing.test.ts']

export default defineConfig({
  test: {
    ...OPTIONS,
    // Most of these tests wait: for servers, for programs to end, for time to pass.
    maxWorkers: 2 * availableParallelism() + 1,
    projects: [
      // Their files share what they load, but for those that watch or replace a module of Node.
      {
        extends: true,
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'], exclude: ALONE, isolate: false },
      },
      { extends: true, test: { name: 'unit-alone', include: ALONE } },
      { extends: true, root: '../../bench', test: { name: 'bench', include: ['test/**/*.test.ts'] } },
      // The library that reads templates takes seconds to load, so all these tests share it.
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
          include: ['test/{contract,corpus,integration,cli,console,faults,campaign,version-1}/**/*.test.ts'],
          globalSetup: 'test/setup/global-setup.ts',
        },
      },
    ],
  },
})
