import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { newerNode } from '../setup/newer-node.ts'
import type { Table } from '../unit/format/parquet/tables.ts'

/** Writes the files of tables into a folder, by a Node that has ZSTD. */
export class TableFiles {
  readonly #folder = mkdtempSync(join(tmpdir(), 'batchquery-witnesses-'))
  readonly #writer: ReturnType<typeof spawn>
  readonly #lines: AsyncIterator<string>
  #count = 0

  private constructor(node: string) {
    const script = join(import.meta.dirname, 'write-tables.ts')
    this.#writer = spawn(node, ['--no-warnings', script], { stdio: ['pipe', 'pipe', 'inherit'] })
    const { stdout } = this.#writer
    if (stdout === null) throw new Error('the writer of the files has no output')
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
  }

  static async start(): Promise<TableFiles> {
    return new TableFiles(await newerNode())
  }

  /** Returns the path of the file, which the caller removes or leaves to `close`. */
  async write(table: Table): Promise<string> {
    const path = this.#path()
    this.#writer.stdin?.write(`${JSON.stringify({ table, path })}\n`)
    const { done } = await this.#lines.next()
    if (done) throw new Error(`the writer failed for ${JSON.stringify(table)}`)
    return path
  }

  /** Keeps a file that this process wrote. */
  keep(bytes: Buffer): string {
    const path = this.#path()
    writeFileSync(path, bytes)
    return path
  }

  async close(): Promise<void> {
    this.#writer.stdin?.end()
    if (this.#writer.exitCode === null) await once(this.#writer, 'exit')
    rmSync(this.#folder, { recursive: true })
  }

  #path(): string {
    return join(this.#folder, `${this.#count++}.parquet`)
  }
}
