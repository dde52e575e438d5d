import type { Writable } from 'node:stream'
import { WriteStream } from 'node:tty'
import { BatchQueryError } from '../errors/index.ts'

/** Stdout. Its reader may close it early (`| head`), and its terminal may close. Then the rest is silently dropped. */
export class Output {
  readonly #stream: Writable
  readonly #closed = new AbortController()

  constructor(stream: Writable) {
    this.#stream = stream
    // The failed write reports the error.
    stream.on('error', () => this.#closed.abort())
  }

  /** Aborted when nothing can be written any more. */
  get closed(): AbortSignal {
    return this.#closed.signal
  }

  /** The width of the terminal; 80 if stdout is none. */
  get columns(): number {
    return this.#stream instanceof WriteStream ? this.#stream.columns : 80
  }

  /** Returns the terminal; null if stdout is none, or one that cannot move its cursor. */
  terminalOf({ TERM }: NodeJS.ProcessEnv): WriteStream | null {
    return this.#stream instanceof WriteStream && TERM !== 'dumb' ? this.#stream : null
  }

  /** Resolves when the bytes are written, or when the reader has closed stdout. @throws STORE_FAILED */
  async write(content: string | Uint8Array): Promise<void> {
    if (content.length === 0 || this.#closed.signal.aborted) return
    await new Promise<void>((resolve, reject) =>
      this.#stream.write(content, (error?: NodeJS.ErrnoException | null) => {
        if (!error || this.#isUnread(error)) resolve()
        else reject(unwritable(error))
      }),
    )
  }

  /** Whether the reader has closed stdout. For a file, EIO would mean a broken disk. */
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
  new BatchQueryError('STORE_FAILED', `cannot write to stdout: ${cause.message}`, {
    cause,
    hint: 'Check where stdout goes; its disk may be full.',
  })
