import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const CACHE = join(import.meta.dirname, '../../../../.cache/witnesses')

export interface Request {
  readonly path: string
  /** Whether the witness compares the statistics and the page index with the values. */
  readonly statistics: boolean
  /** Whether the witness compares the rows that pushed-down predicates find with those that it finds without. */
  readonly predicates: boolean
  /** Whether the reply has the values. */
  readonly values: boolean
}

export type Scalar = string | boolean | null
export type Value = Scalar | readonly Scalar[]

export interface Reply {
  readonly rows: number
  readonly names: readonly string[]
  /** As the witness names them. */
  readonly types: readonly string[]
  /** By column. Numbers are decimal text, floating point numbers are the hexadecimal digits of their bits. */
  readonly values: readonly (readonly Value[])[]
  readonly createdBy: string
  readonly metadata: Readonly<Record<string, string>>
  /** Everything that the witness found wrong. */
  readonly problems: readonly string[]
}

/** A program that reads files of requests, one at a time: a line of JSON for each. */
export class Witness {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>
  readonly #folder: string | undefined
  #errors = ''

  /** @param folder its own, which it removes in the end */
  private constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv, folder?: string) {
    this.#folder = folder
    this.#child = spawn(command, args, { env: { ...process.env, ...env } })
    this.#child.stderr.on('data', chunk => {
      this.#errors += String(chunk)
    })
    // The next read from it reports the failure.
    this.#child.on('error', error => {
      this.#errors += error.message
    })
    this.#child.stdin.on('error', () => {})
    this.#lines = createInterface({ input: this.#child.stdout, crlfDelay: Number.POSITIVE_INFINITY })[
      Symbol.asyncIterator
    ]()
  }

  static pyarrow(): Witness {
    const script = join(import.meta.dirname, 'pyarrow_witness.py')
    return new Witness('python3', [script], { PYTHONPATH: installed('python'), PYTHONUTF8: '1' })
  }

  static java(): Witness {
    const sources = join(import.meta.dirname, 'java')
    const jars = join(installed('java'), '*')
    const classes = mkdtempSync(join(tmpdir(), 'batchquery-java-'))
    const files = readdirSync(sources).map(name => join(sources, name))
    execFileSync('javac', ['-d', classes, '-cp', jars, ...files])
    const options = ['-XX:TieredStopAtLevel=1', '-Dfile.encoding=UTF-8', '-Xmx1g']
    return new Witness('java', [...options, '-cp', `${classes}:${jars}`, 'JavaWitness'], {}, classes)
  }

  async ask(request: Request): Promise<Reply> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`)
    const { value, done } = await this.#lines.next()
    if (done) throw new Error(`the witness ended: ${this.#errors}`)
    const reply: Reply | { error: string } = JSON.parse(value)
    if ('error' in reply) throw new Error(`the witness cannot read the file: ${reply.error}`)
    return reply
  }

  close(): void {
    this.#child.stdin.end()
    this.#child.kill()
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true })
  }
}

/** The folder that the setup installed. A missing witness fails the tests. */
export function installed(name: 'python' | 'java'): string {
  const folder = join(CACHE, name)
  try {
    const found = readdirSync(folder).find(entry => !entry.endsWith('.unfinished'))
    if (found !== undefined) return join(folder, found)
  } catch {
    // Reported below.
  }
  throw new Error(`${folder} is missing: run \`node scripts/setup.mjs --witnesses\``)
}

/** Both witnesses, at the same time. */
export class Witnesses {
  readonly #all = { pyarrow: Witness.pyarrow(), 'parquet-java': Witness.java() }

  ask(request: Request): Promise<(readonly [name: string, Reply])[]> {
    return Promise.all(
      Object.entries(this.#all).map(async ([name, witness]) => [name, await witness.ask(request)] as const),
    )
  }

  close(): void {
    for (const witness of Object.values(this.#all)) witness.close()
  }
}
