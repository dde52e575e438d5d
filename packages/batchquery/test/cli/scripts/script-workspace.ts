import { mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { type Ended, type Started, Workspace } from '../workspace.ts'

/** Files by their path. */
export type Files = Readonly<Record<string, string | Uint8Array>>

/** A workspace whose temporary folder is its own: what a run leaves there is seen. */
export class ScriptWorkspace {
  readonly workspace: Workspace

  private constructor(workspace: Workspace) {
    this.workspace = workspace
  }

  static async create(files: Files): Promise<ScriptWorkspace> {
    const workspace = await Workspace.create()
    await mkdir(join(workspace.folder, 'temporary'))
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(workspace.folder, path)), { recursive: true })
      await workspace.write(path, content)
    }
    return new ScriptWorkspace(workspace)
  }

  get folder(): string {
    return this.workspace.folder
  }

  start(
    args: readonly string[],
    environment: NodeJS.ProcessEnv = {},
    under: readonly string[] = [],
  ): Started {
    const TMPDIR = join(this.folder, 'temporary')
    return this.workspace.start(['run', '--run-id', 'r1', ...args], {
      environment: { TMPDIR, ...environment },
      under,
    })
  }

  run(args: readonly string[], environment?: NodeJS.ProcessEnv, under?: readonly string[]): Promise<Ended> {
    return this.start(args, environment, under).ended
  }

  log(): Promise<string> {
    return this.workspace.log()
  }

  /** Neither files nor processes of the run are there. */
  async expectNothingLeft(): Promise<void> {
    expect(await readdir(join(this.folder, 'temporary'))).toEqual([])
    expect(await processesWith(`${this.folder}/temporary/batchquery-task-`)).toEqual([])
  }

  /** The task was refused with this error before anything of a run existed. */
  async expectRefused(ended: Ended, exitCode: number, message: RegExp): Promise<void> {
    expect(ended, ended.stderr).toMatchObject({ code: exitCode, stdout: '' })
    expect(ended.stderr).toMatch(new RegExp(`^error: .*${message.source}`, 'm'))
    expect(ended.stderr).toMatch(/^hint: ./m)
    expect(await this.workspace.files('.batchquery')).toEqual([])
  }

  /** The run FAILED with this error, its message matching, and left nothing. */
  async expectFailed(ended: Ended, exitCode: number, code: string, message: RegExp): Promise<void> {
    expect(ended.code, ended.stderr).toBe(exitCode)
    const record = await this.workspace.record()
    expect(record).toMatchObject({
      state: 'FAILED',
      exitCode,
      error: { code, message: expect.stringMatching(message), hint: expect.stringMatching(/./) },
    })
    await this.expectNothingLeft()
  }
}

/** The processes in whose environment or arguments a text stands. */
export async function processesWith(text: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async pid => {
      const read = (name: string) => readFile(`/proc/${pid}/${name}`, 'latin1').catch(() => '')
      const [environment, line] = await Promise.all([read('environ'), read('cmdline')])
      return environment.includes(text) || line.includes(text) ? [`${pid} ${line.replaceAll('\0', ' ')}`] : []
    }),
  )
  return found.flat()
}
