import { dateRefusal } from './dates.ts'
import { int32Reader, int64Reader } from './integers.ts'
import { fixedReader, type Reader } from './reader.ts'

/** Counts since 1970, in digits. */
function epochReader(type: string, width: 4 | 8, { read }: Reader): Reader {
  const refusal: Reader['refusal'] = (source, start, end) =>
    dateRefusal(type, source.toString('latin1', start, end))
  return fixedReader(width, read, refusal, { isOneToOne: true })
}

/** Days to DATE. */
export const daysReader = (): Reader => epochReader('date', 4, int32Reader(32, true))

/** Microseconds to TIMESTAMP. */
export const microsReader = (): Reader => epochReader('timestamp', 8, int64Reader(true))
