import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { expect, onTestFinished, test } from 'vitest'
import { documentOf, Workspace } from './workspace.ts'

const TO_RESULT = "INTO OUTFILE S3 's3://batchquery-s3/output/result'"
const BUSY = `SELECT sleep_ms(1000000) ${TO_RESULT}`

async function detached(sql: string, args: readonly string[] = []) {
  const workspace = await Workspace.create()
  const ended = await workspace.runSql(sql, ['--detach', ...args])
  const { runner } = await workspace.record()
  onTestFinished(() => kill(runner.pid))
  return { workspace, ended, pid: runner.pid }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}

test('a detached run has its own session and no terminal, and continues to its end', async () => {
  const { workspace, ended, pid } = await detached(BUSY)
  expect(ended).toMatchObject({ code: 0, stdout: 'r1\n' })
  expect(ended.stderr).toContain('`batchquery logs -f r1`')
  // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
  const [, , , , , session, terminal] = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(' ')
  expect({ session, terminal }).toEqual({ session: String(pid), terminal: '0' })
  expect(documentOf(await workspace.run(['show', 'r1', '--json']))).toMatchObject({ state: 'RUNNING' })

  const following = workspace.start(['logs', '-f', 'r1'])
  const cancelled = await workspace.run(['cancel', 'r1'])
  expect(cancelled, cancelled.stderr).toMatchObject({ code: 0, stdout: 'r1\tCANCELLED\n' })
  const { code, stdout } = await following.ended
  expect(code).toBe(0)
  expect(stdout).toContain('exporting to')
  expect(stdout).toContain('run r1 was cancelled on request')
  expect(await workspace.record()).toMatchObject({ state: 'CANCELLED', exitCode: 130 })
  expect(await workspace.results()).toEqual([])
})

test('run shows the outcome of a detached run when it gets the id again', async () => {
  const { workspace } = await detached(`SELECT 7 ${TO_RESULT}`, ['--json'])
  await expect.poll(async () => (await workspace.record()).state).toBe('SUCCEEDED')
  expect(await workspace.readObject('output/result.part_00000')).toBe('7\n')
  const again = await workspace.runSql(`SELECT 7 ${TO_RESULT}`, ['--detach'])
  expect(again).toMatchObject({ code: 0, stdout: 'r1\n' })

  const late = await workspace.run(['cancel', 'r1'])
  expect(late).toMatchObject({ code: 0, stdout: 'r1\tSUCCEEDED\n' })
  expect(late.stderr).toMatch(/^run r1 has already ended: SUCCEEDED at \d{4}-\S+Z$/m)
})

test('cancel only requests with --no-wait, and ends with 8 when the wait is too short', async () => {
  const { workspace, pid } = await detached(BUSY)
  process.kill(pid, 'SIGSTOP')
  expect(await workspace.run(['cancel', 'r1', '--no-wait'])).toMatchObject({
    code: 0,
    stdout: 'r1\tRUNNING\n',
  })
  const inVain = await workspace.run(['cancel', 'r1', '--wait', '1s', '--json'])
  expect(inVain.code).toBe(8)
  expect(inVain.stderr).toContain('warning: run r1 did not end within 1 s of the request to cancel\n')
  expect(inVain.stderr).toContain(
    `\nhint: Its runner is process ${pid} on ${hostname()}. If it is suspended, run \`kill -CONT ${pid}\``,
  )
  expect(inVain.stderr).toContain(`run \`kill -KILL ${pid}\` there, then \`batchquery reap\`.\n`)
  expect(documentOf(inVain)).toMatchObject({ id: 'r1', state: 'RUNNING' })
  process.kill(pid, 'SIGCONT')
  expect(await workspace.run(['cancel', 'r1'])).toMatchObject({ code: 0, stdout: 'r1\tCANCELLED\n' })
})

test('cancel ends a run when no runner has claimed it', async () => {
  const { workspace } = await detached('SELECT 1')
  await expect.poll(async () => (await workspace.record()).state).toBe('SUCCEEDED')
  const { createdAt, request, task, args, params, engine, version } = await workspace.record()
  // As a submitter leaves it that died before it started a runner.
  await workspace.writeObject(
    'runs/r2/run.json',
    JSON.stringify({
      ...{ version, id: 'r2', state: 'QUEUED', attempt: 0, task, args, params, request, engine, createdAt },
      ...{ runner: null, databases: [], startedAt: null, endedAt: null, heartbeatAt: null, exitCode: null },
      ...{ error: null, warnings: [], progress: { rows: 0, bytes: 0, parts: 0 }, exports: [], log: null },
    }),
  )
  const { code, stdout } = await workspace.run(['cancel', 'r2', '--wait', '1s'])
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'r2\tCANCELLED\n' })
  expect(await workspace.record('r2')).toMatchObject({ state: 'CANCELLED', error: { code: 'CANCELLED' } })
})

test('cancel fails when the run does not exist', async () => {
  const workspace = await Workspace.create()
  expect(await workspace.run(['cancel', 'nosuch'])).toMatchObject({ code: 3, stdout: '' })
})
