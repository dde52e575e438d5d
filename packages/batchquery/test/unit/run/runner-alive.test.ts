import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { isRunnerAlive } from '../../../src/run/runner-alive.ts'

/** A process with a word on its command line. */
async function started(word: string) {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', word], { stdio: 'ignore' })
  await once(child, 'spawn')
  const end = async () => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  return { pid: child.pid ?? 0, end }
}

test('a runner lives until it has ended, though it may be stopped', async () => {
  const runner = await started('batchquery-task')
  expect(await isRunnerAlive(runner.pid)).toBe(true)
  process.kill(runner.pid, 'SIGSTOP')
  expect(await isRunnerAlive(runner.pid)).toBe(true)
  await runner.end()
  expect(await isRunnerAlive(runner.pid)).toBe(false)
})

test('another program that got the number is no runner', async () => {
  const other = await started('something-else')
  expect(await isRunnerAlive(other.pid)).toBe(false)
  await other.end()
})
