import { CHANGE_TYPES, type Refusal } from '../value-error.ts'
import { dateRefusal } from './dates.ts'
import { daysReader, microsReader } from './epoch.ts'
import { timestampFromBinary } from './postgres.ts'
import { fixedReader, type Reader, refused } from './reader.ts'

// PostgreSQL's binary dates and times, and DuckDB's counts since 1970, as another type than that of their column.

const DAYS_TO_2000 = 10_957n
const MICROS_PER_DAY = 86_400_000_000n
const INFINITE_DAYS = 0x7fffffff
const INFINITE_MICROS = 2n ** 63n - 1n

/** date to TIMESTAMP: midnight. */
export const timestampFromBinaryDate = (): Reader =>
  fixedReader(
    8,
    ({ view: source, starts, ends }, from, to, _out, view, first) => {
      let at = first
      for (let k = from; k < to; k++) {
        if (ends[k] - starts[k] !== 4) return refused(k)
        const day = source.getInt32(starts[k])
        if (day === INFINITE_DAYS || day === -INFINITE_DAYS - 1) return refused(k)
        const micros = (BigInt(day) + DAYS_TO_2000) * MICROS_PER_DAY
        if (BigInt.asIntN(64, micros) !== micros) return refused(k)
        view.setBigInt64(at, micros, true)
        at += 8
      }
      return at
    },
    (source, start, end) => {
      const day = end - start === 4 ? source.readInt32BE(start) : 0
      return {
        ...dateRefusal('timestamp', infinityOr(day, INFINITE_DAYS, `${day} days since 2000`)),
        hint: CHANGE_TYPES,
      }
    },
  )

const infinityOr = (value: number | bigint, infinite: number | bigint, text: string): string =>
  value === infinite ? 'infinity' : value < -infinite ? '-infinity' : text

/** timestamp to DATE: it must be midnight. */
export const dateFromBinaryTimestamp = (): Reader =>
  fixedReader(
    4,
    ({ view: source, starts, ends }, from, to, _out, view, first) => {
      let at = first
      for (let k = from; k < to; k++) {
        if (ends[k] - starts[k] !== 8) return refused(k)
        const micros = source.getBigInt64(starts[k])
        if (micros % MICROS_PER_DAY !== 0n || micros === INFINITE_MICROS) return refused(k)
        view.setInt32(at, Number(micros / MICROS_PER_DAY + DAYS_TO_2000), true)
        at += 4
      }
      return at
    },
    (source, start, end) => {
      const micros = end - start === 8 ? source.readBigInt64BE(start) : 0n
      const shown = infinityOr(micros, INFINITE_MICROS, timeText(micros))
      if (shown.endsWith('infinity')) return { ...dateRefusal('date', shown), hint: CHANGE_TYPES }
      return { why: 'has a time of day, which DATE cannot store', shown, hint: CHANGE_TYPES }
    },
  )

const MICROS_TO_2000 = DAYS_TO_2000 * MICROS_PER_DAY
/** In milliseconds: the last time that a Date can show. */
const LAST_DATE = 8.64e15

function timeText(sinceY2k: bigint): string {
  const micros = sinceY2k + MICROS_TO_2000
  const millis = Number(micros / 1000n)
  if (Math.abs(millis) >= LAST_DATE) return `${sinceY2k} microseconds since 2000`
  const fraction = ((micros % 1000n) + 1000n) % 1000n
  const whole = new Date(Number((micros - fraction) / 1000n)).toISOString()
  return `${whole.replace('T', ' ').replace('Z', '')}${String(fraction).padStart(3, '0')}`
}

/** A driver sends the text of a local time instead of its binary form or count if the zone of the session does not decide when it was. */
function inZone(reader: Reader, isText: (source: Buffer, start: number, end: number) => boolean): Reader {
  const refusal = (source: Buffer, start: number, end: number): Refusal =>
    isText(source, start, end)
      ? {
          why: "cannot become UTC, because the session's time zone has that time twice or not at all",
          shown: source.toString('utf8', start, end),
          hint: CHANGE_TYPES,
        }
      : { ...reader.refusal(source, start, end), hint: CHANGE_TYPES }
  return { ...reader, refusal }
}

/** A local time that the server has converted to UTC. */
export const zonedFromBinary = (): Reader =>
  inZone(timestampFromBinary(), (_source, start, end) => end - start !== 8)

const isInfinite = (text: string): boolean => /^-?infinity$/.test(text)

/** As `zonedFromBinary`, for counts since 1970. */
export const zonedFromEpoch = (): Reader =>
  inZone(microsReader(), (source, start, end) => !isInfinite(source.toString('latin1', start, end)))

/** Counts of days. A text is a time that is not midnight, or infinite. */
export const dateFromEpoch = (): Reader => {
  const reader = daysReader()
  return {
    ...reader,
    refusal: (source, start, end) => {
      const shown = source.toString('latin1', start, end)
      if (isInfinite(shown)) return { ...reader.refusal(source, start, end), hint: CHANGE_TYPES }
      return { why: 'has a time of day, which DATE cannot store', shown, hint: CHANGE_TYPES }
    },
  }
}
