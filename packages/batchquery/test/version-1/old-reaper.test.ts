import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Workspace } from '../cli/workspace.ts'
import { Home, uriOf } from './home.ts'
import { type Moment, type NewRun, NewRuns } from './new-runs.ts'
import { unpackOldProgram } from './old-program.ts'
import { BUCKET } from './runs.ts'

const [old, made] = await Promise.all([unpackOldProgram(), NewRuns.make()])
afterAll(() => Promise.all([old.remove(), made.remove()]))

/** A home bucket with runs of the current sources, in which the old program works. */
class SharedHome extends Home {
  readonly #runs: readonly NewRun[]

  private constructor(workspace: Workspace, runs: readonly NewRun[]) {
    super(workspace)
    this.#runs = runs
  }

  static async make(): Promise<SharedHome> {
    const workspace = await Workspace.create(old.commandLine)
    await made.putInto(new Home(workspace).store)
    return new SharedHome(workspace, made.runs)
  }

  get ids(): string[] {
    return this.#runs.map(({ id }) => id)
  }

  idOf(moment: Moment): string {
    const run = this.#runs.find(candidate => candidate.moment === moment)
    if (run === undefined) throw new Error(`no run died ${moment}`)
    return run.id
  }

  /** The old program must refuse, explain why, and change nothing. */
  async expectRefused(args: readonly string[], options = {}): Promise<void> {
    const before = await this.files()
    const { code, stderr } = await this.workspace.run(args, options)
    expect(code, stderr).not.toBe(0)
    expect(stderr).toContain('it has version 2, and this batchquery reads version 1')
    expect(stderr).toContain('A newer batchquery wrote it: install that version.')
    expect(await this.files()).toEqual(before)
  }
}

describe('the old program, in a home bucket with runs of this program,', () => {
  test('reaps none, and changes nothing', async () => {
    const home = await SharedHome.make()
    const before = await home.files()
    const { runs } = await home.ask(['reap'])
    expect(runs).toEqual([])
    expect(await home.files()).toEqual(before)
  })

  test('reaps none when they are in its own index, and reports that a newer one wrote them', async () => {
    const home = await SharedHome.make()
    for (const id of home.ids) await home.workspace.writeObject(`index/8204645055000_${id}`, '')
    const before = await home.files()
    const { runs } = await home.ask(['reap'])
    expect(runs).toEqual([])
    const { stdout, stderr } = await home.workspace.run(['ls', '--json'])
    expect(JSON.parse(stdout).runs).toEqual([])
    expect(stderr).toContain('it has version 2')
    expect(await home.files()).toEqual(before)
  })

  test.each(['show', 'verify', 'logs', 'cancel'])('refuses to %s them', async command => {
    const home = await SharedHome.make()
    for (const moment of ['staged', 'committing', 'succeeded'] as const)
      await home.expectRefused([command, home.idOf(moment)])
  })

  test.each(['working', 'staged', 'committing'] as const)(
    'does not run a run again that died %s',
    async moment => {
      const home = await SharedHome.make()
      const id = home.idOf(moment)
      await home.expectRefused(['run', `s3://${BUCKET}/script/${id}.sql`, '--run-id', id])
      const environment = { BATCHQUERY_RUN_ID: id }
      await home.expectRefused([BUCKET, `script/${id}.sql`], { program: old.task, environment })
    },
  )

  test('publishes nothing when a dead run has begun to publish at the destination', async () => {
    const home = await SharedHome.make()
    const id = home.idOf('committing')
    await home.workspace.writeObject(
      'script/other.sql',
      `SELECT 'other' INTO OUTFILE S3 '${uriOf(id)}' MANIFEST ON OVERWRITE ON;\n`,
    )
    const before = await home.files()
    const { code, stderr } = await home.runAgain('other')
    expect(code).not.toBe(0)
    expect(stderr).toContain('A newer batchquery wrote it: install that version.')
    const isOfOther = (path: string) => /\/runs\/other\/|\/index\/\d+_other$/.test(path)
    const after = Object.entries(await home.files()).filter(([path]) => !isOfOther(path))
    expect(Object.fromEntries(after)).toEqual(before)
  })
})

test('the old program leaves alone a live run of this program', async () => {
  const workspace = await Workspace.create()
  const home = new Home(workspace)
  await workspace.write('wait.sh', `until [ -e ${workspace.folder}/go ]; do sleep 0.05; done\n`)
  const started = workspace.start(['run', './wait.sh', '--run-id', 'live'])
  await expect.poll(async () => (await home.ask(['ls'])).runs[0]?.state).toBe('RUNNING')
  const reaped = await workspace.run(['reap', '--json'], { program: old.commandLine })
  expect(JSON.parse(reaped.stdout).runs).toEqual([])
  expect((await workspace.run(['cancel', 'live'], { program: old.commandLine })).code).not.toBe(0)
  expect(existsSync(join(home.store, BUCKET, 'runs/live/cancel'))).toBe(false)
  await workspace.write('go', '')
  expect(await started.ended).toMatchObject({ code: 0 })
  expect(await home.ask(['show', 'live'])).toMatchObject({ state: 'SUCCEEDED', attempt: 1 })
})
