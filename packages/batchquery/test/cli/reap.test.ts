import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { Workspace } from './workspace.ts'

const RUNNER = join(import.meta.dirname, '../../bin/batchquery-task.js')
const HOME = '.batchquery/store/batchquery-s3'
const PARTS = 60
const ROWS = 1000 * PARTS

/** So many parts that the commits take a while. */
const EXPORT = `SELECT i, repeat('x', 1040) FROM range(${ROWS}) t(i)
  INTO OUTFILE S3 's3://batchquery-s3/output/r' MAXFILESIZE 1 MB MANIFEST ON OVERWRITE ON`

/** A workspace whose runner was killed when its record said what is waited for: in one of several attempts, as a runner may be faster. */
async function killedAt(sql: string, wanted: RegExp): Promise<Workspace> {
  for (;;) {
    const workspace = await killedWhen(sql, wanted)
    if (workspace !== null) return workspace
  }
}

async function killedWhen(sql: string, wanted: RegExp): Promise<Workspace | null> {
  const workspace = await Workspace.create()
  await workspace.write('a.sql', sql)
  await workspace.run(['put', 'a.sql'])
  const runner = spawn(process.execPath, [RUNNER, 'batchquery-s3', 'script/a.sql'], {
    cwd: workspace.folder,
    env: { PATH: process.env.PATH, HOME: workspace.folder, BATCHQUERY_RUN_ID: 'r1' },
    stdio: 'ignore',
  })
  const ended = once(runner, 'exit')
  const path = join(workspace.folder, HOME, 'runs/r1/run.json')
  const isThere = async () => wanted.test(await readFile(path, 'utf8').catch(() => ''))
  while (!(await isThere()) && runner.exitCode === null) await setTimeout(1)
  runner.kill('SIGKILL')
  await ended
  return (await isThere()) ? workspace : null
}

async function expectWhole(workspace: Workspace): Promise<void> {
  const verified = await workspace.run(['verify', 'r1', '--json'])
  expect(verified.code, verified.stderr).toBe(0)
  const [{ parts, rows }] = JSON.parse(verified.stdout).exports
  expect(rows).toBe(ROWS)
  const found = await workspace.results()
  expect(found).toHaveLength(parts + 1)
  expect(found).toContain('batchquery-s3/output/r.manifest')
}

describe('a runner that was killed during its commits', () => {
  test('is not touched on another machine while it may live', async () => {
    const workspace = await killedAt(EXPORT, /COMMITTING/)
    const attempt = JSON.parse(await workspace.readObject('runs/r1/attempt-0001'))
    await workspace.writeObject('runs/r1/attempt-0001', JSON.stringify({ ...attempt, host: 'elsewhere' }))
    expect(await workspace.run(['reap', '-q'])).toMatchObject({ code: 0, stdout: '' })
    await workspace.age('r1')
    expect((await workspace.run(['reap', '-q'])).stdout).toMatch(/^r1\tSUCCEEDED\tcompleted/)
  })

  test('is dead at once on its machine, and reap completes the publication', async () => {
    const workspace = await killedAt(EXPORT, /COMMITTING/)
    expect(await workspace.record()).toMatchObject({ state: 'RUNNING', exports: [{ state: 'COMMITTING' }] })
    const dry = await workspace.run(['reap', '--dry-run', '-q'])
    expect(dry.stdout).toBe('r1\tRUNNING\twould be completed: s3://batchquery-s3/output/r\n')
    expect(await workspace.record()).toMatchObject({ state: 'RUNNING', attempt: 1 })
    const reaped = await workspace.run(['reap', '--json'])
    expect(JSON.parse(reaped.stdout)).toEqual({
      dryRun: false,
      runs: [
        {
          id: 'r1',
          state: 'SUCCEEDED',
          completed: ['s3://batchquery-s3/output/r'],
          aborted: [],
          error: null,
        },
      ],
    })
    expect(await workspace.record()).toMatchObject({
      state: 'SUCCEEDED',
      attempt: 2,
      exitCode: 0,
      progress: { rows: ROWS },
    })
    expect(await workspace.log('r1', 2)).toContain('attempt 2 takes over')
    await expectWhole(workspace)
    expect((await workspace.run(['reap', '-q'])).stdout).toBe('')
  })

  test('is followed by a next attempt at once when its id is run again', async () => {
    const workspace = await killedAt(EXPORT, /COMMITTING/)
    const again = await workspace.run(['run', 's3://batchquery-s3/script/a.sql', '--run-id', 'r1'])
    expect(again.code, again.stderr).toBe(0)
    expect(again.stderr).toContain(
      'an earlier attempt published the last result, so this attempt has nothing to do',
    )
    expect(await workspace.record()).toMatchObject({ state: 'SUCCEEDED', attempt: 2 })
    expect((await workspace.record()).exports).toHaveLength(1)
    await expectWhole(workspace)
  })
})

test('a run ends as FAILED with RUNNER_LOST when its runner was killed before it could publish', async () => {
  const workspace = await killedAt('SELECT count(*) FROM range(100000000000)', /"RUNNING".*"sessions":\["/)
  await workspace.age('r1')
  expect((await workspace.run(['reap', '-q'])).stdout).toBe('r1\tFAILED\n')
  expect(await workspace.record()).toMatchObject({
    state: 'FAILED',
    exitCode: 1,
    error: { code: 'RUNNER_LOST', retryable: true },
  })
})

test('the next attempt of a run has the timeout of its submitter', async () => {
  const workspace = await killedAt('SELECT count(*) FROM range(100000000000)', /"RUNNING".*"sessions":\["/)
  const task = 's3://batchquery-s3/script/a.sql'
  const again = await workspace.run(['run', task, '--run-id', 'r1', '--timeout', '2s'])
  expect(again.code, again.stderr).toBe(8)
  expect(await workspace.record()).toMatchObject({ attempt: 2, request: { timeoutSeconds: 2 } })
})

describe('the log of a run whose runner was killed', () => {
  const AT_WORK = /"RUNNING".*"sessions":\["/

  test('ends: logs -f shows that with a hint, and ends with 1', async () => {
    const workspace = await killedAt('SELECT count(*) FROM range(100000000000)', AT_WORK)
    const { code, stderr } = await workspace.run(['logs', '-f', 'r1'])
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^error: run r1 is RUNNING, but its runner \(attempt 1, process \d+ on .*\) does not respond/m,
    )
    expect(stderr).toMatch(/^hint: Run it again with its id, r1, or end it with `batchquery reap`\.$/m)
  })

  test('is followed while the runner dies', async () => {
    const workspace = await Workspace.create()
    const started = workspace.start(await workspace.task('SELECT count(*) FROM range(100000000000)'))
    await expect.poll(() => started.stderr).toContain('connected to')
    const following = workspace.start(['logs', '-f', 'r1'])
    await expect.poll(() => following.stdout).toContain('connected to')
    process.kill((await workspace.record()).runner.pid, 'SIGKILL')
    expect((await following.ended).code).toBe(1)
    expect((await started.ended).stderr).toContain('ended with exit code 137 and left the run RUNNING')
  })

  test('is printed with that of the reaper, each with its attempt; show lists both', async () => {
    const workspace = await killedAt('SELECT count(*) FROM range(100000000000)', AT_WORK)
    const first = 'INFO attempt 1 was here\n'
    await workspace.writeObject('runs/r1/log/0001-0001.txt', first)
    await workspace.run(['reap', '-q'])
    const second = await workspace.log('r1', 2)
    for (const flags of [[], ['-f']]) {
      const all = await workspace.run(['logs', 'r1', ...flags])
      expect(all).toMatchObject({ code: 0, stdout: `(attempt 1)\n${first}(attempt 2)\n${second}` })
    }
    expect((await workspace.run(['logs', 'r1', '--attempt', '1'])).stdout).toBe(first)
    expect((await workspace.run(['logs', 'r1', '-f', '--attempt', '2'])).stdout).toBe(second)
    expect(await workspace.run(['logs', 'r1', '--attempt', '3'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('run r1 has no attempt 3: the latest is attempt 2'),
    })
    const { attempts, runner, startedAttempt } = JSON.parse(
      (await workspace.run(['show', 'r1', '--json'])).stdout,
    )
    expect(startedAttempt).toBe(1)
    expect(attempts).toMatchObject([{ attempt: 1 }, { attempt: 2, pid: runner.pid }])
    expect((await workspace.run(['show', 'r1'])).stdout).toMatch(
      /^attempt 1 .*\nattempt 2 .*\ncreated .*\nstarted .*, attempt 1\nended .*, attempt 2$/m,
    )
  })
})

test('reap reports a run that it cannot end, and ends the others', async () => {
  const workspace = await killedAt(EXPORT, /COMMITTING/)
  await workspace.write(`${HOME}/runs/r1/exports/0001-0001/staged.json`, '{}')
  await workspace.age('r1')
  const { code, stdout, stderr } = await workspace.run(['reap'])
  expect(code).toBe(1)
  expect(stdout).toBe('r1\tRUNNING\tnot ended: RUN_RECORD_INVALID\n')
  expect(stderr).toMatch(/error: cannot read s3:.*staged\.json: version/)
})
