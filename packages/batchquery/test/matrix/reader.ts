import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { SeenColumn } from './seen.ts'

export type ReaderName = 'pyarrow' | 'duckdb'

/** Reads files by pyarrow or DuckDB, one at a time. */
export class Reader {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>
  #turn: Promise<unknown> = Promise.resolve()
  #errors = ''

  /** @param packages the folder of the Python packages */
  constructor(packages: string) {
    const script = join(import.meta.dirname, 'read_file.py')
    const env = { ...process.env, PYTHONPATH: packages, PYTHONUTF8: '1' }
    this.#child = spawn('python3', [script], { env })
    this.#child.stderr.on('data', chunk => {
      this.#errors += String(chunk)
    })
    // The next read reports the failure.
    this.#child.on('error', error => {
      this.#errors += error.message
    })
    this.#child.stdin.on('error', () => {})
    const { stdout } = this.#child
    this.#lines = createInterface({ input: stdout, crlfDelay: Number.POSITIVE_INFINITY })[
      Symbol.asyncIterator
    ]()
  }

  /** Returns the column `c`, or why the reader cannot read it. */
  read(path: string, reader: ReaderName): Promise<SeenColumn | { readonly error: string }> {
    const reply = this.#turn.then(() => this.#ask({ path, reader }))
    this.#turn = reply.catch(() => {})
    return reply
  }

  async #ask(request: object): Promise<SeenColumn | { readonly error: string }> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`)
    const { value, done } = await this.#lines.next()
    if (done) throw new Error(`the reader ended: ${this.#errors}`)
    const reply: SeenColumn | { error: string } = JSON.parse(value)
    return reply
  }

  close(): void {
    this.#child.stdin.end()
    this.#child.kill()
  }
}
