import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Workspace } from '../cli/workspace.ts'
import { Home, uriOf } from './home.ts'
import { LINES, type Moment, type NewRun, NewRuns } from './new-runs.ts'
import { unpackOldProgram } from './old-program.ts'
import { BUCKET } from './runs.ts'

const [old, made] = await Promise.all([unpackOldProgram(), NewRuns.make()])
afterAll(() => Promise.all([old.remove(), made.remove()]))

/** Runs of the sources, in a home that the old program works in. */
class SharedHome extends Home {
  readonly #runs: readonly NewRun[]
  /** What `run.json` says: 1 is the old program's own layout. */
  readonly version: number

  private constructor(workspace: Workspace, runs: readonly NewRun[], version: number) {
    super(workspace)
    this.#runs = runs
    this.version = version
  }

  /** @param version as `NewRuns.putInto` has it */
  static async make(version: number | null): Promise<SharedHome> {
    const workspace = await Workspace.create(old.commandLine)
    const versions = await made.putInto(new Home(workspace).store, version)
    const [one = 0, ...others] = versions
    expect(others, 'all have one layout').toEqual([])
    return new SharedHome(workspace, made.runs, one)
  }

  get isOld(): boolean {
    return this.version === 1
  }

  get ids(): string[] {
    return this.#runs.map(({ id }) => id)
  }

  idOf(moment: Moment): string {
    const run = this.#runs.find(candidate => candidate.moment === moment)
    if (run === undefined) throw new Error(`no run died ${moment}`)
    return run.id
  }

  /** The text of a result; null when nothing stands there. */
  async resultOf(id: string): Promise<string | null> {
    const results = await this.results()
    const keys = Object.keys(results).filter(key => key.startsWith(`output/${id}.part_`))
    if (keys.length === 0) return null
    expect(results[`output/${id}.manifest`]).toBe(keys.join())
    return Buffer.concat(await Promise.all(keys.map(key => this.read(key)))).toString()
  }

  /** The old program says why it does not do that, and does nothing. */
  async expectRefused(args: readonly string[], options = {}): Promise<void> {
    const before = await this.files()
    const { code, stderr } = await this.workspace.run(args, options)
    expect(code, stderr).not.toBe(0)
    expect(stderr).toContain(`it has version ${this.version}, and this batchquery reads version 1`)
    expect(stderr).toContain('A newer batchquery wrote it: install that version.')
    expect(await this.files()).toEqual(before)
  }
}

const WHOLE = LINES.join('')

describe.each([
  ['runs of this program', null],
  ['runs of version 2', 2],
])('beside %s the old program', (_runs, version) => {
  test('reaps those that it can read, and touches nothing of others', async () => {
    const home = await SharedHome.make(version)
    const before = await home.files()
    const { runs } = await home.ask(['reap'])
    if (!home.isOld) {
      expect(runs).toEqual([])
      expect(await home.files()).toEqual(before)
      return
    }
    const [working, staged, committing] = [home.idOf('working'), home.idOf('staged'), home.idOf('committing')]
    expect(runs).toHaveLength(5)
    expect(runs).toEqual(
      expect.arrayContaining([
        { id: home.idOf('queued'), state: 'FAILED', completed: [], aborted: [], error: null },
        { id: working, state: 'FAILED', completed: [], aborted: [uriOf(working)], error: null },
        { id: staged, state: 'FAILED', completed: [], aborted: [uriOf(staged)], error: null },
        { id: committing, state: 'SUCCEEDED', completed: [uriOf(committing)], aborted: [], error: null },
        { id: home.idOf('published'), state: 'SUCCEEDED', completed: [], aborted: [], error: null },
      ]),
    )
    expect(await home.left()).toEqual([])
    const whole = [committing, home.idOf('published'), home.idOf('succeeded')]
    for (const id of home.ids) expect(await home.resultOf(id), id).toBe(whole.includes(id) ? WHOLE : null)
  })

  test('lists and shows those that it can read, and says of others that a newer one wrote them', async () => {
    const home = await SharedHome.make(version)
    const before = await home.files()
    const { stdout, stderr } = await home.workspace.run(['ls', '--json'])
    const listed = JSON.parse(stdout).runs.map(({ id }: { id: string }) => id)
    if (home.isOld) {
      expect(listed.sort()).toEqual(home.ids.sort())
      const id = home.idOf('committing')
      expect(await home.ask(['show', id])).toMatchObject({ id, exports: [{ state: 'COMMITTING' }] })
    } else {
      expect(listed).toEqual([])
      for (const id of home.ids)
        expect(stderr).toMatch(new RegExp(`run ${id}: .*it has version ${home.version}`))
      await home.expectRefused(['show', home.idOf('committing')])
      await home.expectRefused(['verify', home.idOf('succeeded')])
      await home.expectRefused(['logs', home.idOf('succeeded')])
    }
    expect(await home.files()).toEqual(before)
  })

  test('cancels those that it can read, and refuses others', async () => {
    const home = await SharedHome.make(version)
    const id = home.idOf('staged')
    if (!home.isOld) return home.expectRefused(['cancel', id])
    expect(await home.ask(['cancel', id])).toMatchObject({ id, state: 'CANCELLED' })
    expect(await home.resultOf(id)).toBeNull()
  })

  test.each(['working', 'staged', 'committing'] as const)(
    'runs one again that died %s when it can read it, and refuses it otherwise',
    async moment => {
      const home = await SharedHome.make(version)
      const id = home.idOf(moment)
      if (!home.isOld) {
        await home.expectRefused(['run', `s3://${BUCKET}/script/${id}.sql`, '--run-id', id])
        const environment = { BATCHQUERY_RUN_ID: id }
        await home.expectRefused([BUCKET, `script/${id}.sql`], { program: old.task, environment })
        return
      }
      const { code, stderr } = await home.runAgain(id)
      expect(code, stderr).toBe(0)
      expect(await home.resultOf(id)).toBe(WHOLE)
    },
  )

  test('publishes where a dead one has begun to when it can read that, and else leaves it all as it is', async () => {
    const home = await SharedHome.make(version)
    const id = home.idOf('committing')
    await home.workspace.writeObject(
      'script/other.sql',
      `SELECT 'other' INTO OUTFILE S3 '${uriOf(id)}' MANIFEST ON OVERWRITE ON;\n`,
    )
    const before = await home.files()
    const { code, stderr } = await home.runAgain('other')
    if (home.isOld) {
      expect(code, stderr).toBe(0)
      expect(await home.resultOf(id)).toBe('other\n')
      return
    }
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
  await expect.poll(async () => (await home.ask(['ls'])).runs[0]?.state, { timeout: 60_000 }).toBe('RUNNING')
  const isOld = (await workspace.record('live')).version === 1
  const reaped = await workspace.run(['reap', '--json'], { program: old.commandLine })
  expect(JSON.parse(reaped.stdout).runs).toEqual([])
  const shown = await workspace.run(['show', 'live', '--json'], { program: old.commandLine })
  if (isOld) {
    expect(JSON.parse(shown.stdout)).toMatchObject({ state: 'RUNNING', dead: false, attempt: 1 })
  } else {
    expect((await workspace.run(['cancel', 'live'], { program: old.commandLine })).code).not.toBe(0)
    expect(existsSync(join(home.store, BUCKET, 'runs/live/cancel'))).toBe(false)
  }
  await workspace.write('go', '')
  expect(await started.ended).toMatchObject({ code: 0 })
  expect(await home.ask(['show', 'live'])).toMatchObject({ state: 'SUCCEEDED', attempt: 1 })
})
