import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { RowStream, Server, Session, StreamOptions } from '../../../src/database/database.ts'
import type { ExportJournal, StagedExport } from '../../../src/export/index.ts'
import { BlockWriter } from '../../../src/format/index.ts'
import { DirectoryStore } from '../../../src/store/index.ts'

/** A directory store that is gone after the test. */
export async function freshStore(): Promise<DirectoryStore> {
  const root = await mkdtemp(join(tmpdir(), 'batchquery-export-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  return new DirectoryStore(root)
}

/** Writes down what it is told; `events` are the calls in their order. */
export class RecordingJournal implements ExportJournal {
  readonly events: string[] = []
  stagedExport: StagedExport | null = null
  ours = false

  isOurs(): boolean {
    return this.ours
  }
  async lock(): Promise<void> {
    this.events.push('lock')
  }
  async unlock(): Promise<void> {
    this.events.push('unlock')
  }
  async staged(staged: StagedExport): Promise<void> {
    this.stagedExport = staged
    this.events.push('staged')
  }
  async committing(): Promise<void> {
    this.events.push('committing')
  }
  async published(): Promise<void> {
    this.events.push('published')
  }
  async aborted(): Promise<void> {
    this.events.push('aborted')
  }
}

/** A session whose query gives the lines that it was made with: what an export does with rows needs no database. */
export class LinesSession implements Session {
  readonly dialect = 'mysql'
  readonly server: Server = { kind: 'mariadb', version: '0' }
  readonly id = '1'
  readonly #lines: readonly string[]
  readonly #failure: unknown
  readonly #lost: number

  /** @param failure thrown after the last line  @param lost how many lines more were read than written */
  constructor(lines: readonly string[], failure: unknown = null, lost = 0) {
    this.#lines = lines
    this.#failure = failure
    this.#lost = lost
  }

  execute(): Promise<never> {
    throw new Error('not for statements')
  }
  async cancel(): Promise<void> {}
  async close(): Promise<void> {}

  async stream(_sql: string, { pool, maxPartBytes, header }: StreamOptions): Promise<RowStream> {
    const lines = this.#lines
    const failure = this.#failure
    return {
      columns: [],
      header: Buffer.from(header ? 'h\n' : ''),
      rowsRead: lines.length + this.#lost,
      warnings: [],
      async *[Symbol.asyncIterator]() {
        const ready: Parameters<ConstructorParameters<typeof BlockWriter>[2]>[0][] = []
        const writer = new BlockWriter(pool, maxPartBytes, block => ready.push(block))
        for (const line of lines) {
          const bytes = Buffer.from(`${line}\n`)
          while (!writer.reserve(bytes.length)) {
            yield* ready.splice(0)
            await pool.whenFree()
          }
          writer.buffer.set(bytes, writer.at)
          writer.at += bytes.length
          writer.endRow()
          yield* ready.splice(0)
        }
        if (failure !== null) throw failure
        writer.finish()
        yield* ready.splice(0)
      },
    }
  }
}
