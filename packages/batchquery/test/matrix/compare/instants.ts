const DAY = 86_400_000_000_000n
const UNITS = [3_600_000_000_000n, 60_000_000_000n, 1_000_000_000n]

/** A date and time in a server's text. */
export interface ParsedTime {
  /** Nanoseconds since 1970, as if the text were in UTC. */
  readonly nanoseconds: bigint
  /** Seconds east of UTC. Null if the text has no offset. */
  readonly offset: number | null
}

const DATE_AND_TIME =
  /^(\d{1,6})-(\d\d)-(\d\d)(?:[ T](\d\d:\d\d:\d\d(?:\.\d+)?))?(Z|[+-]\d\d(?::?\d\d)?)?( BC)?$/

/** Null for infinity, for a date that does not exist, and for anything else. */
export function parseTime(text: string): ParsedTime | null {
  const parts = DATE_AND_TIME.exec(text.trim())
  if (parts === null) return null
  const [, digits = '', month = '', day = '', time = '00:00:00', zone, era] = parts
  const year = era === undefined ? Number(digits) : 1 - Number(digits)
  const date = new Date(0)
  date.setUTCFullYear(year, Number(month) - 1, Number(day))
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return null
  const sinceMidnight = parseDuration(time)
  if (sinceMidnight === null) return null
  const days = BigInt(date.getTime() / 86_400_000)
  return { nanoseconds: days * DAY + sinceMidnight, offset: zone === undefined ? null : parseOffset(zone) }
}

function parseOffset(zone: string): number {
  if (zone === 'Z') return 0
  const [, sign = '', hours = '', minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60)
}

/** The nanoseconds of `-838:59:59.5`. Null if the text is something else. */
export function parseDuration(text: string): bigint | null {
  const parts = /^(-?)(\d+):(\d\d):(\d\d)(?:\.(\d{1,9}))?$/.exec(text.trim())
  if (parts === null) return null
  const [, sign, hours = '', minutes = '', seconds = '', fraction = ''] = parts
  const whole = [hours, minutes, seconds].reduce(
    (sum, part, at) => sum + BigInt(part) * (UNITS[at] ?? 0n),
    0n,
  )
  const magnitude = whole + BigInt(fraction.padEnd(9, '0'))
  return sign === '-' ? -magnitude : magnitude
}

const ISO_INTERVAL =
  /^P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?)(\d+)(?:\.(\d{1,6}))?S)?)?$/

/** `P1M2DT3.5S` as months, days and microseconds. Null if the text is something else. */
export function isoInterval(text: string): string | null {
  const parts = ISO_INTERVAL.exec(text)
  if (parts === null) return null
  const [years = 0, months = 0, days = 0, hours = 0, minutes = 0] = parts
    .slice(1, 6)
    .map(part => Number(part ?? 0))
  const [sign = '', seconds = '0', fraction = ''] = parts.slice(6)
  const micros = (Number(seconds) * 1_000_000 + Number(fraction.padEnd(6, '0'))) * (sign === '-' ? -1 : 1)
  return `${years * 12 + months} ${days} ${(hours * 60 + minutes) * 60_000_000 + micros}`
}
