import { CAST_TO_TEXT } from '../value-error.ts'
import { fixedReader, type Reader, refused } from './reader.ts'

const LETTER_T = 0x74
const LETTER_F = 0x66
const DIGIT_0 = 0x30
const DIGIT_1 = 0x31

const isWord = (source: Buffer, start: number, end: number, word: string): boolean =>
  source.toString('latin1', start, end).toLowerCase() === word

/** t, f, 1, 0, true and false to BOOLEAN. */
export const booleanReader = (): Reader =>
  fixedReader(
    1,
    ({ source, starts, ends }, from, to, out, _view, first) => {
      let at = first | 0
      for (let k = from | 0; k < to; k = (k + 1) | 0) {
        const start = starts[k] | 0
        const end = ends[k] | 0
        const byte = source[start]
        if (end - start === 1) {
          if (byte === LETTER_T || byte === DIGIT_1) out[at] = 1
          else if (byte === LETTER_F || byte === DIGIT_0) out[at] = 0
          else return refused(k)
        } else if (isWord(source, start, end, 'true')) out[at] = 1
        else if (isWord(source, start, end, 'false')) out[at] = 0
        else return refused(k)
        at = (at + 1) | 0
      }
      return at
    },
    () => ({ why: 'is not a boolean', hint: CAST_TO_TEXT }),
  )
