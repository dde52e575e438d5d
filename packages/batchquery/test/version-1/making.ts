import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import * as v from 'valibot'
import type { Death } from '../campaign/mortal.ts'
import { type Started, type StartOptions, startRunner } from '../campaign/processes.ts'
import type { RunnerOptions } from '../campaign/runner.ts'
import { freeze } from './freeze.ts'
import { GOLDEN, type OldProgram } from './old-program.ts'
import { BUCKET, scriptOf } from './runs.ts'

const seen = v.object({
  version: v.literal(1),
  state: v.string(),
  attempt: v.number(),
  databases: v.array(v.unknown()),
  exports: v.array(v.object({ state: v.string() })),
})

/** A run according to the files of its store. */
export class Look {
  readonly #keys: readonly string[]
  readonly #record: v.InferOutput<typeof seen> | null

  constructor(keys: readonly string[], record: v.InferOutput<typeof seen> | null) {
    this.#keys = keys
    this.#record = record
  }

  /** The state, the attempt and the states of the exports: `RUNNING 2: ABORTED STAGED`. */
  get state(): string {
    if (this.#record === null) return 'no record'
    const { state, attempt, exports } = this.#record
    return `${state} ${attempt}: ${exports.map(entry => entry.state).join(' ')}`.trimEnd()
  }

  get isConnected(): boolean {
    return (this.#record?.databases.length ?? 0) > 0
  }

  has(pattern: RegExp): boolean {
    return this.#keys.some(key => pattern.test(key))
  }

  /** The number of staged parts. */
  get staged(): number {
    return this.#keys.filter(key => /^\.batchquery-staging\/[^~]/.test(key)).length
  }

  /** The number of parts at destinations. */
  get visible(): number {
    return this.#keys.filter(key => /^output\/.*\.part_/.test(key)).length
  }
}

const RARELY = 1_000_000

const NO_WRITES_BETWEEN = { heartbeatMs: RARELY, logFlushMs: RARELY, deadAfterMs: 0 }

/** A store with one run. */
export class Making {
  readonly id: string
  readonly #program: OldProgram
  readonly #folder: string

  private constructor(id: string, program: OldProgram, folder: string) {
    this.id = id
    this.#program = program
    this.#folder = folder
  }

  /** @param scratch the parent of its folder and those of its copies */
  static async begin(id: string, program: OldProgram, scratch: string): Promise<Making> {
    const making = new Making(id, program, await mkdtemp(join(scratch, `${id}-`)))
    await mkdir(join(making.#folder, 'tmp'))
    await making.put(making.#task, scriptOf(id))
    return making
  }

  get root(): string {
    return join(this.#folder, 'store')
  }
  get #bucket(): string {
    return join(this.root, BUCKET)
  }

  async put(key: string, text: string): Promise<void> {
    const path = join(this.#bucket, key)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }

  start(kill: Death | null, intervals: RunnerOptions['intervals'] = {}): Started {
    const options = { kill, intervals: { ...NO_WRITES_BETWEEN, ...intervals } }
    return startRunner(['run', BUCKET, this.#task], options, this.#startOptions(this.#program.runner))
  }

  /** @param kind the command of the old driver: half, many or native */
  drive(kind: string): Started {
    return startRunner([kind, this.root, BUCKET, this.#task], {}, this.#startOptions(this.#program.driver))
  }

  get #task(): string {
    return `script/${this.id}.sql`
  }

  #startOptions(runner: string): StartOptions {
    return {
      folder: this.#folder,
      runner,
      logFile: join(this.#folder, 'log'),
      environment: {
        PATH: process.env.PATH,
        HOME: this.#folder,
        TMPDIR: join(this.#folder, 'tmp'),
        BATCHQUERY_RUN_ID: this.id,
        BATCHQUERY_BUCKET: BUCKET,
        BATCHQUERY_STORE: this.root,
        BATCHQUERY_DATABASE: 'duckdb::memory:',
      },
    }
  }

  async look(): Promise<Look> {
    const entries = await readdir(this.#bucket, { recursive: true, withFileTypes: true })
    const files = entries.filter(entry => entry.isFile())
    const keys = files.map(({ parentPath, name }) => join(parentPath, name).slice(this.#bucket.length + 1))
    const path = join(this.#bucket, `runs/${this.id}/run.json`)
    const record = existsSync(path) ? v.parse(seen, JSON.parse(await readFile(path, 'utf8'))) : null
    return new Look(keys, record)
  }

  /** Uses hard links, because a token identifies a staged file by its inode. */
  async copy(): Promise<Making> {
    const folder = await mkdtemp(join(dirname(this.#folder), `${this.id}-`))
    await promisify(execFile)('cp', ['-al', `${this.#folder}/.`, folder])
    return new Making(this.id, this.#program, folder)
  }

  /** Copies its files into the frozen store. */
  async keep(): Promise<void> {
    const look = await this.look()
    await freeze(this.root)
    await cp(this.root, join(GOLDEN, 'store'), { recursive: true })
    console.log(`${this.id}: ${look.state}, ${look.visible} visible, ${look.staged} staged`)
  }
}
