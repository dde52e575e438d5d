import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { CODE_CACHE } from '../setup/code-cache.ts'
import { lookAtFolder, runSecrets } from '../setup/secrets/run-secrets.ts'

export const PROGRAM = join(import.meta.dirname, '../../bin/batchquery.js')
export const RUNNER = join(import.meta.dirname, '../../bin/batchquery-task.js')

export interface Ended {
  /** 128 plus the signal if the program was killed. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

interface StartOptions {
  readonly environment?: NodeJS.ProcessEnv
  /** A command that starts the program: itself and its arguments. */
  readonly under?: readonly string[]
  /** @default - the command line */
  readonly program?: string
}

/** The program, started. It leads a process group, as a command that a shell starts does. */
export class Started {
  readonly process: ChildProcess
  readonly ended: Promise<Ended>
  #stdout = ''
  #stderr = ''

  constructor(process: ChildProcess) {
    this.process = process
    process.stdout?.setEncoding('utf8').on('data', (part: string) => {
      this.#stdout += part
    })
    process.stderr?.setEncoding('utf8').on('data', (part: string) => {
      this.#stderr += part
    })
    this.ended = once(process, 'close').then(() => {
      const { stdout, stderr } = this
      runSecrets()?.look('the output of a program', `${stdout}${stderr}`)
      return { code: process.exitCode, stdout, stderr }
    })
  }

  /** As far as it is written. */
  get stdout(): string {
    return this.#stdout
  }

  /** As far as it is written. */
  get stderr(): string {
    return this.#stderr
  }

  /** To the whole process group, as a terminal does for Ctrl-C. */
  signal(name: NodeJS.Signals): void {
    if (this.process.pid === undefined) throw new Error('the program is not running')
    process.kill(-this.process.pid, name)
  }
}

/** The one line that `--json` prints. */
export function documentOf({ stdout }: Ended) {
  expect(stdout).toMatch(/^[^\n]+\n$/)
  return JSON.parse(stdout)
}

/** An empty folder to run the program in, with an environment that says nothing about batchquery. */
export class Workspace {
  readonly folder: string
  readonly #program: string

  private constructor(folder: string, program: string) {
    this.folder = folder
    this.#program = program
  }

  static async create(program = PROGRAM): Promise<Workspace> {
    const folder = await mkdtemp(join(tmpdir(), 'batchquery-cli-'))
    onTestFinished(async () => {
      await lookAtFolder(join(folder, '.batchquery'))
      await rm(folder, { recursive: true, force: true })
    })
    return new Workspace(folder, program)
  }

  start(args: readonly string[], options: StartOptions = {}): Started {
    const { environment = {}, under = [], program = this.#program } = options
    const [command = process.execPath, ...before] = [...under, process.execPath]
    // As the first line of the program starts it: after `--`, Node leaves --env-file to the program.
    return this.startProgram(command, [...before, '--', program, ...args], environment)
  }

  /** Any command, in the same way. */
  startProgram(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Started {
    const child = spawn(command, args, {
      cwd: this.folder,
      detached: true,
      env: { PATH: process.env.PATH, HOME: this.folder, ...CODE_CACHE, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return new Started(child)
  }

  run(args: readonly string[], options?: StartOptions): Promise<Ended> {
    return this.start(args, options).ended
  }

  /** Runs SQL as a task with the id `r1`. */
  async runSql(
    sql: string | Uint8Array,
    args: readonly string[] = [],
    options?: StartOptions,
  ): Promise<Ended> {
    return this.run(await this.task(sql, args), options)
  }

  /** The command line that runs SQL as a task with the id `r1`. */
  async task(sql: string | Uint8Array, args: readonly string[] = []): Promise<string[]> {
    await this.write('task.sql', sql)
    return ['run', './task.sql', '--run-id', 'r1', ...args]
  }

  write(path: string, content: string | Uint8Array): Promise<void> {
    return writeFile(join(this.folder, path), content)
  }

  read(path: string): Promise<string> {
    return readFile(join(this.folder, path), 'utf8')
  }

  readBytes(path: string): Promise<Buffer> {
    return readFile(join(this.folder, path))
  }

  /** An object of the home bucket. */
  readObject(key: string): Promise<string> {
    return this.read(`.batchquery/store/batchquery-s3/${key}`)
  }

  async writeObject(key: string, content: string): Promise<void> {
    const path = `.batchquery/store/batchquery-s3/${key}`
    await mkdir(dirname(join(this.folder, path)), { recursive: true })
    await this.write(path, content)
  }

  async removeObject(key: string): Promise<void> {
    await rm(join(this.folder, `.batchquery/store/batchquery-s3/${key}`))
  }

  async record(id = 'r1') {
    return JSON.parse(await this.readObject(`runs/${id}/run.json`))
  }

  /** The whole log of an attempt. */
  async log(id = 'r1', attempt = 1): Promise<string> {
    const folder = `.batchquery/store/batchquery-s3/runs/${id}/log`
    const segments = await this.files(folder)
    const own = segments.filter(name => name.startsWith(`${String(attempt).padStart(4, '0')}-`))
    return (await Promise.all(own.map(name => this.read(`${folder}/${name}`)))).join('')
  }

  /** Lets two minutes pass for a run: the clock of a store in a directory is the time of its files. */
  async age(id: string): Promise<void> {
    const past = new Date(Date.now() - 120_000)
    const bucket = join(this.folder, '.batchquery/store/batchquery-s3')
    const files = await readdir(bucket, { recursive: true })
    for (const file of files.filter(file => file.includes(`runs/${id}/`) || file.includes('-staging/')))
      await utimes(join(bucket, file), past, past)
  }

  /** The files below a folder of the workspace, sorted; none if the folder is missing. */
  async files(folder: string): Promise<string[]> {
    const root = join(this.folder, folder)
    const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => [])
    return entries
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name).slice(root.length + 1))
      .sort()
  }

  /** The files of the store that are not records of runs: results, locks, staged files. */
  async results(): Promise<string[]> {
    const files = await this.files('.batchquery/store')
    return files.filter(file => !/^batchquery-s3\/(runs|index|script)\//.test(file))
  }
}
