import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { RunnerSignals } from '../../../src/cli/signals.ts'
import type { Engine } from '../../../src/engine/index.ts'
import { BatchQueryError } from '../../../src/errors/index.ts'
import { recoveryIn } from '../../../src/export/index.ts'
import { Log } from '../../../src/platform/index.ts'
import { type NewRun, type OwnedRun, RunStore, type RunStoreOptions } from '../../../src/run/index.ts'
import { DirectoryStore } from '../../../src/store/index.ts'
import { executeRun } from '../../../src/submit/execute-run.ts'

const RUN: NewRun = {
  id: 'r1',
  task: { bucket: 'home', key: 'script/a.sql' },
  args: [],
  params: {},
  request: { database: null, timeoutSeconds: null, pin: null },
  engine: { name: 'local' },
  createdAt: new Date('2026-11-23T02:15:45.000Z'),
}

/** The signals that the runner of a test gets, in order. */
interface Received {
  /** Resolves with the next signal. */
  next(): Promise<'SIGINT' | 'SIGTERM' | 'kill'>
}

/** A home bucket, and an engine whose runner is a function that returns the exit code. */
async function home(options: RunStoreOptions = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-execute-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const store = new DirectoryStore(folder)
  const runs = new RunStore(store, 'home', { recovery: recoveryIn(store), ...options })
  const talk: string[] = []
  const log = new Log('normal', entry => talk.push(entry))
  const claim = (): Promise<OwnedRun> => runs.claim(RUN, { host: 'there', pid: 1, version: '0.1.0' }, log)
  const execute = (runner: (received: Received) => Promise<number>, run = RUN, prepare = async () => {}) => {
    const engine: Engine = {
      name: 'local',
      isRemote: false,
      async start() {
        const arrived: ('SIGINT' | 'SIGTERM' | 'kill')[] = []
        let wake = () => {}
        const receive = (what: 'SIGINT' | 'SIGTERM' | 'kill') => {
          arrived.push(what)
          wake()
        }
        const next = async () => {
          for (;;) {
            const first = arrived.shift()
            if (first !== undefined) return first
            await new Promise<void>(resolve => {
              wake = resolve
            })
          }
        }
        return { signal: receive, kill: () => receive('kill'), exitCode: runner({ next }) }
      },
    }
    const options = {
      environment: {},
      talk: 'normal',
      progress: false,
      stdout: 'stdout',
      detached: false,
    } as const
    const interruption = () => new RunnerSignals(log)
    return executeRun({ run, prepare, runs, engine, options, log, interruption })
  }
  return { runs, talk, claim, execute }
}

const neverLaunched = async (): Promise<number> => {
  throw new Error('a runner was launched')
}

test('executeRun returns the record that the runner wrote', async () => {
  const { claim, execute, talk } = await home()
  const record = await execute(async () => {
    await (await claim()).finish(new BatchQueryError('OUTPUT_EXISTS', 'there is a result'))
    return 5
  })
  expect(record).toMatchObject({ state: 'FAILED', exitCode: 5, attempt: 1, error: { code: 'OUTPUT_EXISTS' } })
  expect(talk.join('')).not.toContain('there is a result')
})

test('executeRun starts no runner and logs the outcome when the run has ended already', async () => {
  const { claim, execute, talk } = await home()
  await (await claim()).finish(new BatchQueryError('QUERY_FAILED', 'no such table', { hint: 'make it' }))
  expect(await execute(neverLaunched)).toMatchObject({ state: 'FAILED', exitCode: 1 })
  expect(talk.join('')).toContain('error: no such table\nhint: make it\n')
})

test('executeRun follows a run to its end when another runner has it', async () => {
  const { claim, execute } = await home()
  const owned = await claim()
  await owned.start({ versionId: null, sha256: '00' })
  const followed = execute(neverLaunched)
  await owned.finish(null)
  expect(await followed).toMatchObject({ state: 'SUCCEEDED', exitCode: 0 })
})

test('executeRun starts the next attempt when the runner of the run is dead', async () => {
  const { claim, execute } = await home({ deadAfterMs: 0 })
  await (await claim()).start({ versionId: null, sha256: '00' })
  const record = await execute(async () => {
    await (await claim()).finish(null)
    return 0
  })
  expect(record).toMatchObject({ state: 'SUCCEEDED', attempt: 2 })
})

test('executeRun refuses an id when another run has it', async () => {
  const { claim, execute } = await home()
  await (await claim()).finish(null)
  await expect(execute(neverLaunched, { ...RUN, args: ['x'] })).rejects.toMatchObject({
    code: 'RUN_CONFLICT',
    exitCode: 5,
  })
})

test('a run fails when its runner cannot be started', async () => {
  const { execute, talk, runs } = await home()
  const record = await execute(() => {
    throw new BatchQueryError('NO_CAPACITY', 'no processes left')
  })
  expect(record).toMatchObject({ state: 'FAILED', exitCode: 7, error: { code: 'NO_CAPACITY' } })
  expect(await runs.read('r1')).toEqual(record)
  expect(talk.join('')).toContain('error: no processes left')
})

test('a run fails when its task cannot be uploaded', async () => {
  const { execute } = await home()
  const record = await execute(neverLaunched, RUN, async () => {
    throw new BatchQueryError('STORE_FULL', 'no room')
  })
  expect(record).toMatchObject({ state: 'FAILED', exitCode: 1, error: { code: 'STORE_FULL' } })
})

test('a run fails when its runner ends before it claims the run', async () => {
  const { execute } = await home()
  expect(await execute(async () => 1)).toMatchObject({
    state: 'FAILED',
    exitCode: 1,
    error: {
      code: 'RUNNER_LOST',
      message: 'the runner of run r1 ended with exit code 1 and left the run QUEUED',
      hint: 'Start a new run: `batchquery rerun r1`.',
    },
  })
})

test('executeRun throws RUNNER_LOST and does not change the record when the runner ends before its run', async () => {
  const { claim, execute, runs } = await home()
  const executed = execute(async () => {
    await (await claim()).start({ versionId: null, sha256: '00' })
    return 137
  })
  await expect(executed).rejects.toMatchObject({
    code: 'RUNNER_LOST',
    exitCode: 1,
    message: 'the runner of run r1 ended with exit code 137 and left the run RUNNING',
    hint: expect.stringMatching(/^Run it again with --run-id r1, or end it with `batchquery reap`/),
  })
  expect(await runs.read('r1')).toMatchObject({ state: 'RUNNING' })
})

test.each([
  ['SIGINT', 'SIGINT', 'CANCELLED', 'CANCELLED', 130],
  ['SIGTERM', 'SIGTERM', 'FAILED', 'TERMINATED', 143],
  ['SIGHUP', 'SIGTERM', 'FAILED', 'TERMINATED', 143],
] as const)(
  'the runner gets %s as %s, and the run becomes %s when no runner has claimed it',
  async (name, passedOn, state, code, exitCode) => {
    const { execute } = await home()
    const record = await execute(async signals => {
      process.emit(name, name)
      expect(await signals.next()).toBe(passedOn)
      return 128
    })
    expect(record).toMatchObject({ state, exitCode, error: { code } })
    expect(process.listenerCount(name)).toBe(0)
  },
)

test('the second signal kills the runner', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const { execute, claim, talk } = await home()
  const killed = execute(async signals => {
    await claim()
    process.emit('SIGINT', 'SIGINT')
    // A signal to a whole process group may arrive twice. It counts once.
    process.emit('SIGINT', 'SIGINT')
    vi.advanceTimersByTime(1_000)
    process.emit('SIGINT', 'SIGINT')
    expect(await signals.next()).toBe('SIGINT')
    expect(await signals.next()).toBe('kill')
    return 137
  })
  await expect(killed).rejects.toMatchObject({ code: 'RUNNER_LOST' })
  expect(talk.join('')).toContain('warning: killed the runner')
})

test('a signal ends the run without a runner when it comes before the start', async () => {
  const { execute } = await home()
  const ended = execute(neverLaunched)
  process.emit('SIGINT', 'SIGINT')
  expect(await ended).toMatchObject({ state: 'CANCELLED', exitCode: 130 })
})
