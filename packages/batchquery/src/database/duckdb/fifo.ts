import { execFile } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { BatchQueryError } from '../../errors/index.ts'
import { FIFO_FOLDER, fifoParent, removeDeadFifos } from './dead-fifos.ts'

const run = promisify(execFile)
/** Once per process is enough. */
let sweeping: Promise<void> | null = null

/**
 * A named pipe in its own folder. This keeps both ends open, so that neither side ever blocks when it opens the pipe:
 * the writer finds a reader, and the reader reaches the end only after `endWriting` was called and the last byte was
 * read. The read end is a libuv pipe, which takes no thread of Node's pool.
 */
export class Fifo {
  readonly path: string
  /** The bytes from the writer. */
  readonly rows: Socket
  readonly #folder: string
  #writeEnd: number | null

  private constructor(folder: string, path: string) {
    const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    this.#folder = folder
    this.path = path
    this.rows = new Socket({ fd: readEnd, readable: true, writable: false })
    this.#writeEnd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
  }

  /** @throws CONFIG if no named pipe can be made */
  static async make(): Promise<Fifo> {
    const parent = fifoParent()
    let folder: string | null = null
    sweeping ??= removeDeadFifos()
    await sweeping
    try {
      folder = await mkdtemp(join(parent, FIFO_FOLDER))
      const path = join(folder, 'rows')
      await run('mkfifo', ['-m', '600', path])
      return new Fifo(folder, path)
    } catch (cause) {
      if (folder !== null) await rm(folder, { recursive: true, force: true })
      const why = cause instanceof Error ? cause.message.trim() : String(cause)
      throw new BatchQueryError('CONFIG', `DuckDB's rows need a named pipe in ${parent}: ${why}`, {
        cause,
        hint: 'This needs the program mkfifo (Linux and macOS have it) and a writable temporary folder (TMPDIR).',
      })
    }
  }

  /** Call when the writer is done, or will never begin. */
  endWriting(): void {
    if (this.#writeEnd !== null) closeSync(this.#writeEnd)
    this.#writeEnd = null
  }

  /** Call when the writer is done. A later writer would block. */
  async remove(): Promise<void> {
    this.endWriting()
    this.rows.destroy()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
