import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { OPTIONS } from './test/setup/vitest-options.ts'

const { BATCHQUERY_TEST_MYSQL_URL: mysql, BATCHQUERY_TEST_POSTGRES_URL: postgres } = process.env

/** The tests that depend on the version of a server, for the servers that the environment names. */
export default defineConfig({
  test: {
    ...OPTIONS,
    maxWorkers: availableParallelism() + 1,
    include: [
      ...(mysql ? ['test/integration/mysql/**/*.test.ts', 'test/integration/plan/mysql.test.ts'] : []),
      ...(postgres
        ? ['test/integration/postgres/**/*.test.ts', 'test/integration/plan/postgres.test.ts']
        : []),
      'test/integration/parallel/exports.test.ts',
      'test/integration/{endings,grants}/**/*.test.ts',
      'test/integration/doctor/database.test.ts',
    ],
    globalSetup: 'test/versions/global-setup.ts',
  },
})
