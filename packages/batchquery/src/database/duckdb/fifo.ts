import { closeSync, constants, openSync } from 'node:fs'
import { Socket } from 'node:net'

/**
 * An open named pipe. This keeps both ends open, so that neither side ever blocks when it opens the pipe: the writer finds a
 * reader, and the reader reaches the end only after `endWriting` was called and the last byte was read. The read end is a libuv
 * pipe, which takes no thread of Node's pool.
 */
export class Fifo {
  /** The bytes from the writer. */
  readonly rows: Socket
  #writeEnd: number | null

  constructor(path: string) {
    const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    this.rows = new Socket({ fd: readEnd, readable: true, writable: false })
    this.#writeEnd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
  }

  /** Call when the writer is done, or will never begin. While it has the pipe open, the end comes when it closes the pipe. */
  endWriting(): void {
    if (this.#writeEnd !== null) closeSync(this.#writeEnd)
    this.#writeEnd = null
  }

  close(): void {
    this.endWriting()
    this.rows.destroy()
  }
}
