import type { Escape } from '../rows/row-form.ts'

const BACKSLASH = 0x5c
const LETTER_X = 0x78
const DIGITS = Buffer.from('0123456789abcdef')

/** Comes before the digits. */
export const HEX_PREFIX: Uint8Array = Buffer.of(BACKSLASH, LETTER_X)
/** Every character that `writeHex` may write. */
export const HEX_CHARACTERS: Uint8Array = Buffer.concat([HEX_PREFIX, DIGITS])

/** Writes every byte as two hexadecimal digits. As in escape-bytes.ts, the loop reads nothing but locals and literals. */
export const writeDigits: Escape = (source, start, end, out, at) => {
  const digits = DIGITS
  let to = at | 0
  for (let from = start | 0, stop = end | 0; from < stop; from++) {
    const byte = source[from]
    out[to++] = digits[byte >>> 4]
    out[to++] = digits[byte & 0x0f]
  }
  return to
}

/** Writes bytes as PostgreSQL's COPY does: `\x` and their digits. */
export const writeHex: Escape = (source, start, end, out, at) => {
  out[at] = BACKSLASH
  out[at + 1] = LETTER_X
  return writeDigits(source, start, end, out, at + 2)
}

/** Reads what `writeHex` wrote, value after value, cut anywhere. */
export class HexReader {
  /** Characters of the value so far. */
  #seen = 0
  /** The first digit of a byte. */
  #high = 0

  /** Returns the bytes that end in this piece. */
  read(source: Uint8Array, start: number, end: number): Buffer {
    const bytes = Buffer.allocUnsafe((end - start + 1) >>> 1)
    let to = 0
    for (let at = start; at < end; at++, this.#seen++) {
      if (this.#seen < HEX_PREFIX.length) continue
      const digit = digitOf(source[at])
      if ((this.#seen & 1) === 0) this.#high = digit << 4
      else bytes[to++] = this.#high | digit
    }
    return bytes.subarray(0, to)
  }

  endValue(): void {
    this.#seen = 0
  }
}

/** For `0` to `9` the last four bits, for `a` to `f` nine more. */
const digitOf = (character: number): number => (character & 0x0f) + 9 * (character >>> 6)
