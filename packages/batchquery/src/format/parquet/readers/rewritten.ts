import type { Transcoder } from '../../exact-column.ts'
import { type TextWriter, textWriter } from '../../wire-text.ts'
import type { ParquetColumn } from '../type.ts'
import { Values, WORD_SLACK } from '../values.ts'
import { base64Reader } from './base64.ts'
import { type Reader, refused } from './reader.ts'
import { transcodedReader } from './transcoded.ts'

const LENGTH_BYTES = 4

/** Turns a value into UTF-8 text, or into the bytes that it means. */
interface Rewriter {
  /** The most bytes that a value of `bytes` bytes becomes. */
  mostBytes(bytes: number): number
  /** Writes the value at the start of `out`. Returns its length, or -1 if it cannot be rewritten. */
  write(source: Buffer, start: number, end: number, out: Buffer): number
  /** Why `write` refused a value. */
  readonly refusal: Reader['refusal']
}

/** Returns the rewriter of a column whose values are neither UTF-8 text nor the bytes themselves. Null if they are. */
export function rewriterOf(column: ParquetColumn): Rewriter | null {
  const writer = textWriter(column)
  if (writer !== null) return fromBinary(writer)
  if (column.wire === 'base64') return throughReader(base64Reader, bytes => bytes)
  if (column.transcoder === undefined) return null
  const { growth } = column.transcoder
  return throughReader(transcodedReader(column.transcoder), bytes => mostOf(growth, bytes))
}

const mostOf = (growth: Transcoder['growth'], bytes: number): number => Math.ceil(Math.max(1, growth) * bytes)

const fromBinary = ({ mostBytes, write }: TextWriter): Rewriter => ({
  mostBytes: () => mostBytes,
  write: (source, start, end, out) => write(source, start, end, out, 0),
  refusal: (source, start, end) => ({
    why: `has ${end - start} bytes, which its type cannot have`,
    shown: `0x${source.toString('hex', start, end)}`,
    hint: 'Cast the column to text in the query: CAST(x AS CHAR).',
  }),
})

/** @param reader of values that vary in length */
function throughReader(reader: Reader, mostBytes: Rewriter['mostBytes']): Rewriter {
  const value = new Values()
  let plain = Buffer.alloc(0)
  let view = new DataView(new ArrayBuffer(0))
  return {
    mostBytes,
    write(source, start, end, out) {
      value.single(source, start, end)
      const room = reader.room(value, 0, 1) + 2 * LENGTH_BYTES
      if (room > plain.length) {
        plain = Buffer.allocUnsafeSlow(2 * room)
        view = new DataView(plain.buffer)
      }
      const plainEnd = reader.read(value, 0, 1, plain, view, 0)
      if (plainEnd < 0) return -1
      plain.copy(out, 0, LENGTH_BYTES, plainEnd)
      return plainEnd - LENGTH_BYTES
    },
    refusal: reader.refusal,
  }
}

/** Reads values after each of them was rewritten. */
export function rewrittenReader(rewriter: Rewriter, reader: Reader): Reader {
  const rewritten = new Values()
  const mostBytes = new Values()
  let text = Buffer.alloc(0)
  const rewrite = (source: Buffer, start: number, end: number): number => {
    const most = rewriter.mostBytes(end - start) + WORD_SLACK
    // The words after a value must be readable.
    if (most > text.length) text = Buffer.allocUnsafeSlow(2 * most)
    return rewriter.write(source, start, end, text)
  }
  return {
    isCopy: false,
    isOneToOne: false,
    hasZeroDates: reader.hasZeroDates,
    room({ starts, ends }, from, to) {
      let bytes = 0
      for (let k = from; k < to; k++) {
        mostBytes.single(text, 0, rewriter.mostBytes(ends[k] - starts[k]))
        bytes += reader.room(mostBytes, 0, 1)
      }
      return bytes
    },
    read({ source, starts, ends }, from, to, out, view, first) {
      let at = first
      for (let k = from; k < to; k++) {
        const length = rewrite(source, starts[k], ends[k])
        if (length < 0) return refused(k)
        rewritten.single(text, 0, length)
        const end = reader.read(rewritten, 0, 1, out, view, at)
        if (end < 0) return refused(k)
        at = end
      }
      return at
    },
    refusal(source, start, end) {
      const length = rewrite(source, start, end)
      if (length < 0) return rewriter.refusal(source, start, end)
      return { shown: text.toString('utf8', 0, length), ...reader.refusal(text, 0, length) }
    },
  }
}
