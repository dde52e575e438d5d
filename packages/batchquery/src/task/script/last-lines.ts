const LINES = 20
/** In characters. Twenty such lines fit into the message of an error. */
const LONGEST_SHOWN = 180

/** The last lines of a script's output, for its error. */
export class LastLines {
  readonly #lines: string[] = []

  add(lines: readonly string[]): void {
    this.#lines.push(...lines.slice(-LINES))
    this.#lines.splice(0, this.#lines.length - LINES)
  }

  /** A continuation of a sentence. */
  toString(): string {
    if (this.#lines.length === 0) return ', and wrote nothing'
    const shown = this.#lines.map(line =>
      line.length > LONGEST_SHOWN ? `${line.slice(0, LONGEST_SHOWN)}...` : line,
    )
    return `; its last lines:\n${shown.join('\n')}`
  }
}
