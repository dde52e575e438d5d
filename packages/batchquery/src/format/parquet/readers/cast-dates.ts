import type { ExactColumn } from '../../exact-column.ts'
import { CHANGE_TYPES } from '../value-error.ts'
import { Values, WORD_SLACK } from '../values.ts'
import { dateReader, timestampReader, zeroDateRefusal } from './dates.ts'
import { type ReadOne, withFallback } from './fallback.ts'
import type { Reader } from './reader.ts'

type OffsetAt = NonNullable<ExactColumn['offsetAt']>

/** Reads one text. Returns whether the reader took it. */
function reads({ read }: Reader, text: string, view: DataView, at: number): boolean {
  const source = Buffer.alloc(Buffer.byteLength(text) + WORD_SLACK)
  const value = new Values()
  value.single(source, 0, source.write(text))
  return read(value, 0, 1, Buffer.from(view.buffer, view.byteOffset, view.byteLength), view, at) >= 0
}

const isReadBy = (reader: Reader, text: string): boolean =>
  reads(reader, text, new DataView(new ArrayBuffer(8)), 0)

const MIDNIGHT = /^(.*)[ T]00:00:00(?:\.0+)?$/s

/** Date text to DATE. A time after the date must be midnight. */
export function dateFromText(): Reader {
  const fast = dateReader()
  const slow: ReadOne = (source, start, end, view, at) => {
    const [, date] = MIDNIGHT.exec(source.toString('latin1', start, end)) ?? []
    return date !== undefined && reads(fast, date, view, at)
  }
  return withFallback(fast, 4, slow, (source, start, end) => {
    const text = source.toString('latin1', start, end)
    const zeroDate = zeroDateRefusal(text)
    if (zeroDate !== null) return zeroDate
    const refusal = { ...fast.refusal(source, start, end), hint: CHANGE_TYPES }
    const isTime = isReadBy(timestampReader(false, undefined), text)
    return isTime ? { ...refusal, why: 'has a time of day, which DATE cannot store' } : refusal
  })
}

/** More digits of a second than a timestamp has, if they are zeros; and the word for UTC. */
const normalized = (text: string): string => text.replace(/(\.\d{6})0+/, '$1').replace(/Z$/, '+00')

/**
 * Date and time text to TIMESTAMP.
 *
 * @param utc whether the text may have an offset, and must have one without `offsetAt`
 */
export function timestampFromText(utc: boolean, offsetAt: OffsetAt | undefined): Reader {
  const known = utc ? (offsetAt ?? (() => Number.NaN)) : undefined
  const fast = timestampReader(utc, known)
  const slow: ReadOne = (source, start, end, view, at) => {
    const text = source.toString('latin1', start, end)
    return normalized(text) !== text && reads(fast, normalized(text), view, at)
  }
  return withFallback(fast, 8, slow, (source, start, end) => {
    const refusal = fast.refusal(source, start, end)
    const text = source.toString('latin1', start, end)
    const zeroDate = zeroDateRefusal(text)
    if (zeroDate !== null) return zeroDate
    if (!utc || offsetAt !== undefined || !isReadBy(timestampReader(true, undefined), text))
      return { ...refusal, hint: CHANGE_TYPES }
    return {
      shown: text,
      why: 'has no offset from UTC',
      hint: 'Add an offset after the time, such as +00:00, or convert the column in the query.',
    }
  })
}
