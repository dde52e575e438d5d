import type { Writable } from 'node:stream'
import { WriteStream } from 'node:tty'
import { BatchQueryError } from '../errors/index.ts'

/** Stdout. Its reader may go away early (`| head`), and so may its terminal: the rest is then dropped without a word. */
export class Output {
  readonly #stream: Writable
  readonly #closed = new AbortController()

  constructor(stream: Writable) {
    this.#stream = stream
    // The write that failed says why.
    stream.on('error', () => this.#closed.abort())
  }

  /** Aborted when nothing can be written any more. */
  get closed(): AbortSignal {
    return this.#closed.signal
  }

  /** Null where stdout is none, or one that cannot move its cursor. */
  terminalOf({ TERM }: NodeJS.ProcessEnv): WriteStream | null {
    return this.#stream instanceof WriteStream && TERM !== 'dumb' ? this.#stream : null
  }

  /** Settles when the bytes are written, or nobody wants them. @throws STORE_FAILED */
  async write(content: string | Uint8Array): Promise<void> {
    if (content.length === 0 || this.#closed.signal.aborted) return
    await new Promise<void>((resolve, reject) =>
      this.#stream.write(content, (error?: NodeJS.ErrnoException | null) => {
        if (!error || this.#isUnread(error)) resolve()
        else reject(unwritable(error))
      }),
    )
  }

  /** Of a file EIO would mean a broken disk. */
  #isUnread({ code }: NodeJS.ErrnoException): boolean {
    return code === 'EPIPE' || (code === 'EIO' && this.#stream instanceof WriteStream)
  }

  writeLines(text: string): Promise<void> {
    return this.write(text === '' ? '' : `${text}\n`)
  }

  writeDocument(document: unknown): Promise<void> {
    return this.write(`${JSON.stringify(document)}\n`)
  }
}

const unwritable = (cause: Error): BatchQueryError =>
  new BatchQueryError('STORE_FAILED', `stdout cannot be written: ${cause.message}`, {
    cause,
    hint: 'Look at where stdout goes: its disk may be full.',
  })
