import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { documentOf, Workspace } from './workspace.ts'

const EXPORT = "SELECT :a, :b INTO OUTFILE S3 's3://batchquery-s3/output/result' OVERWRITE ON"

/** A workspace in which the run `r1` has exported two parameters. */
async function afterRun(args: readonly string[] = []) {
  const workspace = await Workspace.create()
  const ended = await workspace.runSql(EXPORT, ['-p', 'a=1', '-p', 'b=2', ...args])
  expect(ended, ended.stderr).toMatchObject({ code: 0 })
  return workspace
}

const runsOf = async (workspace: Workspace) =>
  (await workspace.files('.batchquery/store/batchquery-s3/runs')).filter(file => file.endsWith('run.json'))

test('a run repeats another one with its bytes and parameters when its file is gone', async () => {
  const workspace = await afterRun()
  await rm(join(workspace.folder, 'task.sql'))
  const before = await workspace.readObject('runs/r1/run.json')
  const repeated = await workspace.run(['rerun', 'r1', '--run-id', 'r2'])
  expect(repeated, repeated.stderr).toMatchObject({ code: 0 })
  expect(repeated.stdout).toMatch(/^s3:\/\/batchquery-s3\/output\/result\.part_00000\t1 row\t4 bytes\n$/)
  expect(repeated.stderr).toContain('run r2 repeats run r1\n')
  const [first, second] = [await workspace.record('r1'), await workspace.record('r2')]
  expect(second).toMatchObject({ repeats: 'r1', params: first.params, state: 'SUCCEEDED' })
  expect(second.task).toMatchObject({ key: 'runs/r2/task/task.sql', sha256: first.task.sha256 })
  expect(await workspace.readObject('runs/r1/run.json')).toBe(before)

  const { stdout } = await workspace.run(['show', 'r2'])
  expect(stdout).toMatch(/^repeats {4}r1$/m)
  expect(stdout).not.toMatch(/^repeated/m)
  expect((await workspace.run(['show', 'r1'])).stdout).toMatch(/^repeated {3}by r2$/m)
  expect(documentOf(await workspace.run(['show', 'r1', '--json']))).toMatchObject({ repeatedBy: ['r2'] })
})

test('a rerun has the request of its run, and options replace it', async () => {
  const workspace = await afterRun([
    '--timeout',
    '90s',
    '--exclusive',
    '--retries',
    '2',
    '-d',
    'duckdb:./own.duckdb',
  ])
  const environment = { BATCHQUERY_DATABASE: 'duckdb:./other.duckdb' }
  const repeated = await workspace.run(['rerun', 'last', '-p', 'b=3', '--run-id', 'r2'], { environment })
  expect(repeated, repeated.stderr).toMatchObject({ code: 0 })
  expect(repeated.stderr).toContain('last is run r1\n')
  const { request } = await workspace.record('r1')
  expect(await workspace.record('r2')).toMatchObject({ params: { a: '1', b: '3' }, request })
  expect(request).toMatchObject({
    timeoutSeconds: 90,
    exclusive: true,
    retries: 2,
    database: 'duckdb:./own.duckdb',
  })
  const line = ['rerun', 'r2', '--run-id', 'r3', '--timeout', '2m', '--retries', '0']
  expect(await workspace.run(line)).toMatchObject({ code: 0 })
  expect(await workspace.record('r3')).toMatchObject({
    repeats: 'r2',
    params: { a: '1', b: '3' },
    request: { timeoutSeconds: 120, retries: 0 },
  })
  // The same command shows the outcome of the existing run.
  expect((await workspace.run(line)).stderr).toMatch(/^run r3 SUCCEEDED at /m)
  const other = await workspace.run(['rerun', 'r1', '--run-id', 'r3'])
  expect(other.code).toBe(5)
  expect(other.stderr).toContain('with the repeated run r2, not r1')
  expect(await workspace.run(['rerun', 'r1', '--run-id', 'r1'])).toMatchObject({ code: 2 })
})

test('a rerun runs the same task in the store again, and refuses a changed one', async () => {
  const workspace = await Workspace.create()
  await workspace.write('task.sql', "SELECT 1 INTO OUTFILE S3 's3://batchquery-s3/output/one' OVERWRITE ON")
  expect(await workspace.run(['put', 'task.sql'])).toMatchObject({ code: 0 })
  const uri = 's3://batchquery-s3/script/task.sql'
  expect(await workspace.run(['run', uri, '--run-id', 'r1'])).toMatchObject({ code: 0 })
  expect(await workspace.run(['rerun', 'r1', '--run-id', 'r2'])).toMatchObject({ code: 0 })
  expect((await workspace.record('r2')).task.key).toBe('script/task.sql')
  await workspace.writeObject('script/task.sql', 'SELECT 2')
  const changed = await workspace.run(['rerun', 'r1'])
  expect(changed).toMatchObject({ code: 5, stdout: '' })
  expect(changed.stderr).toContain(`the task ${uri} has SHA-256 `)
  expect(changed.stderr).toContain(
    `hint: Restore the earlier task, or run the changed one as a new run: \`batchquery run ${uri}\`.`,
  )
  await rm(join(workspace.folder, '.batchquery/store/batchquery-s3/script/task.sql'))
  expect(await workspace.run(['rerun', 'r1'])).toMatchObject({ code: 3 })
  expect(await runsOf(workspace)).toEqual(['r1/run.json', 'r2/run.json'])
})

test('a rerun names the secrets that the record does not have, before a run exists', async () => {
  const workspace = await Workspace.create()
  await workspace.write('token.txt', 'xyzzy-1')
  const sql =
    "-- @param token secret\nSELECT length(:token) INTO OUTFILE S3 's3://batchquery-s3/output/n' OVERWRITE ON"
  const ended = await workspace.runSql(sql, ['-p', 'token=@token.txt'])
  expect(ended, ended.stderr).toMatchObject({ code: 0 })
  const refused = await workspace.run(['rerun', 'r1'])
  expect(refused).toMatchObject({ code: 2, stdout: '' })
  expect(refused.stderr).toContain(
    'run r1 had secret parameters, and its record does not contain them: token\n',
  )
  expect(refused.stderr).toContain(
    'hint: Add each to the command line: -p token=@FILE, or -p token=secret:ARN',
  )
  expect(await runsOf(workspace)).toEqual(['r1/run.json'])
  const given = await workspace.run(['rerun', 'r1', '-p', 'token=@token.txt', '--run-id', 'r2'])
  expect(given, given.stderr).toMatchObject({ code: 0 })
  expect(await workspace.readObject('output/n.part_00000')).toBe('7\n')
  expect(await workspace.record('r2')).toMatchObject({ params: { token: '***' } })
})

test('a rerun names the variables of a script that the record does not have, before a run exists', async () => {
  const workspace = await Workspace.create()
  await workspace.write('job.sh', 'echo "mode $MODE, level $LEVEL, $1"\n')
  const ended = await workspace.run([
    'run',
    'job.sh',
    '--run-id',
    'r1',
    '-e',
    'MODE=fast',
    '-e',
    'LEVEL=3',
    'full',
  ])
  expect(ended, ended.stderr).toMatchObject({ code: 0 })
  expect(await workspace.record()).toMatchObject({ request: { variables: ['LEVEL', 'MODE'] } })
  const refused = await workspace.run(['rerun', 'r1', '-e', 'MODE=slow'])
  expect(refused.code).toBe(2)
  expect(refused.stderr).toContain('had variables, and its record does not contain their values: LEVEL\n')
  expect(await runsOf(workspace)).toEqual(['r1/run.json'])
  const given = await workspace.run(['rerun', 'r1', '-e', 'MODE=slow', '-e', 'LEVEL=4', '--run-id', 'r2'])
  expect(given, given.stderr).toMatchObject({ code: 0 })
  expect(given.stdout).toContain('mode slow, level 4, full\n')
})

describe('a run that has not ended', () => {
  const BUSY = 'SELECT sleep_ms(1000000)'

  test('is repeated while it continues, and when it is dead', async () => {
    const workspace = await Workspace.create()
    expect(await workspace.runSql(BUSY, ['--detach'])).toMatchObject({ code: 0 })
    const detached = await workspace.run(['rerun', 'r1', '--detach', '--run-id', 'r2'])
    expect(detached, detached.stderr).toMatchObject({ code: 0, stdout: 'r2\n' })
    expect(await workspace.record('r1')).toMatchObject({ state: 'RUNNING' })
    process.kill((await workspace.record('r1')).runner.pid, 'SIGKILL')
    expect(await workspace.run(['cancel', 'r2'])).toMatchObject({ code: 0, stdout: 'r2\tCANCELLED\n' })
    const again = await workspace.run(['rerun', 'r1', '--detach', '--run-id', 'r3'])
    expect(again, again.stderr).toMatchObject({ code: 0, stdout: 'r3\n' })
    expect(await workspace.run(['cancel', 'r3'])).toMatchObject({ code: 0, stdout: 'r3\tCANCELLED\n' })
    expect(documentOf(await workspace.run(['show', 'r1', '--json']))).toMatchObject({
      dead: true,
      repeatedBy: ['r2', 'r3'],
    })
    expect(await workspace.run(['reap'])).toMatchObject({ code: 0, stdout: 'r1\tFAILED\n' })
    expect(await workspace.record('r1')).toMatchObject({
      error: { hint: 'Start a new run: `batchquery rerun r1`.' },
    })
  })
})

describe('a database that the record has as a URL', () => {
  const UNREACHABLE = 'mysql://reader@127.0.0.1:1/db01?connect_timeout=0'

  test('is refused when the settings lack it: a record must not choose which server gets a password', async () => {
    const workspace = await Workspace.create()
    expect(await workspace.runSql('SELECT 1', ['-d', UNREACHABLE])).toMatchObject({ code: 1 })
    const refused = await workspace.run(['rerun', 'r1'])
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain(
      `run r1 used the database ${UNREACHABLE}, which is not in the settings\n`,
    )
    expect(await runsOf(workspace)).toEqual(['r1/run.json'])
    const given = await workspace.run(['rerun', 'r1', '--run-id', 'r2', '-d', UNREACHABLE])
    expect(given.code).toBe(1)
    expect(await workspace.record('r2')).toMatchObject({
      repeats: 'r1',
      error: { code: 'DATABASE_UNREACHABLE' },
    })
  })

  test('is taken from the settings, with its password, when they have it', async () => {
    const workspace = await Workspace.create()
    const environment = { BATCHQUERY_DATABASE: UNREACHABLE.replace('reader', 'reader:xyzzy-2') }
    expect(await workspace.runSql('SELECT 1', [], { environment })).toMatchObject({ code: 1 })
    const refused = await workspace.run(['rerun', 'r1'])
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('run r1 used the database mysql://reader:***@127.0.0.1:1/db01')
    await workspace.run(['rerun', 'r1', '--run-id', 'r2'], { environment })
    expect(await workspace.record('r2')).toMatchObject({
      repeats: 'r1',
      error: { code: 'DATABASE_UNREACHABLE' },
    })
  })
})

test('a rerun is refused when its task has another SHA-256 than the pin', async () => {
  const workspace = await afterRun()
  expect(await workspace.run(['rerun', 'r1', '--pin', `sha256:${'0'.repeat(64)}`])).toMatchObject({ code: 5 })
  const { task } = await workspace.record('r1')
  expect(await workspace.run(['rerun', 'r1', '--pin', `sha256:${task.sha256}`])).toMatchObject({ code: 0 })
})
