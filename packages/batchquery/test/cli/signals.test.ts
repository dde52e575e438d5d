import { expect, inject, onTestFinished, test } from 'vitest'
import { freshDatabase, statementsWith } from '../setup/mariadb-client.ts'
import { numbers } from '../setup/mysql-numbers.ts'
import { type Started, Workspace } from './workspace.ts'

const TO_RESULT = "INTO OUTFILE S3 's3://batchquery-s3/output/result'"
/** Rows without end, so that something is staged. */
const ENDLESS = `SELECT repeat('x', 200) FROM range(1000000000000) ${TO_RESULT}`
/** Nothing but work. */
const BUSY = `SELECT count(*) FROM range(1000000000000000) a WHERE sqrt(a.range) < 0 ${TO_RESULT}`

const ENDINGS = [
  ['SIGINT', 130, { state: 'CANCELLED', error: { code: 'CANCELLED', retryable: false } }],
  ['SIGTERM', 143, { state: 'FAILED', error: { code: 'TERMINATED', retryable: true } }],
] as const

async function startSql(sql: string, environment: NodeJS.ProcessEnv = {}) {
  const workspace = await Workspace.create()
  const started = workspace.start(await workspace.task(sql), { environment })
  onTestFinished(() => void started.process.kill('SIGKILL'))
  return { workspace, started }
}

const hasBegun = (started: Started) => expect.poll(() => started.stderr).toContain('exporting to')

test.each(ENDINGS)('%s while rows are staged ends with %i', async (signal, code, record) => {
  const { workspace, started } = await startSql(ENDLESS)
  await hasBegun(started)
  await expect.poll(() => workspace.results()).not.toEqual([])
  started.signal(signal)
  const ended = await started.ended
  expect(ended, ended.stderr).toMatchObject({ code, stdout: '' })
  expect(await workspace.record()).toMatchObject({ exitCode: code, ...record })
  expect(await workspace.results()).toEqual([])
})

test.each(ENDINGS)('%s while DuckDB works ends with %i', async (signal, code, record) => {
  const { workspace, started } = await startSql(BUSY)
  await hasBegun(started)
  started.signal(signal)
  expect(await started.ended).toMatchObject({ code, stdout: '' })
  expect(await workspace.record()).toMatchObject({ exitCode: code, ...record })
  expect(await workspace.results()).toEqual([])
})

test.each(ENDINGS)(
  '%s while MariaDB works ends with %i, and the statement with it',
  async (signal, code, record) => {
    const { host, port, user, password } = inject('mariadb')
    const environment = {
      BATCHQUERY_DATABASE: `mysql://${user}@${host}:${port}/${await freshDatabase()}`,
      MYSQL_PWD: password,
    }
    const { workspace, started } = await startSql(
      `SELECT SLEEP(1000) FROM ${numbers(1000)} ${TO_RESULT}`,
      environment,
    )
    await hasBegun(started)
    const { databases } = await workspace.record()
    const [session] = databases[0].sessions
    const listed = async () =>
      (await statementsWith('/* batchquery r1 */')).filter(({ id }) => id === session)
    await expect.poll(listed).toHaveLength(1)
    started.signal(signal)
    expect(await started.ended).toMatchObject({ code, stdout: '' })
    expect(await listed()).toEqual([])
    expect(await workspace.record()).toMatchObject({ exitCode: code, ...record })
    expect(await workspace.results()).toEqual([])
  },
)

test('a second signal kills a runner that does not end, and run ends with RUNNER_LOST', async () => {
  const { workspace, started } = await startSql(BUSY)
  await hasBegun(started)
  const { runner } = await workspace.record()
  process.kill(runner.pid, 'SIGSTOP')
  started.signal('SIGINT')
  await expect.poll(() => started.stderr).toContain('a second signal kills it')
  started.signal('SIGTERM')
  const { code, stderr } = await started.ended
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /^error: the runner of run r1 ended with exit code 137 and left the run RUNNING\nhint: /m,
  )
  expect(await workspace.record()).toMatchObject({ state: 'RUNNING', exitCode: null })
})

test('a timeout ends the run with 8', async () => {
  const workspace = await Workspace.create()
  const { code, stderr } = await workspace.runSql(BUSY, ['--timeout', '1s'])
  expect(code, stderr).toBe(8)
  expect(await workspace.record()).toMatchObject({ state: 'FAILED', exitCode: 8, error: { code: 'TIMEOUT' } })
  expect(await workspace.results()).toEqual([])
})
