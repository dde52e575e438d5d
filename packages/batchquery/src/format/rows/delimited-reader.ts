import { BatchQueryError } from '../../errors/index.ts'
import type { DelimitedText } from '../format.ts'
import type { RowReader } from '../read-rows.ts'

type Field = Uint8Array | null

interface ReadField {
  readonly value: Field
  readonly end: number
  readonly endsRow: boolean
}

const CR = 0x0d
const LF = 0x0a
/** The characters that LOAD DATA reads as another one after the escape character. */
const UNESCAPED: Readonly<Record<number, number>> = {
  48: 0x00,
  98: 0x08,
  110: 0x0a,
  114: 0x0d,
  116: 0x09,
  90: 0x1a,
}

/**
 * Reads rows of delimited text: TEXT as LOAD DATA reads it, CSV as COPY does.
 * https://dev.mysql.com/doc/refman/8.4/en/load-data.html#load-data-field-line-handling
 */
export class DelimitedReader implements RowReader<readonly Field[]> {
  readonly #form: DelimitedText
  readonly #isCsv: boolean
  readonly #acceptsCrLf: boolean
  readonly #quote: number
  readonly #escape: number
  /** 1 for a byte that may begin more than itself. */
  readonly #special = new Uint8Array(256)
  /** The bytes of the current value. */
  #value = Buffer.allocUnsafe(1024)
  #length = 0

  /** @param acceptsCrLf whether a row that ends in LF may also end in CR LF */
  constructor(form: DelimitedText, acceptsCrLf: boolean) {
    this.#form = form
    this.#isCsv = form.escaping === 'doubling'
    this.#acceptsCrLf = acceptsCrLf && form.lineEnd.length === 1 && form.lineEnd[0] === LF
    this.#quote = form.quote[0] ?? -1
    this.#escape = this.#isCsv ? -1 : (form.escape[0] ?? -1)
    for (const byte of [this.#quote, this.#escape, form.separator[0], form.lineEnd[0], CR])
      if (byte !== undefined && byte >= 0) this.#special[byte] = 1
  }

  next(bytes: Buffer, start: number, isEnd: boolean) {
    const { lineStart } = this.#form
    const row: Field[] = []
    let at = start + lineStart.length
    if (at > bytes.length && !isEnd) return null
    if (!isAt(lineStart, bytes, start))
      throw wrong('a line does not begin with the text of LINES STARTING BY')
    for (;;) {
      const field = bytes[at] === this.#quote ? this.#quoted(bytes, at, isEnd) : this.#bare(bytes, at, isEnd)
      if (field === null) return null
      row.push(field.value)
      at = field.end
      if (field.endsRow) return { row, end: at }
    }
  }

  #quoted(bytes: Buffer, start: number, isEnd: boolean): ReadField | null {
    this.#length = 0
    let at = start + 1
    while (at < bytes.length) {
      at = this.#addPlain(bytes, at)
      if (at === bytes.length) break
      const byte = bytes[at]
      if (byte === this.#escape) {
        if (at + 1 === bytes.length) break
        this.#add(unescaped(bytes[at + 1]))
        at += 2
      } else if (byte !== this.#quote) {
        this.#add(byte)
        at++
      } else if (bytes[at + 1] === byte) {
        this.#add(byte)
        at += 2
      } else {
        const ended = this.#endAt(bytes, at + 1, isEnd)
        if (ended !== null) return { value: this.#taken(), ...ended }
        if (at + 1 + this.#longestEnd() > bytes.length && !isEnd) return null
        if (this.#isCsv) throw wrong('text follows the quote that ends a value')
        this.#add(byte)
        at++
      }
    }
    if (isEnd) throw wrong('it ends within a quoted value')
    return null
  }

  #bare(bytes: Buffer, start: number, isEnd: boolean): ReadField | null {
    this.#length = 0
    let at = start
    for (;;) {
      at = this.#addPlain(bytes, at)
      const ended = this.#endAt(bytes, at, isEnd)
      if (ended !== null) return { value: this.#bareValue(bytes.subarray(start, at)), ...ended }
      if (at >= bytes.length) return null
      const byte = bytes[at]
      if (byte === this.#escape) {
        if (at + 1 === bytes.length) {
          if (isEnd) throw wrong('it ends after an escape character')
          return null
        }
        this.#add(unescaped(bytes[at + 1]))
        at += 2
        continue
      }
      if (this.#isCsv && byte === this.#quote)
        throw wrong('a quote is within a value that has none around it')
      this.#add(byte)
      at++
    }
  }

  #bareValue(written: Buffer): Field {
    const { nullWord } = this.#form
    const isNull = written.length === nullWord.length && isAt(nullWord, written, 0)
    // Without an escape character and quotes, the word NULL may also be a text.
    const isWord = this.#isCsv || this.#escape >= 0 || this.#quote >= 0
    return isNull && isWord ? null : this.#taken()
  }

  /** Adds the bytes up to the next special one. Returns where that is. */
  #addPlain(bytes: Buffer, start: number): number {
    let end = start
    while (end < bytes.length && this.#special[bytes[end]] === 0) end++
    this.#reserve(end - start)
    this.#length += bytes.copy(this.#value, this.#length, start, end)
    return end
  }

  #add(byte: number): void {
    this.#reserve(1)
    this.#value[this.#length++] = byte
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#value.length) return
    this.#value = Buffer.concat([this.#value, Buffer.allocUnsafe(this.#length + bytes)])
  }

  #taken(): Uint8Array {
    return Uint8Array.from(this.#value.subarray(0, this.#length))
  }

  /** The place after the separator or line end that begins here; null if no field ends here. */
  #endAt(bytes: Buffer, at: number, isEnd: boolean): Pick<ReadField, 'end' | 'endsRow'> | null {
    const { separator, lineEnd } = this.#form
    if (at === bytes.length) return isEnd ? { end: at, endsRow: true } : null
    if (isAt(lineEnd, bytes, at)) return { end: at + lineEnd.length, endsRow: true }
    if (this.#acceptsCrLf && bytes[at] === CR && bytes[at + 1] === LF) return { end: at + 2, endsRow: true }
    if (separator.length > 0 && isAt(separator, bytes, at))
      return { end: at + separator.length, endsRow: false }
    return null
  }

  #longestEnd(): number {
    const { separator, lineEnd } = this.#form
    return Math.max(separator.length, lineEnd.length, 2)
  }
}

const unescaped = (byte: number): number => UNESCAPED[byte] ?? byte

function isAt(word: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let index = 0; index < word.length; index++) if (bytes[at + index] !== word[index]) return false
  return true
}

const wrong = (how: string): BatchQueryError => new BatchQueryError('VERIFICATION', how)
