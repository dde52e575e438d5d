const LONGEST_LINE = 64 * 1024
const LINE_FEED = 0x0a

/**
 * Splits the output of a process into lines. A line of more than 64 KiB becomes several, each of which ends at the end of a character.
 * Bytes that are not UTF-8 become U+FFFD. Keeps one line at most.
 */
export class LineSplitter {
  #rest: Buffer = Buffer.alloc(0)

  /** Returns the lines that this chunk completes. */
  push(chunk: Buffer): string[] {
    const lines: string[] = []
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let start = 0
    while (start < bytes.length) {
      const end = bytes.indexOf(LINE_FEED, start)
      const isWhole = end !== -1 && end - start <= LONGEST_LINE
      if (!isWhole && bytes.length - start <= LONGEST_LINE) break
      const cut = isWhole ? end : wholeCharacters(bytes, start, start + LONGEST_LINE)
      lines.push(decode(bytes.subarray(start, cut)))
      start = isWhole ? end + 1 : cut
    }
    // A copy, because the caller may reuse the chunk.
    this.#rest = Buffer.from(bytes.subarray(start))
    return lines
  }

  /** Returns the last line if it has no line feed. */
  end(): string[] {
    const rest = this.#rest
    this.#rest = Buffer.alloc(0)
    return rest.length === 0 ? [] : [decode(rest)]
  }
}

const decode = (bytes: Buffer): string => bytes.toString('utf8').replace(/\r$/, '')

/** The last position at which a character of UTF-8 ends. */
function wholeCharacters(bytes: Buffer, start: number, end: number): number {
  for (let at = end; at > end - 4 && at > start; at--) if ((bytes[at] & 0xc0) !== 0x80) return at
  return end
}
