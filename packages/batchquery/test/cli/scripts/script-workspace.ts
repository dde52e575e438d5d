import { mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { type Ended, type Started, Workspace } from '../workspace.ts'

/** The contents of files by their paths. */
export type Files = Readonly<Record<string, string | Uint8Array>>

/** A workspace with its own temporary folder, so that a test sees leftover files of a run. */
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

  /** Expects that no file and no process of the run exists. */
  async expectNothingLeft(): Promise<void> {
    expect(await readdir(join(this.folder, 'temporary'))).toEqual([])
    expect(await processesWith(`${this.folder}/temporary/batchquery-task-`)).toEqual([])
  }

  /** Expects that the task was refused with this error before a run existed. */
  async expectRefused(ended: Ended, exitCode: number, message: RegExp): Promise<void> {
    expect(ended, ended.stderr).toMatchObject({ code: exitCode, stdout: '' })
    expect(ended.stderr).toMatch(new RegExp(`^error: .*${message.source}`, 'm'))
    expect(ended.stderr).toMatch(/^hint: ./m)
    expect(await this.workspace.files('.batchquery')).toEqual([])
  }

  /** Expects that the run FAILED with this error and left nothing. */
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

/** Finds the processes with a text in their environment or arguments. */
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
