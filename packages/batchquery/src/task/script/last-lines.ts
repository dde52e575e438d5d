const LINES = 20
/** Characters: twenty of them fit an error's message. */
const LONGEST_SHOWN = 180

/** The last lines that a script wrote, for the error that it ends with. */
export class LastLines {
  readonly #lines: string[] = []

  add(lines: readonly string[]): void {
    this.#lines.push(...lines.slice(-LINES))
    this.#lines.splice(0, this.#lines.length - LINES)
  }

  /** To be put behind a sentence; nothing where the script wrote nothing. */
  toString(): string {
    if (this.#lines.length === 0) return ', and wrote nothing'
    const shown = this.#lines.map(line =>
      line.length > LONGEST_SHOWN ? `${line.slice(0, LONGEST_SHOWN)}...` : line,
    )
    return `; its last lines:\n${shown.join('\n')}`
  }
}
