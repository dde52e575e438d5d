const COMMA = 0x2c
const LF = 0x0a
const QUOTE = 0x22

/** Takes the values of rows, in order. */
export interface ValueSink {
  /** Takes bytes of the current value, which may come in any number of pieces, and in none. */
  piece(source: Buffer, start: number, end: number): void
  endValue(isNull: boolean): void
  endRow(): void
}

/**
 * Reads CSV with the default layout, as an export and COPY write it, cut anywhere: all databases give this form,
 * and it distinguishes NULL from the empty string.
 *
 *     START ──"──▶ QUOTED ◀──"──▶ QUOTE_SEEN      a second quote belongs to the value
 *       │ ▲                           │
 *       ▼ └────────, or LF────────────┤
 *     PLAIN ──────────────────────────┘
 */
export class CsvReader {
  readonly #sink: ValueSink
  #state: 'START' | 'PLAIN' | 'QUOTED' | 'QUOTE_SEEN' = 'START'

  constructor(sink: ValueSink) {
    this.#sink = sink
  }

  read(bytes: Uint8Array): void {
    const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let at = 0
    while (at < source.length)
      at = this.#state === 'QUOTED' ? this.#quoted(source, at) : this.#bare(source, at)
  }

  #quoted(source: Buffer, start: number): number {
    const quote = source.indexOf(QUOTE, start)
    const end = quote < 0 ? source.length : quote
    if (end > start) this.#sink.piece(source, start, end)
    if (quote < 0) return end
    this.#state = 'QUOTE_SEEN'
    return quote + 1
  }

  #bare(source: Buffer, start: number): number {
    const byte = source[start]
    if (byte === COMMA || byte === LF) {
      this.#sink.endValue(this.#state === 'START')
      if (byte === LF) this.#sink.endRow()
      this.#state = 'START'
      return start + 1
    }
    if (byte === QUOTE) {
      if (this.#state === 'QUOTE_SEEN') this.#sink.piece(source, start, start + 1)
      this.#state = 'QUOTED'
      return start + 1
    }
    let end = start + 1
    while (end < source.length && source[end] !== COMMA && source[end] !== LF) end++
    this.#sink.piece(source, start, end)
    this.#state = 'PLAIN'
    return end
  }
}
