import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { identityOf } from '../../../src/platform/index.ts'
import { runnerStateHere, thisRunner } from '../../../src/run/index.ts'

/** A process with these words on its command line, recorded as a runner. */
async function started(...words: string[]) {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', '--', ...words], {
    stdio: 'ignore',
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child, 'spawn')
  const { pid = 0 } = child
  const identity = (await identityOf(pid)) ?? { start: '', machine: '' }
  const end = async () => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  return { pid, runner: { host: hostname(), pid, version: '0.1.0', process: identity }, end }
}

test('a runner of this machine lives while it is stopped, and has ended as soon as its process has', async () => {
  const { pid, runner, end } = await started('anything')
  expect(await runnerStateHere(runner)).toBe('lives')
  process.kill(pid, 'SIGSTOP')
  expect(await runnerStateHere(runner)).toBe('lives')
  await end()
  expect(await runnerStateHere(runner)).toBe('ended')
})

test('a runner has ended when another process has its number, even one with the same name', async () => {
  const { runner } = await started('batchquery-task')
  const earlier = { ...runner.process, start: String(Number(runner.process.start) - 1) }
  expect(await runnerStateHere({ ...runner, process: earlier })).toBe('ended')
})

test.each([
  { host: 'another-machine' },
  { process: { start: '1', machine: 'another-boot pid:[1] time:[1]' } },
])('the fate of a runner is unknown when it is elsewhere: %j', async elsewhere => {
  const { runner, end } = await started('batchquery-task')
  expect(await runnerStateHere({ ...runner, ...elsewhere })).toBe('unknown')
  await end()
  expect(await runnerStateHere({ ...runner, ...elsewhere })).toBe('unknown')
})

test('the fate of a program that uses the library is unknown while it lives', async () => {
  const shared = await thisRunner(true)
  expect(await runnerStateHere(shared)).toBe('unknown')
  expect(await runnerStateHere(await thisRunner())).toBe('lives')
})

test.each([
  ['batchquery-task.js', 'lives'],
  ['batchquery', 'lives'],
  ['batchquery-notes', 'unknown'],
] as const)('a runner of an earlier version, whose process runs %s, %s', async (name, fate) => {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-fate-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const program = join(folder, name)
  await writeFile(program, 'setInterval(() => {}, 1000)')
  const child = spawn(process.execPath, [program, 'batchquery-task'], { stdio: 'ignore' })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child, 'spawn')
  const former = { host: hostname(), pid: child.pid ?? 0, version: '0.1.0' }
  expect(await runnerStateHere(former)).toBe(fate)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await runnerStateHere(former)).toBe('unknown')
})
