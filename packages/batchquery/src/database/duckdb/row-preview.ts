import type { RowSink } from '../text-rows.ts'

/** Keeps the values of the first rows of canonical TEXT, and drops the other rows. */
export class RowPreview implements RowSink {
  readonly largestWhole = 64 * 1024
  /** The rows that were kept; null is NULL. */
  readonly rows: (string | null)[][] = []
  readonly #most: number
  /** The row that comes in pieces. */
  #pieces: Buffer[] = []

  constructor(most: number) {
    this.#most = most
  }

  row(bytes: Buffer, start: number, end: number): boolean {
    if (this.rows.length < this.#most) this.rows.push(readRow(bytes.toString('utf8', start, end - 1)))
    return true
  }

  flush(): void {}

  startPieces(): boolean {
    this.#pieces = []
    return true
  }

  piece(bytes: Buffer, start: number, end: number): number {
    if (this.rows.length < this.#most) this.#pieces.push(Buffer.from(bytes.subarray(start, end)))
    return end
  }

  endPieces(): boolean {
    if (this.rows.length < this.#most) this.rows.push(readRow(Buffer.concat(this.#pieces).toString()))
    this.#pieces = []
    return true
  }
}

function readRow(line: string): (string | null)[] {
  const values: (string | null)[] = []
  let start = 0
  for (let at = 0; at <= line.length; at++) {
    if (line[at] === '\\') at++
    else if (at === line.length || line[at] === '\t') {
      values.push(readValue(line.slice(start, at)))
      start = at + 1
    }
  }
  return values
}

function readValue(text: string): string | null {
  if (text === '\\N') return null
  return text.replace(/\\([\s\S])/g, (_, byte: string) => (byte === '0' ? '\0' : byte))
}
