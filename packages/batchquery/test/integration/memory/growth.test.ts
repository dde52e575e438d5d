import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, inject, onTestFinished, test } from 'vitest'
import { freshBucket, taskEnvironment } from '../../setup/s3-client.ts'
import type { Growth } from './growing.ts'

const PROGRAM = join(import.meta.dirname, 'growing.ts')

const WARM_UP = 10_000
const STEPS = 100_000
/** The memory that 100,000 steps may keep: 10 bytes each. Any object takes more than that. */
const MOST_BYTES = 1_000_000

const bucket = await freshBucket()

function urlOf(dialect: 'mysql' | 'postgres'): string {
  const { port, user, caFile, database } = inject(dialect === 'mysql' ? 'mariadb' : 'postgres')
  const tls = `sslmode=verify-full&sslrootcert=${encodeURIComponent(caFile)}`
  return `${dialect}://${user}@localhost:${port}/${database}?${tls}`
}

async function growthOf(stage: string, warmUp: number, steps: number): Promise<Growth> {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-growing-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const env = {
    ...(await taskEnvironment(bucket)),
    URL_OF_MYSQL: urlOf('mysql'),
    URL_OF_POSTGRES: urlOf('postgres'),
    MYSQL_PWD: inject('mariadb').password,
    PGPASSWORD: inject('postgres').password,
  }
  const node = ['--expose-gc', '--import', 'tsx', PROGRAM]
  const { stdout, stderr } = await execa(
    process.execPath,
    [...node, folder, stage, `${warmUp}`, `${steps}`],
    {
      env,
      cwd: import.meta.dirname,
      // It ends itself by SIGKILL.
      reject: false,
    },
  )
  expect(stdout, stderr).not.toBe('')
  return JSON.parse(stdout)
}

test.each([
  'postgres',
  'duckdb',
  'queue',
  'part',
  'compressed part',
  'directory',
  's3',
  'progress',
  'journal',
])('memory does not grow with the steps of a stage: %s', async stage => {
  const { inUse } = await growthOf(stage, WARM_UP, STEPS)
  expect(inUse).toBeLessThan(MOST_BYTES)
})

/** A block has 40 rows. */
test('memory does not grow with the blocks and rows of MySQL', async () => {
  const { inUse } = await growthOf('mysql', WARM_UP / 10, STEPS / 5)
  expect(inUse).toBeLessThan(MOST_BYTES)
})

test('memory does not grow when a log does', async () => {
  const { inUse, buffers } = await growthOf('log', WARM_UP, 3 * STEPS)
  expect(inUse + buffers).toBeLessThan(MOST_BYTES)
})

test('the parts that a script stages are not copied with each request', async () => {
  const requests = 5_000
  const few = await growthOf('joined journal', 100, requests)
  const many = await growthOf('joined journal', 2 * requests, requests)
  expect(many.taken / few.taken).toBeLessThan(1.5)
})
