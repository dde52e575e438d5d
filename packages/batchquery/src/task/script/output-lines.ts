const LONGEST_LINE = 64 * 1024
const LINE_FEED = 0x0a

/**
 * Cuts what a process writes into lines. A line of more than 64 KiB comes in several, none of which ends within a
 * character of UTF-8. Bytes that are no UTF-8 become U+FFFD. Holds one line at most.
 */
export class LineSplitter {
  #rest: Buffer = Buffer.alloc(0)

  /** The lines that are complete with this chunk. */
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
    // Copied: the chunk may be used again.
    this.#rest = Buffer.from(bytes.subarray(start))
    return lines
  }

  /** What is left at the end: a line without its line feed, or nothing. */
  end(): string[] {
    const rest = this.#rest
    this.#rest = Buffer.alloc(0)
    return rest.length === 0 ? [] : [decode(rest)]
  }
}

const decode = (bytes: Buffer): string => bytes.toString('utf8').replace(/\r$/, '')

/** The last end of a character in reach, of text that is UTF-8. */
function wholeCharacters(bytes: Buffer, start: number, end: number): number {
  for (let at = end; at > end - 4 && at > start; at--) if ((bytes[at] & 0xc0) !== 0x80) return at
  return end
}
