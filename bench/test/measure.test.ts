import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BenchError } from '../src/bench-error.ts'
import { shell } from '../src/process/client-command.ts'
import { onLeash } from '../src/process/leash.ts'
import { measure } from '../src/process/measure.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'batchquery-measure-'))
})
afterAll(() => rm(folder, { recursive: true }))

const times = () => join(folder, 'times')

test('the figures cover all processes of a pipeline, and the largest of them', async () => {
  const spin = `while (process.cpuUsage().user < 2e5); Buffer.alloc(100e6, 1); console.log('done')`
  const command = shell(`"$0" -e "$1" | cat; "$0" -e "$1"`, [spin])
  const argv = command.argv.map(word => (word === 'bench' ? process.execPath : word))
  const { seconds, cpuSeconds, peakMegabytes, stdout } = await measure({ ...command, argv }, times())
  expect(stdout).toBe('done\ndone\n')
  expect(seconds).toBeGreaterThan(0)
  expect(cpuSeconds).toBeGreaterThan(0.35)
  expect(peakMegabytes).toBeGreaterThan(100)
  expect(await readdir(folder)).toEqual([])
})

test('a pipeline fails with the output of a program in its middle that fails', async () => {
  const failing = measure(shell('sh -c "echo why >&2; exit 7" | cat', []), times())
  await expect(failing).rejects.toThrow(BenchError)
  await expect(failing).rejects.toThrow(/ended with 7:\nwhy/)
})

test('a command on a leash has the exit code and arguments of its program', async () => {
  const [program, ...args] = onLeash([
    'sh',
    '-c',
    'echo "$1"; test -e /proc/$$/fd/3 || echo none; exit 3',
    'x',
    'two words',
  ])
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit', 'pipe'], detached: true })
  let stdout = ''
  child.stdout?.on('data', chunk => {
    stdout += chunk
  })
  const [code] = await once(child, 'close')
  expect(code).toBe(3)
  expect(stdout).toBe('two words\nnone\n')
})

test('the measured processes end when the measuring process is killed', async () => {
  const pidFile = join(folder, 'pid')
  const module = new URL('../src/process/measure.ts', import.meta.url).href
  const line = 'sleep 600 & echo $$ > "$0.new"; mv "$0.new" "$0"; sleep 600; true'
  const script = `import { measure } from '${module}'
    await measure({ argv: ['bash', '-c', '${line}', '${pidFile}'] }, '${times()}')`
  const measuring = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: 'inherit',
  })
  while (!existsSync(pidFile)) await sleep(20)
  const pid = (await readFile(pidFile, 'utf8')).trim()
  expect(await commandLine(pid)).toContain(pidFile)
  measuring.kill('SIGKILL')
  while ((await commandLine(pid)) !== '') await sleep(20)
})

/** The command line of a running process. Empty if it has ended, whether or not its parent has waited for it. */
const commandLine = (pid: string): Promise<string> => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
