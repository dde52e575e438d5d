import { isAscii } from 'node:buffer'
import type { Transcoder } from '../../exact-column.ts'
import { WORD_SLACK } from '../values.ts'
import { type Reader, refused } from './reader.ts'

const LENGTH_BYTES = 4
/** Longer values are copied by the runtime, not by words. */
const SHORT = 128
/** The high bits of four bytes: one is set if a byte is not ASCII. */
const NOT_ASCII = 0x80808080 | 0
/** From this many bytes on, it is worth to count how many of them grow. */
const LONG = 4096
/** How many bytes around the refused one an error shows. */
const SHOWN_BYTES = 4

/** Text of another character set, as UTF-8. */
export const transcodedReader = (transcoder: Transcoder): Reader => ({
  isCopy: false,
  // Some sets have two codes for one character.
  isOneToOne: false,
  hasZeroDates: false,
  room: ({ source, starts, ends }, from, to) => {
    const { growth, keepsAscii } = transcoder
    let bytes = 0
    for (let k = from; k < to; k++) {
      const length = ends[k] - starts[k]
      bytes += LENGTH_BYTES
      bytes += keepsAscii && length >= LONG ? roomOfLong(source, starts[k], ends[k], growth) : growth * length
    }
    return Math.ceil(bytes)
  },
  read: transcoder.keepsAscii ? readKeepingAscii(transcoder) : readConverting(transcoder),
  refusal: refusalOf(transcoder),
})

function roomOfLong(source: Buffer, start: number, end: number, growth: number): number {
  let high = 0 | 0
  for (let p = start | 0; p < end; p = (p + 1) | 0) high = (high + (source[p] >> 7)) | 0
  // A character's second byte may be below 0x80.
  return end - start + Math.ceil(growth * high)
}

const readConverting =
  (transcoder: Transcoder): Reader['read'] =>
  ({ source, starts, ends }, from, to, out, view, first) => {
    let at = first | 0
    for (let k = from | 0; k < to; k = (k + 1) | 0) {
      const end = transcoder.convert(source, starts[k], ends[k], out, at + LENGTH_BYTES)
      if (end < 0) return refused(k)
      view.setInt32(at, end - at - LENGTH_BYTES, true)
      at = end | 0
    }
    return at
  }

/** Nearly all values are ASCII: they are copied, and converted only if that finds another byte. */
const readKeepingAscii =
  (transcoder: Transcoder): Reader['read'] =>
  ({ source, view: words, starts, ends }, from, to, out, view, first) => {
    const lastEnd = (source.length - WORD_SLACK) | 0
    let at = first | 0
    for (let k = from | 0; k < to; k = (k + 1) | 0) {
      const start = starts[k] | 0
      const end = ends[k] | 0
      const length = (end - start) | 0
      const place = (at + LENGTH_BYTES) | 0
      let seen = 0 | 0
      let written = (place + length) | 0
      if (length <= SHORT && end <= lastEnd) {
        let p = 0 | 0
        for (; p + 4 <= length; p = (p + 4) | 0) {
          const word = words.getInt32(start + p, true)
          seen |= word
          view.setInt32(place + p, word, true)
        }
        if (p < length) {
          const word = words.getInt32(start + p, true)
          seen |= word & ~(-1 << ((length - p) << 3))
          view.setInt32(place + p, word, true)
        }
      } else if (isAscii(source.subarray(start, end))) source.copy(out, place, start, end)
      else seen = NOT_ASCII
      if ((seen & NOT_ASCII) !== 0) {
        written = transcoder.convert(source, start, end, out, place)
        if (written < 0) return refused(k)
      }
      view.setInt32(at, (written - place) | 0, true)
      at = written
    }
    return at
  }

const refusalOf =
  ({ characterSet, growth, convert }: Transcoder): Reader['refusal'] =>
  (source, start, end) => {
    const scratch = Buffer.alloc(Math.ceil(growth * (end - start)) + 4)
    const place = -1 - convert(source, start, end, scratch, 0)
    const bytes = source.toString('hex', place, Math.min(end, place + SHOWN_BYTES)).toUpperCase()
    return {
      why: `has a character without a counterpart in UTF-8, or is not valid ${characterSet} (from byte ${place - start + 1} on: 0x${bytes})`,
      shown: `0x${source.toString('hex', start, Math.min(end, start + 100)).toUpperCase()}`,
      hint: 'Convert the column in the query: CAST(x AS BINARY) keeps the bytes, and CONVERT(x USING utf8mb4) writes a question mark for such a character.',
    }
  }
