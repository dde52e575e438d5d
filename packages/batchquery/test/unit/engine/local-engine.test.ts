import { once } from 'node:events'
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { LocalEngine, type StartOptions } from '../../../src/engine/index.ts'
import { RunStore } from '../../../src/run/index.ts'
import { DirectoryStore } from '../../../src/store/index.ts'

const OPTIONS: StartOptions = {
  environment: { BATCHQUERY_DATABASE: 'mysql://u:geheim@h/d' },
  talk: 'quiet',
  progress: false,
  stdout: 'stderr',
  detached: false,
  signal: new AbortController().signal,
}

/**
 * Writes `report.json` in its folder and ends with the exit code of its first argument. With `wait` it waits for SIGINT, and has a
 * helper process that echoes on `helper.sock` until its caller disconnects.
 */
const RUNNER = `
  import { spawn } from 'node:child_process'
  import { readFileSync, renameSync, writeFileSync } from 'node:fs'
  const [bucket, key, what] = process.argv.slice(2)
  const listen = "require('node:net').createServer(s => s.on('close', () => process.exit()).pipe(s)).listen('helper.sock')"
  if (what === 'wait') spawn(process.execPath, ['-e', listen])
  process.on('SIGINT', () => process.exit(130))
  const { argv } = process
  const env = { ...process.env, ...JSON.parse(readFileSync(Number(process.env.BATCHQUERY_ORDERS), 'utf8') || '{"DISMISSED":"yes"}') }
  const report = { argv: argv.slice(2), env, folder: process.cwd() }
  writeFileSync('report.tmp', JSON.stringify(report))
  renameSync('report.tmp', 'report.json')
  if (what === 'wait') setInterval(() => {}, 1000)
  else process.exitCode = Number(what)
`

interface Ahead {
  /** Whether the runner is started before its run exists. */
  readonly isAhead?: boolean
}

const start = (...args: string[]) => startWith({}, ...args)

async function startWith({ isAhead = false }: Ahead, ...args: string[]) {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'batchquery-engine-')))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const runner = join(folder, 'runner.mjs')
  await writeFile(runner, RUNNER)
  const runs = new RunStore(new DirectoryStore(join(folder, 'store')), 'home')
  const { record } = await runs.submit({
    id: 'r1',
    task: { bucket: 'home', key: 'script/a.sql' },
    args,
    params: {},
    request: { database: null, timeoutSeconds: null, pin: null },
    engine: { name: 'local' },
    createdAt: new Date(),
  })
  const engine = new LocalEngine(
    { PATH: process.env.PATH, INHERITED: 'yes', BATCHQUERY_RUN_ID: 'outer' },
    folder,
    runner,
  )
  const ahead = isAhead ? engine.startAhead(record, { ...OPTIONS, environment: {} }) : null
  const launched = await engine.start(record, OPTIONS)
  ahead?.dismiss()
  return { launched, report: () => reportIn(folder), folder, engine, record }
}

async function reportIn(folder: string) {
  const path = join(folder, 'report.json')
  await expect.poll(() => readFile(path, 'utf8').catch(() => '')).not.toBe('')
  return JSON.parse(await readFile(path, 'utf8'))
}

/** A connection to the helper, which lasts as long as the helper. */
async function helperOf(folder: string): Promise<Socket> {
  for (;;) {
    const socket = connect(join(folder, 'helper.sock'))
    const [connected] = await Promise.allSettled([once(socket, 'connect')])
    // Its sudden end is what a test waits for.
    if (connected.status === 'fulfilled') return socket.on('error', () => {})
    await setTimeout(20)
  }
}

test.each([
  ['as it is launched', false],
  ['ahead', true],
])('a runner that is started %s gets bucket, key, arguments, and its environment', async (_when, isAhead) => {
  const { launched, report, folder } = await startWith({ isAhead }, '3', '', 'a b', '$(x)')
  expect(await launched.exitCode).toBe(3)
  const { argv, env, folder: its } = await report()
  expect(argv).toEqual(['home', 'script/a.sql', '3', '', 'a b', '$(x)'])
  expect(its).toBe(folder)
  expect(env).toMatchObject({
    INHERITED: 'yes',
    BATCHQUERY_RUN_ID: 'r1',
    BATCHQUERY_TALK: 'quiet',
    BATCHQUERY_PROGRESS: '0',
    BATCHQUERY_DATABASE: 'mysql://u:geheim@h/d',
  })
})

test('a runner that is started ahead and dismissed gets no orders, and ends by itself', async () => {
  const { launched, engine, record, folder } = await start('0')
  await launched.exitCode
  await rm(join(folder, 'report.json'))
  engine.startAhead(record, { ...OPTIONS, environment: {} }).dismiss()
  const report = await reportIn(folder)
  expect(report.env).toMatchObject({ DISMISSED: 'yes' })
  expect(report.env).not.toHaveProperty('BATCHQUERY_DATABASE')
})

test('start does not use a runner that was started ahead for another run', async () => {
  const { launched, engine, record, folder } = await start('0')
  await launched.exitCode
  const other = engine.startAhead({ ...record, id: 'r2', args: ['7'] }, { ...OPTIONS, environment: {} })
  const again = await engine.start(record, OPTIONS)
  expect(await again.exitCode).toBe(0)
  expect((await reportIn(folder)).env).toMatchObject({ BATCHQUERY_RUN_ID: 'r1' })
  other.dismiss()
  await expect.poll(async () => (await reportIn(folder)).env).toMatchObject({ DISMISSED: 'yes' })
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s reaches the runner, handled or not, and nothing else: exit code %i', async (name, code) => {
  const { launched, report, folder } = await start('wait')
  await report()
  const helper = await helperOf(folder)
  launched.signal(name)
  expect(await launched.exitCode).toBe(code)
  helper.write('?')
  expect(String(await once(helper, 'data'))).toBe('?')
  helper.destroy()
})

test('kill ends the runner and its processes, and does nothing after their end', async () => {
  const { launched, report, folder } = await start('wait')
  await report()
  const helper = await helperOf(folder)
  launched.kill()
  await new Promise(resolve => helper.once('close', resolve))
  expect(await launched.exitCode).toBe(137)
  launched.kill()
  launched.signal('SIGINT')
})

test('start throws NO_CAPACITY when the runner cannot be started', async () => {
  const { launched, folder, engine, record } = await start('0')
  await launched.exitCode
  await rm(folder, { recursive: true })
  await expect(engine.start(record, OPTIONS)).rejects.toMatchObject({ code: 'NO_CAPACITY', exitCode: 7 })
})
