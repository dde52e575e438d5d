import { BYTE_ORDER_MARK, NEWLINE, RETURN } from './characters.ts'

/** A place in a file, as editors count: both from 1, a column is one character (code point). */
export interface Position {
  readonly line: number
  readonly column: number
}

export const FILE_START: Position = { line: 1, column: 1 }

const isLowSurrogate = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff

/**
 * Turns offsets into positions, going forward only, so that all positions of a file cost one pass over it.
 * LF, CRLF and a lone CR each end a line. A byte order mark at the start of a file takes no column.
 */
export class LineCounter {
  readonly #text: string
  #offset: number
  #line: number
  #column: number

  /** @param origin the position at the offset @default - the start of a file */
  constructor(text: string, origin: Position = FILE_START, offset = 0) {
    this.#text = text
    this.#line = origin.line
    this.#column = origin.column
    this.#offset = offset === 0 && text.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : offset
  }

  /** @param offset in UTF-16 units, not before that of an earlier call */
  positionAt(offset: number): Position {
    const text = this.#text
    let line = this.#line
    let column = this.#column
    for (let index = this.#offset; index < offset; index++) {
      const code = text.charCodeAt(index)
      if (code === NEWLINE || (code === RETURN && text.charCodeAt(index + 1) !== NEWLINE)) {
        line++
        column = 1
      } else if (!isLowSurrogate(code)) {
        column++
      }
    }
    this.#offset = Math.max(this.#offset, offset)
    this.#line = line
    this.#column = column
    return { line, column }
  }
}

/** The position of one offset in a text that starts at `origin`. */
export const positionAt = (text: string, offset: number, origin: Position = FILE_START): Position =>
  new LineCounter(text, origin).positionAt(offset)
