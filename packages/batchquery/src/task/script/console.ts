import type { Writable } from 'node:stream'

/** The runner's stdout or stderr for the output of a script. If its reader goes away, the rest is dropped. */
export class Console {
  readonly #stream: Writable
  #isClosed = false

  constructor(stream: Writable) {
    this.#stream = stream
    stream.on('error', this.#close)
  }

  /** Resolves when the stream accepts more, so a slow reader slows the script down. */
  async write(lines: readonly string[]): Promise<void> {
    if (this.#isClosed || lines.length === 0) return
    await new Promise<void>(resolve => this.#stream.write(`${lines.join('\n')}\n`, () => resolve()))
  }

  readonly #close = (): void => {
    this.#isClosed = true
  }
}
