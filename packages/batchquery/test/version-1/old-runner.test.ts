import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { type Started, type StartOptions, startRunner } from '../campaign/processes.ts'
import type { RunnerOptions } from '../campaign/runner.ts'
import { Workspace } from '../cli/workspace.ts'
import { Home, shownResults, uriOf } from './home.ts'
import { unpackOldProgram } from './old-program.ts'
import { BUCKET, exportsOf, scriptOf } from './runs.ts'

const old = await unpackOldProgram()
afterAll(() => old.remove())

/** The usual intervals, but with a faster heartbeat. */
const LIVELY = { heartbeatMs: 200, logFlushMs: 200, deadAfterMs: 60_000 }

/** A home bucket in which runners of the old program work, with the current command line. */
class OldRunnersHome extends Home {
  static async make(): Promise<OldRunnersHome> {
    return new OldRunnersHome(await Workspace.create())
  }

  /** Starts a runner of the campaigns. @param task its path below `script/` */
  start(id: string, task: string, options: Partial<RunnerOptions> = {}): Started {
    const runner = { intervals: LIVELY, ...options }
    return startRunner(['run', BUCKET, `script/${task}`], runner, this.#startOptions(id, old.runner))
  }

  /** Runs a task of the frozen store until one part is committed and no other commit has begun. */
  async dieCommitting(id: string): Promise<void> {
    await this.workspace.writeObject(`script/${id}.sql`, scriptOf(id))
    const command = ['half', this.store, BUCKET, `script/${id}.sql`]
    await startRunner(command, {}, this.#startOptions(id, old.driver)).ended
  }

  #startOptions(id: string, runner: string): StartOptions {
    const { folder } = this.workspace
    return {
      folder,
      runner,
      logFile: join(folder, `output-of-${id}`),
      environment: {
        PATH: process.env.PATH,
        HOME: folder,
        BATCHQUERY_RUN_ID: id,
        BATCHQUERY_BUCKET: BUCKET,
        BATCHQUERY_STORE: this.store,
        BATCHQUERY_DATABASE: 'duckdb::memory:',
      },
    }
  }
}

/** A runner of the old program that has begun a script, which waits until the test lets it continue. */
async function startWaiting() {
  const home = await OldRunnersHome.make()
  const { workspace } = home
  const script = `echo begun; until [ -e ${workspace.folder}/go ]; do sleep 0.05; done; echo over\n`
  await workspace.writeObject('script/wait.sh', script)
  const runner = home.start('live', 'wait.sh')
  const log = async () => (await workspace.run(['logs', 'live'])).stdout
  await expect.poll(log).toContain('begun')
  return { home, workspace, runner }
}

test('a reaper leaves a live runner of version 1 alone, and a follower gets its whole log', async () => {
  const { home, workspace, runner } = await startWaiting()
  const following = workspace.start(['logs', '-f', 'live'])
  expect((await home.ask(['reap'])).runs).toEqual([])
  expect((await home.ask(['ls'])).runs).toMatchObject([{ id: 'live', state: 'RUNNING', dead: false }])
  expect(await home.ask(['show', 'live'])).toMatchObject({ state: 'RUNNING', dead: false, attempt: 1 })
  await workspace.write('go', '')
  expect(await runner.ended).toMatchObject({ code: 0 })
  const followed = await following.ended
  expect(followed.code, followed.stderr).toBe(0)
  expect(followed.stdout).toMatch(/ OUT begun\n.* OUT over\n$/)
  expect(await home.ask(['show', 'live'])).toMatchObject({ state: 'SUCCEEDED', attempt: 1 })
  expect((await home.ask(['reap'])).runs).toEqual([])
})

test('cancel ends a live run of version 1', async () => {
  const { home, runner } = await startWaiting()
  expect(await home.ask(['cancel', 'live', '--wait', '2m'])).toMatchObject({ state: 'CANCELLED', attempt: 1 })
  expect((await runner.ended).code).not.toBe(0)
})

test('a reaper ends a run of version 1 at once when its runner was killed', async () => {
  const { home, runner } = await startWaiting()
  runner.kill()
  await runner.ended
  expect((await home.ask(['reap'])).runs).toMatchObject([{ id: 'live', state: 'FAILED' }])
  expect(await home.ask(['show', 'live'])).toMatchObject({ attempt: 2, error: { code: 'RUNNER_LOST' } })
})

/** Intervals at which no beat and no log write comes between the operations of a rehearsal. */
const STEADY = { heartbeatMs: 1_000_000, logFlushMs: 1_000_000, deadAfterMs: 60_000 }

/** A runner of the old program that dies when its export is staged, before it locks the destination. */
async function dieStaged(id: string): Promise<OldRunnersHome> {
  const [home, rehearsal] = [await OldRunnersHome.make(), await OldRunnersHome.make()]
  for (const { workspace } of [home, rehearsal]) await workspace.writeObject(`script/${id}.sql`, scriptOf(id))
  const { operations } = await rehearsal.start(id, `${id}.sql`, { intervals: STEADY }).ended
  const kill = { operation: operations.lastIndexOf('create'), when: 'before' } as const
  await home.start(id, `${id}.sql`, { intervals: STEADY, kill }).ended
  return home
}

test('a reaper aborts an export of version 1 when its runner was killed after it was staged', async () => {
  const home = await dieStaged('staged')
  expect(await home.ask(['show', 'staged'])).toMatchObject({ dead: true, exports: [{ state: 'STAGED' }] })
  expect((await home.ask(['reap'])).runs).toEqual([
    { id: 'staged', state: 'FAILED', completed: [], aborted: [uriOf('staged')], error: null },
  ])
  expect(await home.results()).toEqual({})
  expect(await home.leftovers()).toEqual([])
})

test('a reaper completes an export of version 1 when its runner was killed during its publication', async () => {
  const home = await OldRunnersHome.make()
  await home.dieCommitting('half')
  expect(await home.ask(['show', 'half'])).toMatchObject({ dead: true, exports: [{ state: 'COMMITTING' }] })
  expect((await home.ask(['reap'])).runs).toEqual([
    { id: 'half', state: 'SUCCEEDED', completed: [uriOf('half')], aborted: [], error: null },
  ])
  expect(await home.results()).toEqual(shownResults(exportsOf('half')))
  expect(await home.leftovers()).toEqual([])
  expect(await home.ask(['verify', 'half'])).toMatchObject({ verified: true })
})

test('a run completes when its runner of version 1 was killed and its id is run again', async () => {
  const home = await dieStaged('staged')
  const { code, stderr } = await home.runAgain('staged')
  expect(code, stderr).toBe(0)
  expect(await home.results()).toEqual(shownResults(exportsOf('staged')))
  expect(await home.leftovers()).toEqual([])
})
