import type { Transcoder } from '../exact-column.ts'
import { isNotInJson } from '../rows/plain-value.ts'
import type { Escape } from '../rows/row-form.ts'

const QUOTE = 0x22
/** How the ASCII characters are written in a JSON string: most as they are. */
const ESCAPES = Array.from({ length: 0x80 }, (_, code) =>
  Buffer.from(JSON.stringify(String.fromCharCode(code)).slice(1, -1)),
)
const IS_ESCAPED = Uint8Array.from(ESCAPES, ({ length }) => (length > 1 ? 1 : 0))

/** Views of the bytes that were asked for last: most calls ask for the same ones, or for one of two. The columns of a form share it. */
export class WordView {
  #bytes: Uint8Array = new Uint8Array()
  #view: DataView = new DataView(new ArrayBuffer(0))
  #otherBytes = this.#bytes
  #otherView = this.#view

  of(bytes: Uint8Array): DataView {
    if (bytes === this.#bytes) return this.#view
    const isKnown = bytes === this.#otherBytes
    const view = isKnown ? this.#otherView : new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#otherBytes = this.#bytes
    this.#otherView = this.#view
    this.#bytes = bytes
    this.#view = view
    return view
  }
}

export interface Views {
  readonly source: WordView
  readonly out: WordView
}

/** Writes UTF-8 as the content of a JSON string, and refuses bytes that are not UTF-8. Most text is copied word by word. */
export const utf8Escape =
  ({ source: sources, out: outs }: Views): Escape =>
  (source, start, end, out, first) => {
    const words = sources.of(source)
    const view = outs.of(out)
    const lastWord = (end - 4) | 0
    let from = start | 0
    let to = first | 0
    while (from < end) {
      while (from <= lastWord) {
        const word = words.getInt32(from, true)
        if (isNotInJson(word)) break
        view.setInt32(to, word, true)
        from = (from + 4) | 0
        to = (to + 4) | 0
      }
      for (const stop = Math.min(end, from + 4) | 0; from < stop; ) {
        const byte = source[from]
        if (byte >= 0x80) {
          const next = characterEnd(source, from, end) | 0
          if (next < 0) return -1
          while (from < next) out[to++] = source[from++]
        } else {
          if (IS_ESCAPED[byte] === 0) out[to++] = byte
          else {
            const written = ESCAPES[byte]
            for (let at = 0; at < written.length; at++) out[to++] = written[at]
          }
          from = (from + 1) | 0
        }
      }
    }
    return to
  }

/** Returns the end of the character of several bytes at `at`, or -1 if it is not valid or goes beyond `end`. */
export function characterEnd(source: Uint8Array, at: number, end: number): number {
  const head = source[at]
  const length = head >= 0xf0 ? 4 : head >= 0xe0 ? 3 : 2
  if (head < 0xc2 || head > 0xf4 || at + length > end) return -1
  const second = source[at + 1]
  if ((second & 0xc0) !== 0x80) return -1
  if (length === 2) return at + 2
  if ((source[at + 2] & 0xc0) !== 0x80) return -1
  // Longer forms than needed, surrogates, and what is beyond Unicode.
  if ((head === 0xe0 && second < 0xa0) || (head === 0xed && second > 0x9f)) return -1
  if (length === 3) return at + 3
  if ((source[at + 3] & 0xc0) !== 0x80) return -1
  return (head === 0xf0 && second < 0x90) || (head === 0xf4 && second > 0x8f) ? -1 : at + 4
}

/** The end of the last whole character of UTF-8, for `ValueEncoder.wholeCharacters`. Bytes that are not characters count as whole. */
export function wholeUtf8(source: Uint8Array, start: number, end: number): number {
  for (let at = end - 1; at >= start && at > end - 4; at--) {
    const byte = source[at]
    if (byte < 0x80) return end
    if (byte < 0xc0) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
    return at + length > end ? at : end
  }
  return end
}

/** Makes UTF-8 of text in another character set, and passes that on. */
export function transcodedEscape(transcoder: Transcoder, content: Escape): Escape {
  let memory = Buffer.alloc(0)
  return (source, start, end, out, at) => {
    const most = Math.ceil(Math.max(1, transcoder.growth) * (end - start))
    if (memory.length < most) memory = Buffer.allocUnsafeSlow(2 * most)
    const length = transcoder.convert(asBuffer(source), start, end, memory, 0)
    return length < 0 ? -1 : content(memory, 0, length, out, at)
  }
}

export const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)

/** Writes a whole value between quotes. */
export const quoted =
  (content: Escape): Escape =>
  (source, start, end, out, at) => {
    out[at] = QUOTE
    const to = content(source, start, end, out, at + 1)
    if (to < 0) return -1
    out[to] = QUOTE
    return to + 1
  }
