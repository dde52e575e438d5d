import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { findProcess } from '../../../src/platform/find-process.ts'

async function started(command: string): Promise<ChildProcess> {
  const child = spawn('/bin/sh', ['-c', command], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child, 'spawn')
  return child
}

test('a process has its command line, and is gone when it has ended', async () => {
  const child = await started('exec sleep 1000')
  const pid = child.pid ?? 0
  await expect.poll(() => findProcess(pid)).toEqual({ commandLine: 'sleep\x001000\x00' })
  child.kill('SIGSTOP')
  expect(await findProcess(pid)).not.toBeNull()
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await findProcess(pid)).toBeNull()
})

test('a process that has ended is gone even if its parent has not waited for it', async () => {
  const parent = await started('sleep 1000 & echo $!; exec sleep 1000')
  const [line] = await once(parent.stdout ?? parent, 'data')
  const pid = Number(String(line))
  // Between fork and exec it has no command line for a moment.
  await expect.poll(() => findProcess(pid)).not.toBeNull()
  process.kill(pid, 'SIGKILL')
  await expect.poll(() => findProcess(pid)).toBeNull()
  // Its number is still in use.
  expect(process.kill(pid, 0)).toBe(true)
})

test('0 is not a process', async () => {
  expect(await findProcess(0)).toBeNull()
})
