import { nanoseconds } from '../seen.ts'
import { type Differs, other } from './differs.ts'
import { parseDuration, parseTime } from './instants.ts'

const DAY = 86_400_000_000_000n
const SECOND = 1_000_000_000n

export const differsAsDate: Differs = (seen, expected, column) => {
  const wanted = parseTime(expected.text)
  if (seen.kind === 'date')
    return wanted?.nanoseconds === BigInt(seen.days) * DAY ? null : other(seen, expected)
  return differsAsDatetime(seen, expected, column)
}

/** A time of no zone: one that a file marks as UTC is another time for a reader elsewhere. */
export const differsAsDatetime: Differs = (seen, expected) => {
  const wanted = parseTime(expected.text)?.nanoseconds
  if (seen.kind === 'timestamp') {
    if (nanoseconds(seen.value, seen.unit) !== wanted) return other(seen, expected)
    return seen.isUtc ? 'marked as UTC' : null
  }
  if (seen.kind !== 'text') return other(seen, expected)
  if (seen.text === expected.text) return null
  const read = parseTime(seen.text)
  if (read === null || read.nanoseconds !== wanted) return other(seen, expected)
  return read.offset === null ? null : 'marked as UTC'
}

/** A point in time, expected as microseconds since 1970. A file that does not mark it as UTC leaves its zone open. */
export const differsAsInstant: Differs = (seen, expected) => {
  const wanted = /^-?\d+$/.test(expected.meaning) ? BigInt(expected.meaning) * 1000n : null
  if (seen.kind === 'timestamp') {
    const found = nanoseconds(seen.value, seen.unit)
    if (found === wanted) return seen.isUtc ? null : 'UTC without a mark'
    return found === localTime(expected.text) && !seen.isUtc ? 'zone lost' : other(seen, expected)
  }
  if (seen.kind !== 'text') return other(seen, expected)
  const read = parseTime(seen.text)
  if (read === null) return seen.text === expected.text ? null : other(seen, expected)
  if (read.offset === null) return 'zone lost'
  return read.nanoseconds - BigInt(read.offset) * SECOND === wanted ? null : other(seen, expected)
}

const localTime = (text: string): bigint | undefined => parseTime(text)?.nanoseconds

/** A time of a day, which may have an offset, or a duration. */
export const differsAsTime: Differs = (seen, expected) => {
  if (seen.kind === 'text') {
    if (seen.text === expected.text) return null
    const [read, wanted] = [seen.text, expected.text].map(parseDuration)
    return read !== null && read === wanted ? null : other(seen, expected)
  }
  const [, time = '', offset = ''] = /^([^+]*?)([+-]\d\d(?::\d\d)?)?$/.exec(expected.text) ?? []
  const found = seen.kind === 'time' ? nanoseconds(seen.value, seen.unit) : intervalTime(seen)
  if (found === null || found !== parseDuration(time)) return other(seen, expected)
  return offset === '' ? null : 'offset lost'
}

function intervalTime(seen: Parameters<Differs>[0]): bigint | null {
  if (seen.kind !== 'interval' || seen.months !== 0 || !/^-?\d+$/.test(seen.microseconds)) return null
  return BigInt(seen.days) * DAY + BigInt(seen.microseconds) * 1000n
}
