import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { TcpProxy } from '../faults/tcp-proxy.ts'
import { serverUrl } from '../integration/mysql/session.ts'
import { numbers } from '../setup/mysql-numbers.ts'
import { documentOf, type Started, Workspace } from './workspace.ts'

const LOCKED = 'duckdb:./shared.duckdb'
const BUSY = 'SELECT sleep_ms(1000000)'
const EXPORT = "SELECT 7 INTO OUTFILE S3 's3://batchquery-s3/output/seven'"

/** A run that waits for its second attempt, since a run called `holder` holds its DuckDB file. */
async function waiting(args: readonly string[] = []) {
  const workspace = await Workspace.create()
  await workspace.write('busy.sql', BUSY)
  const held = await workspace.run(['run', 'busy.sql', '--run-id', 'holder', '--detach', '-d', LOCKED])
  expect(held, held.stderr).toMatchObject({ code: 0 })
  const { runner } = await workspace.record('holder')
  onTestFinished(() => {
    try {
      process.kill(runner.pid, 'SIGKILL')
    } catch {
      // It has ended.
    }
  })
  await expect.poll(() => workspace.log('holder')).toContain('connected to')
  const started = workspace.start(await workspace.task(EXPORT, ['-d', LOCKED, '--retries', '3', ...args]))
  return { workspace, started }
}

const toWait = (started: Started) =>
  expect
    .poll(() => started.stderr)
    .toMatch(/^warning: attempt 1 failed: DATABASE_LOCKED: .*; attempt 2 of 4 in 5 s$/m)

describe('a run whose first attempt failed with an error that may pass', () => {
  test('succeeds as a further attempt when the cause has passed', async () => {
    const { workspace, started } = await waiting()
    await toWait(started)
    expect(await workspace.run(['cancel', 'holder'])).toMatchObject({ code: 0 })
    const ended = await started.ended
    expect(ended, ended.stderr).toMatchObject({ code: 0 })
    const record = await workspace.record()
    expect(record).toMatchObject({ state: 'SUCCEEDED', request: { retries: 3 }, error: null })
    expect(record.attempt).toBeGreaterThan(1)
    expect(record.warnings[0]).toMatch(/^attempt 1 failed: DATABASE_LOCKED: /)
    expect(await workspace.results()).toEqual(['batchquery-s3/output/seven.part_00000'])
    const { stdout } = await workspace.run(['logs', 'r1'])
    expect(stdout).toMatch(/attempt 1.*attempt 1 failed: DATABASE_LOCKED.*attempt 2.*run r1/s)
    const { attempts } = documentOf(await workspace.run(['show', 'r1', '--json']))
    expect(attempts).toHaveLength(record.attempt)
    expect(new Set(attempts.map(({ pid }: { pid: number }) => pid)).size).toBe(1)
  })

  test.each([
    ['SIGINT', 130, 'CANCELLED', 'CANCELLED'],
    ['SIGTERM', 143, 'FAILED', 'TERMINATED'],
  ] as const)('ends with %s during the wait', async (signal, code, state, error) => {
    const { workspace, started } = await waiting()
    await toWait(started)
    started.signal(signal)
    expect(await started.ended).toMatchObject({ code })
    expect(await workspace.record()).toMatchObject({ state, error: { code: error } })
    expect(await workspace.results()).toEqual([])
  })

  test('ends when it is cancelled during the wait', async () => {
    const { workspace, started } = await waiting()
    await toWait(started)
    expect(await workspace.run(['cancel', 'r1'])).toMatchObject({ code: 0, stdout: 'r1\tCANCELLED\n' })
    expect(await started.ended).toMatchObject({ code: 130 })
  })

  test('ends when its timeout has passed, over all attempts', async () => {
    const { workspace, started } = await waiting(['--timeout', '8s'])
    expect(await started.ended).toMatchObject({ code: 8 })
    expect(await workspace.record()).toMatchObject({ state: 'FAILED', error: { code: 'TIMEOUT' } })
  })
})

test('a run does not begin again when its error cannot pass', async () => {
  const workspace = await Workspace.create()
  expect(await workspace.runSql('SELECT nonsense', ['--retries', '3'])).toMatchObject({ code: 1 })
  expect(await workspace.record()).toMatchObject({
    attempt: 1,
    warnings: [],
    error: { code: 'QUERY_FAILED' },
  })
})

test.each(['-1', '101', 'many'])('%s is refused as a number of retries', async retries => {
  const workspace = await Workspace.create()
  const refused = await workspace.runSql('SELECT 1', [`--retries=${retries}`])
  expect(refused.code).toBe(2)
  expect(refused.stderr).toContain('is not a number of retries')
})

test('an export is complete when the connection to MariaDB breaks in its first attempt', async () => {
  const { host, port, database } = inject('mariadb')
  const proxy = await TcpProxy.start({ host, port })
  onTestFinished(() => proxy.stop())
  const workspace = await Workspace.create()
  const url = serverUrl(database).replace(`localhost:${port}`, `localhost:${proxy.port}`)
  proxy.fail({ direction: 'to client', at: { byte: 300_000 }, fault: { kind: 'cut' } })
  const ended = await workspace.runSql(
    `SELECT seq FROM ${numbers(100_000)} INTO OUTFILE S3 's3://batchquery-s3/output/numbers' MANIFEST ON`,
    ['--retries', '1'],
    { environment: { BATCHQUERY_DATABASE: url } },
  )
  expect(ended, ended.stderr).toMatchObject({ code: 0 })
  expect(ended.stderr).toMatch(/^warning: attempt 1 failed: DATABASE_LOST: .*; attempt 2 of 2 in 5 s$/m)
  const record = await workspace.record()
  expect(record).toMatchObject({
    state: 'SUCCEEDED',
    attempt: 2,
    progress: { rows: 100_000 },
    exportCount: 1,
  })
  // The record has the session of the last attempt alone: the first one has none left.
  expect(record.databases.flatMap(({ sessions }: { sessions: string[] }) => sessions)).toHaveLength(1)
  expect(await workspace.run(['verify', 'r1'])).toMatchObject({ code: 0 })
  expect(await workspace.results()).toEqual([
    'batchquery-s3/output/numbers.manifest',
    'batchquery-s3/output/numbers.part_00000',
  ])
})
